import { aggregateOf } from './aggregate.ts'
import {
  argumentValue,
  type Identifier,
  identifier,
  isNode,
  list,
  members,
  type Node,
  pair,
  present,
  struct,
  Unread,
  variant,
} from './ast.ts'
import { everyFlow, expressionFlow, orderFlow } from './expression-walk.ts'
import { aggregated, asIndirect, computed, emptyFlow, type Flow, joinFlows, unknownFlow } from './flow.ts'
import { broughtIn, functionName, isGrammar, isLambda } from './function-name.ts'
import { certainColumn } from './named-column.ts'
import { queryFlow } from './query-walk.ts'
import { compoundFlow, starRelation } from './reference-walk.ts'
import { mayResolve, wholeRow } from './scope.ts'
import { expandStar } from './star-walk.ts'
import type { QueryScope, Walk } from './walk.ts'

const functionMembers = members(
  'name',
  'uses_odbc_syntax',
  'parameters',
  'args',
  'filter',
  'null_treatment',
  'over',
  'within_group',
)

/** Functions whose first argument, or other than the results, only decides. Indexes of the arguments that decide. */
const deciding: Readonly<Record<string, (index: number, count: number) => boolean>> = {
  IF: index => index === 0,
  IFF: index => index === 0,
  NVL2: index => index === 0,
  DECODE: (index, count) => index === 0 || (index % 2 === 1 && index < count - 1),
}

/** `words` of GoogleSQL's grammar may stand here instead of a function. */
export function functionFlow(walk: Walk, scope: QueryScope, payload: unknown, words?: ReadonlySet<string>): Flow {
  const node = struct(payload, 'a function', functionMembers)
  if (present(node.parameters) && node.parameters !== 'None') throw new Unread('parameters of a function')
  const path = list(node.name, 'a function name').map(part => variant(part, 'a function name')[1])
  // `t.current_date`, which the parser takes for a call, is a column.
  if (node.args === 'None' && path.length > 1) return compoundFlow(walk, scope, path)
  const name = functionName(walk, node.name)
  // `f(TABLE(t))` hands on the table t.
  if (name === 'TABLE' && walk.names.dialect === 'snowflake') throw new Unread('a table as an argument')
  const isOwn = isGrammar(walk, node, words) || scope.functions?.has(name)
  const other = isOwn ? emptyFlow : broughtIn(walk, name, node)
  const over = windowFlow(walk, scope, node.over)
  const taken = argumentsFlow(walk, scope, name, node)
  const flow = joinFlows([
    other,
    taken,
    // PERCENTILE_CONT(…) WITHIN GROUP (ORDER BY x) shows x itself.
    orderFlow(walk, scope, node.within_group),
    asIndirect(joinFlows([over, everyFlow(walk, scope, node.filter)])),
  ])
  return aggregated(flow, taken.aggregate)
}

/** The arguments together; `aggregate` where the call makes that of them, or is a rounding of it. */
function argumentsFlow(walk: Walk, scope: QueryScope, name: string, call: Node): Flow {
  const [kind, payload] = variant(call.args, 'arguments')
  if (kind === 'None') return emptyFlow
  if (kind === 'Subquery') return computed(queryFlow(walk, scope, payload))
  if (kind !== 'List') throw new Unread(`the arguments ${kind}`)
  const node = struct(payload, 'arguments', members('duplicate_treatment', 'args', 'clauses'))
  const items = list(node.args, 'arguments')
  // COUNT(DISTINCT *) tells which rows are alike: it looks at all columns, as functions but COUNT do.
  const counted = node.duplicate_treatment === 'Distinct' ? '' : name
  const flowIn = (scope: QueryScope, item: unknown, index: number) => {
    if (isDatePart(walk, scope, name, item, index)) return emptyFlow
    const flow = argumentFlow(walk, scope, counted, item)
    return deciding[name]?.(index, items.length) ? asIndirect(flow) : flow
  }
  const plain = items.map((item, index) => (isLambda(item) ? emptyFlow : flowIn(scope, item, index)))
  const inLambda = { ...scope, elements: joinFlows(plain) }
  const flows = items.map((item, index) => (isLambda(item) ? flowIn(inLambda, item, index) : (plain[index] as Flow)))
  const all = joinFlows([...flows, ...list(node.clauses, 'arguments').map(clause => clauseFlow(walk, scope, clause))])
  return aggregated(all, aggregateOf(walk.names.dialect, name, call, node, flows))
}

