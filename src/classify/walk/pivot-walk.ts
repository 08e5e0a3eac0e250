import { tableOf } from '../column-name.ts'
import {
  identifier,
  isNode,
  list,
  literalString,
  mayBeEscaped,
  members,
  type Node,
  present,
  struct,
  Unread,
  variant,
} from './ast.ts'
import { everyFlow, expressionFlow, orderFlow } from './expression-walk.ts'
import { asIndirect, computed, type Flow, joinFlows } from './flow.ts'
import { partArgument } from './function-walk.ts'
import { queryFlow } from './query-walk.ts'
import { type Column, checkPicked, findRelation, namelessRelation, type Relation, rowName, wholeRow } from './scope.ts'
import { factorRelation, withAlias } from './source-walk.ts'
import { typeOf } from './type-walk.ts'
import { newQueryScope, outputColumn, type QueryScope, type Walk } from './walk.ts'

const pivotMembers = members('table', 'aggregate_functions', 'value_column', 'value_source', 'default_on_null', 'alias')

/** PIVOT: the columns that are neither aggregated nor pivoted stay; one column a value (and aggregate) comes. */
export function pivotRelation(walk: Walk, outer: QueryScope, payload: unknown): Relation {
  const node = struct(payload, 'PIVOT', pivotMembers)
  const { scope, input } = inputOf(walk, outer, node)
  const decides = asIndirect(everyFlow(walk, scope, node.value_column))
  walk.filter(decides)
  const defaults = everyFlow(walk, scope, node.default_on_null)
  const aggregates = list(node.aggregate_functions, 'PIVOT').map(item => {
    const { expr, alias } = struct(item, 'PIVOT', members('expr', 'alias'))
    const flow = joinFlows([expressionFlow(walk, scope, expr), defaults, decides])
    return { flow, name: present(alias) ? walk.names.fold(identifier(alias)) : undefined }
  })
  const values = valueNames(walk, scope, node.value_source, mayBeTime(walk, scope, node.value_column))
  const gone = usedColumns(walk, input, [node.aggregate_functions, node.value_column])
  const kept = input.columns.filter(column => !gone.includes(column.key))
  // What is kept is what the rows are grouped by, whatever else there is.
  walk.filter(wholeRow({ ...input, columns: kept }))
  if (values === undefined) return withAlias(walk, unknownShape(input, aggregates), node.alias)
  const pivoted = values.flatMap(value =>
    aggregates.map(({ name, flow }) => outputColumn(walk, pivotName(walk, value, name), flow)),
  )
  return withAlias(walk, madeOf(input, [...kept, ...pivoted]), node.alias)
}

const madeOf = ({ open, opaque, unordered }: Relation, columns: readonly Column[]): Omit<Relation, 'alias'> => ({
  columns,
  open,
  opaque,
  ...(unordered && { unordered }),
})

const unsure = new Unread('a name in PIVOT that may be that of a column, or of something else')

/** The columns of the input that the expressions surely use: those are gone, and no other is. Throws Unread where one may be no column. */
function usedColumns(walk: Walk, input: Relation, value: unknown): readonly string[] {
  const used = (inner: unknown): readonly string[] => {
    if (Array.isArray(inner)) return inner.flatMap(used)
    if (!isNode(inner)) return []
    // A query's names, and those of what an arrow gives a name, are its own; what an aggregate is ordered by is computed before it.
    if (present(inner.body) || inner.op === 'Arrow' || !isPlainOrder(inner.OrderBy)) throw unsure
    if (isNode(inner.Function)) {
      if (used(partArgument(walk, inner.Function)).length > 0) throw unsure
      return used({ ...inner.Function, name: null })
    }
    // After a dot it is a field of what stands before; a type that the parser has no word for is none either.
    if (present(inner.Dot) || present(inner.Custom)) return []
    const name = present(inner.Identifier) ? [inner.Identifier] : list(inner.CompoundIdentifier, 'a name')
    const path = name.map(part => walk.names.key(identifier(part)))
    checkPicked(input.columns, path)
    return [...usedColumn(input, path), ...Object.values(inner).flatMap(used)]
  }
  return used(value)
}

/** Of ORDER BY: only what is nothing but a column is used there. */
const isPlainOrder = (items: unknown): boolean =>
  list(items, 'ORDER BY').every(item => isNode(item) && isNode(item.expr) && present(item.expr.Identifier))

/** The column of the input in a name or path: the first part, or the second after the input's own name. */
function usedColumn(input: Relation, path: readonly string[]): readonly string[] {
  const isColumn = (key: string) => input.columns.some(column => column.key === key)
  const found = path.filter(isColumn)
  const isRow = rowName(input) === path[0]
  const usesAll = isRow && path.length === 1 && input.columns.length > 0
  // Of no part of the input, it is a path of what stands around; of both, either.
  if (usesAll || found.length > 1 || (found.length === 1 && isRow === isColumn(path[0] ?? ''))) throw unsure
  return found
}

/** BigQuery: `<aggregate alias>_<value>`, or `_<value>` where that begins with a number's digit; Snowflake: `<value>_<aggregate alias>`. */
function pivotName(walk: Walk, { text, isNumber }: ValueName, aggregate: string | undefined): string {
  if (aggregate === undefined)
    return isNumber && walk.names.dialect === 'bigquery' && /^\d/.test(text) ? `_${text}` : text
  return walk.names.dialect === 'snowflake' ? `${text}_${aggregate}` : `${aggregate}_${text}`
}

interface ValueName {
  readonly text: string
  readonly isNumber?: true
}

