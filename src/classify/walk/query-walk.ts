import { tableOf } from '../column-name.ts'
import { identifier, isNode, list, members, type Node, present, struct, Unread, variant } from './ast.ts'
import { addCtes } from './cte-walk.ts'
import { everyFlow, expressionFlow, orderFlow } from './expression-walk.ts'
import { computed, emptyFlow, type Flow, joinFlows, unknownFlow } from './flow.ts'
import { type Column, isClosed, isOrdered, namelessRelation, restOf, wholeRow } from './scope.ts'
import { positionalFlow, selectResult, withShown } from './select-walk.ts'
import { commonType } from './type-text.ts'
import { newQueryScope, outputColumn, type QueryResult, type QueryScope, type Walk } from './walk.ts'

const queryMembers = members('with', 'body', 'order_by', 'limit_clause', 'fetch')

/** A query with its CTEs: what each of its columns comes from. */
export function queryResult(walk: Walk, outer: QueryScope, payload: unknown): QueryResult {
  const node = struct(payload, 'a query', queryMembers)
  const scope = newQueryScope(outer)
  if (present(node.with)) addCtes(walk, scope, node.with)
  const { result, inner } = bodyResult(walk, scope, node.body)
  orderAndLimit(walk, inner, node, result)
  return result
}

/** All of a query as one value: a scalar subquery, ARRAY(…), the right side of IN. */
export function queryFlow(walk: Walk, scope: QueryScope, payload: unknown): Flow {
  const result = queryResult(walk, scope, payload)
  if (isNode(payload)) walk.queries.set(payload, result)
  return wholeRow(result)
}

function orderAndLimit(walk: Walk, scope: QueryScope, node: Node, result: QueryResult): void {
  if (present(node.order_by)) {
    const order = struct(node.order_by, 'ORDER BY', members('kind'))
    const [kind, items] = variant(order.kind, 'ORDER BY')
    if (kind === 'Expressions') {
      walk.filter(isOrderByAll(items) ? wholeRow(result) : orderFlow(walk, withShown(scope, result), items))
      walk.filter(
        positionalFlow(
          result,
          list(items, 'ORDER BY').map(item => (isNode(item) ? item.expr : undefined)),
        ),
      )
    } else if (kind === 'All') walk.filter(wholeRow(result))
    else throw new Unread(`ORDER BY ${kind}`)
  }
  if (present(node.limit_clause)) limit(walk, scope, node.limit_clause)
  if (present(node.fetch)) {
    walk.filter(
      everyFlow(walk, scope, struct(node.fetch, 'FETCH', members('with_ties', 'percent', 'quantity')).quantity),
    )
  }
}

/** `ORDER BY ALL` parses as a column of that name. */
function isOrderByAll(items: unknown): boolean {
  const [item, more] = list(items, 'ORDER BY')
  const expression = isNode(item) && isNode(item.expr) ? item.expr.Identifier : undefined
  return (
    more === undefined &&
    isNode(expression) &&
    !present(expression.quote_style) &&
    /^all$/i.test(String(expression.value))
  )
}

function limit(walk: Walk, scope: QueryScope, payload: unknown): void {
  const [kind, inner] = variant(payload, 'LIMIT')
  if (kind !== 'LimitOffset') throw new Unread(`LIMIT ${kind}`)
  const node = struct(inner, 'LIMIT', members('limit', 'offset'))
  walk.filter(everyFlow(walk, scope, node.limit))
  if (!present(node.offset)) return
  walk.filter(everyFlow(walk, scope, struct(node.offset, 'OFFSET', members('value', 'rows')).value))
}

/** Of a query without its CTEs; and the scope that its ORDER BY sees. */
export function bodyResult(walk: Walk, scope: QueryScope, body: unknown): { result: QueryResult; inner: QueryScope } {
  const [kind, payload] = variant(body, 'a query')
  switch (kind) {
    case 'Select': {
      const select = selectResult(walk, scope, payload)
      return { result: select.result, inner: select.scope }
    }
    case 'Query':
      return scopedResult(scope, queryResult(walk, scope, payload))
    case 'SetOperation':
      return scopedResult(scope, setOperation(walk, scope, payload))
    case 'Values':
      return scopedResult(scope, valuesResult(walk, scope, payload))
    default:
      throw new Unread(`${kind} inside a query`)
  }
}

/** What ORDER BY of a set operation sees: the columns of its result. */
function scopedResult(outer: QueryScope, result: QueryResult): { result: QueryResult; inner: QueryScope } {
  const inner = newQueryScope(outer)
  inner.relations.push(result)
  return { result, inner }
}

