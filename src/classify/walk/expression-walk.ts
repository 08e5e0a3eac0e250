import { groupingWords, patternWords } from '../functions-bigquery.ts'
import {
  identifier,
  inert,
  isNode,
  list,
  literalString,
  members,
  type Node,
  present,
  struct,
  Unread,
  variant,
} from './ast.ts'
import { binaryOperators, names, plain, roundings, wrappers } from './expression-forms.ts'
import { aggregated, asIndirect, computed, emptyFlow, type Flow, joinFlows, unknownFlow } from './flow.ts'
import { functionFlow } from './function-walk.ts'
import { certainColumn } from './named-column.ts'
import { queryFlow } from './query-walk.ts'
import { compoundFlow, fieldAccessFlow, identifierFlow, placeholderFlow } from './reference-walk.ts'
import { newQueryScope, type QueryScope, type Walk } from './walk.ts'

/** From which base columns the expression's value comes. Throws Unread where it holds what is not known here. */
export function expressionFlow(walk: Walk, scope: QueryScope, expression: unknown): Flow {
  const [name, payload] = variant(expression, 'an expression')
  const flow = operandsFlow(walk, scope, name, payload)
  if (roundings.has(name)) return aggregated(flow, flow.aggregate)
  return names.has(name) || name === 'Function' ? flow : computed(flow)
}

function operandsFlow(walk: Walk, scope: QueryScope, name: string, payload: unknown): Flow {
  if (name === 'BinaryOp' && isNode(payload) && payload.op === 'Arrow' && walk.names.dialect === 'bigquery')
    return arrowFlow(walk, scope, payload)
  if (wrappers.has(name)) return everyFlow(walk, scope, payload)
  const shape = plain[name]
  if (shape !== undefined) {
    const node = struct(payload, name, shape.known)
    if (typeof node.op === 'string' && name === 'BinaryOp' && !binaryOperators.has(node.op))
      throw new Unread(`the operator ${node.op}`)
    if (walk.names.dialect === 'snowflake' && isColumnAfterAll(name, node)) throw new Unread(`a column ${name}`)
    for (const part of shape.rest) inert(node[part], name)
    return joinFlows(
      shape.operands.map(operand =>
        everyFlow(walk, scope, node[operand], operand === 'pattern' ? patternWords : undefined),
      ),
    )
  }
  const special = specials[name]
  if (special === undefined) throw new Unread(`the expression ${name}`)
  return special(walk, scope, payload)
}

/**
 * The flow of one expression, of a list of them, or of lists of lists; nothing where it is absent. `words` of the grammar may stand for
 * functions there.
 */
export function everyFlow(walk: Walk, scope: QueryScope, value: unknown, words?: ReadonlySet<string>): Flow {
  if (!present(value)) return emptyFlow
  if (Array.isArray(value)) return joinFlows(value.map(item => everyFlow(walk, scope, item, words)))
  if (words !== undefined && isNode(value) && 'Function' in value)
    return functionFlow(walk, scope, value.Function, words)
  return expressionFlow(walk, scope, value)
}

type Special = (walk: Walk, scope: QueryScope, payload: unknown) => Flow

const specials: Readonly<Record<string, Special>> = {
  Identifier: identifierFlow,
  CompoundIdentifier: compoundFlow,
  CompoundFieldAccess: fieldAccessFlow,
  Value: placeholderFlow,
  TypedString: typedStringFlow,
  Struct: structFlow,
  Function: functionFlow,
  Case: caseFlow,
  Dictionary: (walk, scope, payload) =>
    joinFlows(
      list(payload, 'an object').map(entry =>
        expressionFlow(walk, scope, struct(entry, 'an object entry', members('key', 'value')).value),
      ),
    ),
  Subquery: (walk, scope, payload) => queryFlow(walk, scope, payload),
  InSubquery: (walk, scope, payload) => {
    const node = struct(payload, 'IN', members('expr', 'subquery', 'negated'))
    return joinFlows([expressionFlow(walk, scope, node.expr), queryFlow(walk, scope, node.subquery)])
  },
  Exists: existsFlow,
  JsonAccess: jsonFlow,
  Lambda: lambdaFlow,
  Prefixed: prefixedFlow,
  GroupingSets: (walk, scope, payload) => everyFlow(walk, scope, payload, groupingWords),
}

/** All of its values; of each it is noted what it comes from, for who takes one field of it. */
function structFlow(walk: Walk, scope: QueryScope, payload: unknown): Flow {
  const node = struct(payload, 'a struct', members('values', 'fields'))
  inert(node.fields, 'a struct')
  return joinFlows(
    list(node.values, 'a struct').map(value => {
      const flow = expressionFlow(walk, scope, value)
      if (isNode(value)) walk.values.set(value, flow)
      return flow
    }),
  )
}

/** `DATE '2026-01-01'`; but `DATE "x"` and `JSON :k` are columns with an alias and with a path. */
function typedStringFlow(_walk: Walk, _scope: QueryScope, payload: unknown): Flow {
  inert(payload, 'a literal')
  if (!isNode(payload) || literalString({ Value: payload.value }) === undefined)
    throw new Unread('a literal of an unknown form')
  return emptyFlow
}