/** One argument, positional or named. */
export function argumentFlow(walk: Walk, scope: QueryScope, name: string, argument: unknown): Flow {
  const [kind, payload] = variant(argument, 'an argument')
  if (kind === 'Named') {
    const node = struct(payload, 'an argument', members('name', 'arg', 'operator'))
    // Of `x VALUE y`, which neither warehouse knows, the former may be a value as well.
    if (node.operator !== 'RightArrow') throw new Unread('an argument of an unknown form')
    identifier(node.name)
    return valueFlow(walk, scope, name, node.arg)
  }
  if (kind !== 'Unnamed') throw new Unread(`the argument ${kind}`)
  return valueFlow(walk, scope, name, payload)
}

function valueFlow(walk: Walk, scope: QueryScope, name: string, value: unknown): Flow {
  const [kind, payload] = variant(value, 'an argument')
  if (kind === 'Expr') return expressionFlow(walk, scope, payload)
  // COUNT(*) counts rows and shows no value; every other function over `*` shows all of them.
  if (kind === 'Wildcard' && name === 'COUNT') return emptyFlow
  if (kind === 'Wildcard') return joinFlows(scopeOfStar(scope).relations.map(wholeRow))
  if (kind === 'WildcardWithOptions')
    return computed(wholeRow(expandStar(walk, scopeOfStar(scope), 'Wildcard', payload)))
  if (kind !== 'QualifiedWildcard') throw new Unread(`the argument ${kind}`)
  const parts = list(payload, 'a name').map(part => identifier(variant(part, 'a name')[1]))
  const relation = starRelation(walk, scope, parts)
  return relation === undefined ? unknownFlow : wholeRow(relation)
}

/** Where `*` finds its rows: inside a lambda, around it. */
function scopeOfStar(scope: QueryScope): QueryScope {
  return scope.relations.length === 0 && scope.parent !== undefined ? scopeOfStar(scope.parent) : scope
}

function clauseFlow(walk: Walk, scope: QueryScope, clause: unknown): Flow {
  const [kind, payload] = variant(clause, 'an argument')
  switch (kind) {
    case 'IgnoreOrRespectNulls':
    case 'Separator':
    case 'OnOverflow':
    case 'JsonNullClause':
      return emptyFlow
    case 'OrderBy':
      return asIndirect(orderFlow(walk, scope, payload))
    case 'Limit':
      return asIndirect(expressionFlow(walk, scope, payload))
    case 'Having':
      return asIndirect(expressionFlow(walk, scope, pair(payload, 'HAVING')[1]))
    default:
      throw new Unread(`the argument clause ${kind}`)
  }
}

/** A window's columns decide which rows are looked at. Answers them as a plain flow. */
export function windowFlow(walk: Walk, scope: QueryScope, over: unknown): Flow {
  if (!present(over)) return emptyFlow
  const [kind, payload] = variant(over, 'a window')
  if (kind === 'NamedWindow') return namedWindow(walk, scope, payload)
  if (kind !== 'WindowSpec') throw new Unread(`the window ${kind}`)
  const node = struct(payload, 'a window', members('window_name', 'partition_by', 'order_by', 'window_frame'))
  return joinFlows([
    present(node.window_name) ? namedWindow(walk, scope, node.window_name) : emptyFlow,
    everyFlow(walk, scope, node.partition_by),
    orderFlow(walk, scope, node.order_by),
    frameFlow(walk, scope, node.window_frame),
  ])
}

function namedWindow(walk: Walk, scope: QueryScope, name: unknown): Flow {
  return scope.windows.get(walk.names.key(identifier(name))) ?? unknownFlow
}

function frameFlow(walk: Walk, scope: QueryScope, frame: unknown): Flow {
  if (!present(frame)) return emptyFlow
  const node = struct(frame, 'a window frame', members('units', 'start_bound', 'end_bound'))
  return joinFlows(
    [node.start_bound, node.end_bound].filter(present).map(bound => {
      const [, payload] = variant(bound, 'a window frame')
      return everyFlow(walk, scope, payload)
    }),
  )
}