/** The values pivoted on; `undefined` where the rows decide which columns come, or what they are called is not known. */
function valueNames(walk: Walk, scope: QueryScope, source: unknown, times: boolean): readonly ValueName[] | undefined {
  const [kind, payload] = variant(source, 'PIVOT')
  if (kind === 'Any' || kind === 'Subquery') {
    walk.filter(kind === 'Any' ? orderFlow(walk, scope, payload) : queryFlow(walk, scope, payload))
    walk.namedByRows = true
    return undefined
  }
  if (kind !== 'List') throw new Unread(`PIVOT over ${kind}`)
  const names = list(payload, 'PIVOT').map((item): ValueName | undefined => {
    const { expr, alias } = struct(item, 'PIVOT', members('expr', 'alias'))
    walk.filter(expressionFlow(walk, scope, expr))
    if (present(alias)) return { text: walk.names.fold(identifier(alias)) }
    const text = literalString(expr)
    if (text === undefined) return numberName(walk, expr)
    if (mayBeEscaped(text)) return undefined
    // Snowflake names it as the literal is written, quotes and all.
    if (walk.names.dialect === 'snowflake') return { text: `'${text}'` }
    return text === '' || (times && /^\s*\d+(-\d+-|:)\d/.test(text)) ? undefined : { text }
  })
  return names.includes(undefined) ? undefined : names.filter(name => name !== undefined)
}

/** Whether a string that is compared with the column may be a date or a time, whose column GoogleSQL gives another name. */
function mayBeTime(walk: Walk, scope: QueryScope, columns: unknown): boolean {
  const [column, more] = list(columns, 'PIVOT')
  return more !== undefined || !/^STRING\b/i.test(typeOf(walk, scope, column) ?? '')
}

/** Of whole numbers; GoogleSQL spells out the sign. */
function numberName(walk: Walk, expression: unknown): ValueName | undefined {
  const negated = isNode(expression) && isNode(expression.UnaryOp) && expression.UnaryOp.op === 'Minus'
  const text = numberText(negated && isNode(expression.UnaryOp) ? expression.UnaryOp.expr : expression)
  const whole = /^0*([1-9]\d*|0)$/.exec(text ?? '')?.[1]
  if (whole === undefined) return undefined
  if (walk.names.dialect === 'snowflake') return negated || whole !== text ? undefined : { text: whole, isNumber: true }
  return { text: negated ? `minus_${whole}` : whole, isNumber: true }
}

function numberText(expression: unknown): string | undefined {
  const value =
    isNode(expression) && isNode(expression.Value) && isNode(expression.Value.value)
      ? expression.Value.value.Number
      : undefined
  const [text] = list(value, 'a number')
  return typeof text === 'string' ? text : undefined
}

/** Columns not known by name: one may be any that was made, or any other of a table whose columns are not known. */
function unknownShape(input: Relation, aggregates: readonly { flow: Flow }[]): Omit<Relation, 'alias'> {
  const { columns, open, opaque } = input
  const sources = joinFlows([...columns, ...aggregates].map(({ flow }) => flow))
  if (!opaque && sources.traced) return { ...namelessRelation(computed(sources)), open }
  const tables = [...sources.sources].map(tableOf)
  return { columns: [], open: [...new Set([...open, ...tables])], opaque: true }
}

const unpivotMembers = members('table', 'value', 'name', 'columns', 'null_inclusion', 'alias')

/** UNPIVOT: the listed columns become one of their values and one of their names. */
export function unpivotRelation(walk: Walk, outer: QueryScope, payload: unknown): Relation {
  const node = struct(payload, 'UNPIVOT', unpivotMembers)
  const { scope, input } = inputOf(walk, outer, node)
  const flows: Flow[] = []
  const gone = new Set<string>()
  for (const item of list(node.columns, 'UNPIVOT')) {
    const { expr } = struct(item, 'UNPIVOT', members('expr', 'alias'))
    flows.push(expressionFlow(walk, scope, expr))
    for (const name of plainNames(expr)) gone.add(walk.names.key(identifier(name)))
  }
  checkPicked(input.columns, gone)
  const flow = joinFlows(flows)
  const values: Column[] = plainNames(node.value).map(name =>
    outputColumn(walk, walk.names.fold(identifier(name)), flow),
  )
  // Rows with NULL do not come, so which rows come tells about the values.
  walk.filter(flow)
  // The name counts as made of the values: which of the two columns comes first is the dialect's affair.
  const name = outputColumn(walk, walk.names.fold(identifier(node.name)), computed(flow))
  const kept = input.columns.filter(column => !gone.has(column.key))
  const order = walk.names.dialect === 'snowflake' ? [...kept, name, ...values] : [...kept, ...values, name]
  return withAlias(walk, madeOf(input, order), node.alias)
}

/** The names in `a` or `(a, b)`. */
function plainNames(expression: unknown): readonly unknown[] {
  const [kind, payload] = variant(expression, 'UNPIVOT')
  if (kind === 'Identifier') return [payload]
  if (kind === 'Nested') return plainNames(payload)
  if (kind !== 'Tuple') throw new Unread('UNPIVOT of an unknown form')
  return list(payload, 'UNPIVOT').flatMap(plainNames)
}

/**
 * What the result is made of, and what the expressions in it see. Whether the input's name still stands where the result has none in
 * Snowflake is not documented, so it may be no name of a table around.
 */
export function inputOf(walk: Walk, outer: QueryScope, node: Node): { scope: QueryScope; input: Relation } {
  const [kind, payload] = variant(node.table, 'a table')
  const input = factorRelation(walk, outer, kind, payload)
  const name = rowName(input)
  const mayStand = walk.names.dialect === 'snowflake' && !present(node.alias) && name !== undefined
  if (mayStand && findRelation(outer.parent, [name]) !== undefined) throw new Unread('a name that may be of two tables')
  const scope = newQueryScope(outer)
  scope.relations.push(input)
  return { scope, input }
}