/** Snowflake knows no `ARRAY[0]` but as an element of a column, and INTERVAL before nothing but a string: `interval - 1` is a column too. */
const isColumnAfterAll = (name: string, node: Node): boolean =>
  (name === 'Array' && node.named === true) || (name === 'Interval' && literalString(node.value) === undefined)

function caseFlow(walk: Walk, scope: QueryScope, payload: unknown): Flow {
  const node = struct(payload, 'CASE', members('case_token', 'end_token', 'operand', 'conditions', 'else_result'))
  const whens = list(node.conditions, 'CASE').map(when => struct(when, 'WHEN', members('condition', 'result')))
  const decides = whens.map(when => expressionFlow(walk, scope, when.condition))
  return joinFlows([
    everyFlow(walk, scope, node.else_result),
    ...whens.map(when => expressionFlow(walk, scope, when.result)),
    asIndirect(joinFlows([everyFlow(walk, scope, node.operand), ...decides])),
  ])
}

/** EXISTS shows no value of the subquery, but tells what its filters find. */
function existsFlow(walk: Walk, scope: QueryScope, payload: unknown): Flow {
  const node = struct(payload, 'EXISTS', members('subquery', 'negated'))
  const filters = walk.filtersOf(() => queryFlow(walk, scope, node.subquery))
  return { ...emptyFlow, indirect: filters }
}

function jsonFlow(walk: Walk, scope: QueryScope, payload: unknown): Flow {
  const node = struct(payload, 'a path', members('value', 'path'))
  const { path } = struct(node.path, 'a path', members('path'))
  const keys = list(path, 'a path').map(step => {
    const [kind, inner] = variant(step, 'a path step')
    if (kind === 'Dot') inert(inner, 'a path step')
    if (kind === 'Dot') return emptyFlow
    if (kind !== 'Bracket' && kind !== 'ColonBracket') throw new Unread(`the path step ${kind}`)
    return expressionFlow(walk, scope, struct(inner, 'a path step', members('key')).key)
  })
  return joinFlows([expressionFlow(walk, scope, node.value), ...keys])
}

/** `CONNECT_BY_ROOT x`: the column in the row where the chain begins. The word is not reserved: elsewhere it is a column called x. */
function prefixedFlow(walk: Walk, scope: QueryScope, payload: unknown): Flow {
  const node = struct(payload, 'a prefix', members('prefix', 'value'))
  const prefix = identifier(node.prefix)
  const root = 'CONNECT_BY_ROOT'
  const isPrefix = scope.connects && certainColumn(scope, root) === undefined
  if (prefix.quoted || prefix.text.toUpperCase() !== root || !isPrefix) throw new Unread(`the prefix ${prefix.text}`)
  return expressionFlow(walk, scope, node.value)
}

function lambdaFlow(walk: Walk, scope: QueryScope, payload: unknown): Flow {
  const node = struct(payload, 'a lambda', members('params', 'body', 'syntax'))
  const [, params] = variant(node.params, 'a lambda')
  const names = (Array.isArray(params) ? params : [params]).map(
    param => struct(param, 'a lambda parameter', members('name', 'data_type')).name,
  )
  return bodyFlow(walk, scope, names, node.body)
}

/** GoogleSQL's lambdas come as an operator. */
function arrowFlow(walk: Walk, scope: QueryScope, payload: Node): Flow {
  const node = struct(payload, 'a lambda', members('left', 'op', 'right'))
  const [kind, params] = variant(node.left, 'a lambda')
  const names =
    kind === 'Tuple' ? list(params, 'a lambda').map(param => variant(param, 'a lambda')) : [[kind, params] as const]
  if (names.some(([form]) => form !== 'Identifier')) throw new Unread('a lambda of an unknown form')
  return bodyFlow(
    walk,
    scope,
    names.map(([, name]) => name),
    node.right,
  )
}

/** `x -> UPPER(x)`: the parameter's value comes from the other arguments of the call, as a subquery in the lambda may filter by it. */
function bodyFlow(walk: Walk, scope: QueryScope, params: readonly unknown[], body: unknown): Flow {
  const inner: QueryScope = { ...newQueryScope(scope), isLambda: true }
  for (const param of params) {
    const key = walk.names.key(identifier(param))
    // Should a column of that name win, its value comes in as well.
    inner.aliases.set(key, joinFlows([scope.elements ?? unknownFlow, certainColumn(scope, key)?.flow ?? emptyFlow]))
  }
  return expressionFlow(walk, inner, body)
}

/** An ordering's expressions; `options` hold only direction. */
export function orderFlow(walk: Walk, scope: QueryScope, items: unknown): Flow {
  return joinFlows(
    list(items, 'ORDER BY').map(item => {
      const node: Node = struct(item, 'ORDER BY', members('expr', 'options'))
      inert(node.options, 'ORDER BY')
      return expressionFlow(walk, scope, node.expr)
    }),
  )
}