function setOperation(walk: Walk, scope: QueryScope, payload: unknown): QueryResult {
  const node = struct(payload, 'a set operation', members('left', 'op', 'set_quantifier', 'right'))
  const byName =
    node.set_quantifier === 'ByName' || node.set_quantifier === 'AllByName' || node.set_quantifier === 'DistinctByName'
  const left = bodyResult(walk, scope, node.left).result
  const right = bodyResult(walk, scope, node.right).result
  // All but UNION ALL compare whole rows, so which rows come, or how many, tells about every column.
  if (!(node.op === 'Union' && String(node.set_quantifier).startsWith('All')))
    walk.filter(joinFlows([wholeRow(left), wholeRow(right)]))
  // GoogleSQL does not know these two forms; rewritten, they mean that some of the columns come, or those of both sides.
  const rewritten = walk.names.dialect === 'bigquery' ? node.set_quantifier : undefined
  if (rewritten === 'None') return namelessRelation(computed(wholeRow(unionByName(left, right))))
  if (!byName) return unionOf(walk, left, right)
  const named = unionByName(left, right)
  const isShared = ({ key }: Column) => [left, right].every(({ columns }) => columns.some(column => column.key === key))
  return rewritten === 'ByName' ? { ...named, columns: named.columns.filter(isShared) } : named
}

/** Position by position. Where a side's columns are not known, no column of the result is. */
function unionOf(walk: Walk, left: QueryResult, right: QueryResult): QueryResult {
  const even = isOrdered(left) && isOrdered(right) && left.columns.length === right.columns.length
  if (!even) return unevenUnion(left, right)
  const columns = left.columns.map(({ name, flow, type, mayBe }, index) => {
    const other = right.columns[index]
    const both = joinFlows([flow, other?.flow ?? unknownFlow])
    return {
      ...outputColumn(walk, name, both, commonType([type, other?.type])),
      ...(mayBe === undefined ? {} : { mayBe }),
    }
  })
  return { columns, open: [], opaque: false }
}

function unevenUnion(left: QueryResult, right: QueryResult): QueryResult {
  const whole = joinFlows([wholeRow(left), wholeRow(right)])
  if (whole.traced) return namelessRelation(computed(whole))
  const tables = [...whole.sources].map(tableOf)
  return { columns: [], open: [...new Set([...left.open, ...right.open, ...tables])], opaque: true }
}

/** Column by column of one name; those that only one side has are NULL in the other's rows. */
function unionByName(left: QueryResult, right: QueryResult): QueryResult {
  const keys = new Set([...left.columns, ...right.columns].map(column => column.key))
  if (!isClosed(left) || !isClosed(right) || keys.has('')) return unevenUnion(left, right)
  const columns = [...keys].flatMap(key => {
    const same = [...left.columns, ...right.columns].filter(column => column.key === key)
    return same.slice(0, 1).map(({ name }) => ({ name, key, flow: joinFlows(same.map(({ flow }) => flow)) }))
  })
  return { columns, open: [], opaque: false, ...restOf([left, right]) }
}

function valuesResult(walk: Walk, scope: QueryScope, payload: unknown): QueryResult {
  const node = struct(payload, 'VALUES', members('explicit_row', 'value_keyword', 'rows'))
  const rows = list(node.rows, 'VALUES').map(row => {
    const { content } = struct(row, 'VALUES', members('opening_token', 'content', 'closing_token'))
    return list(content, 'VALUES').map(value => valueFlow(walk, scope, value))
  })
  if (rows.some((row, at) => at > 0 && row.length === 1 && row[0]?.traced === false))
    throw new Unread('a row of one unknown column, as a table in brackets looks')
  const width = Math.max(0, ...rows.map(row => row.length))
  const columns = Array.from({ length: width }, (_, index) =>
    outputColumn(walk, `COLUMN${index + 1}`, joinFlows(rows.map(row => row[index] ?? emptyFlow))),
  )
  return { columns, open: [], opaque: false }
}

const valueFlow = (walk: Walk, scope: QueryScope, value: unknown): Flow =>
  isDefault(value) ? emptyFlow : expressionFlow(walk, scope, value)

/** DEFAULT looks like a column here; in quotes it is one. */
export function isDefault(value: unknown): boolean {
  const word = isNode(value) && isNode(value.Identifier) ? identifier(value.Identifier) : undefined
  return word?.quoted === false && /^default$/i.test(word.text)
}