/** Which argument is the name of a date part, or of a normal form of text, and no column. */
const datePartIndex: Readonly<Record<'snowflake' | 'bigquery', Readonly<Record<string, number>>>> = {
  snowflake: {
    DATEADD: 0,
    DATEDIFF: 0,
    DATE_PART: 0,
    DATE_TRUNC: 0,
    TIMEADD: 0,
    TIMEDIFF: 0,
    TIMESTAMPADD: 0,
    TIMESTAMPDIFF: 0,
    LAST_DAY: 1,
    TRUNC: 1,
    TIME_SLICE: 2,
  },
  bigquery: {
    DATE_TRUNC: 1,
    DATETIME_TRUNC: 1,
    TIMESTAMP_TRUNC: 1,
    TIME_TRUNC: 1,
    DATE_DIFF: 2,
    DATETIME_DIFF: 2,
    TIMESTAMP_DIFF: 2,
    TIME_DIFF: 2,
    LAST_DAY: 1,
    NORMALIZE: 1,
    NORMALIZE_AND_CASEFOLD: 1,
  },
}
const dateParts: ReadonlySet<string> = new Set(
  `
YEAR YEARS YYYY YYY YY Y YR YRS YEARDAY ISOYEAR YEAROFWEEK YEAROFWEEKISO QUARTER QUARTERS Q QTR QTRS MONTH MONTHS MM MON MONS
WEEK WEEKS W WK WY WOY WEEKOFYEAR WEEKOFYEARISO WEEKOFYEAR_ISO ISOWEEK WEEKISO WEEK_ISO DAY DAYS DD D DAYOFMONTH DAYOFWEEK DAYOFWEEKISO
DAYOFWEEK_ISO WEEKDAY WEEKDAY_ISO DOW DOW_ISO DW DW_ISO DAYOFYEAR DOY DY
HOUR HOURS H HH HR HRS MINUTE MINUTES MI MIN MINS M SECOND SECONDS S SEC SECS MILLISECOND MILLISECONDS MS MSEC
MICROSECOND MICROSECONDS US USEC NANOSECOND NANOSECONDS NANOSEC NANOSECS NSECOND NSECONDS NS NSEC DATE TIMEZONE_HOUR TIMEZONE_MINUTE TZH TZM
EPOCH EPOCH_SECOND EPOCH_SECONDS EPOCH_MILLISECOND EPOCH_MILLISECONDS EPOCH_MICROSECOND EPOCH_MICROSECONDS EPOCH_NANOSECOND EPOCH_NANOSECONDS
NFC NFD NFKC NFKD
`
    .trim()
    .split(/\s+/),
)

/** The argument of a call that may name a date part, or a normal form of text. */
export function partArgument(walk: Walk, { name, args }: Node): unknown {
  const index = datePartIndex[walk.names.dialect][functionName(walk, name)]
  const [kind, payload] = variant(args, 'arguments')
  if (index === undefined || kind !== 'List' || !isNode(payload)) return undefined
  const argument = list(payload.args, 'arguments')[index]
  return argument !== undefined && partNamed(walk, argument, index) ? argument : undefined
}

function isDatePart(walk: Walk, scope: QueryScope, name: string, argument: unknown, index: number): boolean {
  if (datePartIndex[walk.names.dialect][name] !== index) return false
  const part = partNamed(walk, argument, index)
  if (part === undefined || part === 'week') return part !== undefined
  const key = walk.names.key(part)
  // TRUNC of a number takes any expression there.
  return name === 'TRUNC' ? !mayResolve(scope, walk.names, key) : certainColumn(scope, key) === undefined
}

/** The name in that place which may be a part's: `week` of WEEK(MONDAY), which is one whatever columns there are. */
function partNamed(walk: Walk, argument: unknown, index: number): Identifier | 'week' | undefined {
  const expression = argumentValue(argument)
  if (expression === undefined) return undefined
  if (isNode(expression.Function))
    return index > 0 && functionName(walk, expression.Function.name) === 'WEEK' ? 'week' : undefined
  const part = isNode(expression.Identifier) ? identifier(expression.Identifier) : undefined
  return part && !part.quoted && dateParts.has(part.text.toUpperCase()) ? part : undefined
}
