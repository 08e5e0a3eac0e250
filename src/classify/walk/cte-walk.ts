import { columnName } from '../column-name.ts'
import { type Identifier, identifier, isNode, list, members, type Node, present, struct, Unread } from './ast.ts'
import { columnFlow, joinFlows, sameFlow, unknownFlow } from './flow.ts'
import { bodyResult, queryResult } from './query-walk.ts'
import { type Relation, restOf } from './scope.ts'
import { withAlias } from './source-walk.ts'
import { tableColumns } from './table-walk.ts'
import { newQueryScope, type QueryScope, type Walk } from './walk.ts'

const cteMembers = members('alias', 'query', 'materialized', 'closing_paren_token')

/** Adds what WITH names to the scope of its query: each of them sees those before it. */
export function addCtes(walk: Walk, target: QueryScope, payload: unknown): void {
  const node = struct(payload, 'WITH', members('with_token', 'recursive', 'cte_tables'))
  const scope = cteScope(walk, target)
  const ctes = list(node.cte_tables, 'WITH').map(item => struct(item, 'WITH', cteMembers))
  const names = ctes.map(({ alias }) => identifier(isNode(alias) ? alias.name : undefined))
  for (const [at, cte] of ctes.entries()) {
    const name = names[at] as Identifier
    const key = walk.names.key(name)
    // GoogleSQL lets them see those that follow, then; who reads from above takes such a name for a table's.
    if (node.recursive === true && names.slice(at + 1).some(later => mentions(cte.query, walk.names.key(later), walk)))
      throw new Unread('a CTE that may read one after it')
    // In Snowflake the keyword changes nothing; where it does not recurse for sure, the name counts as a table's too.
    const inSnowflake = walk.names.dialect === 'snowflake'
    const mayRecurse = inSnowflake ? isUnion(cte.query) : node.recursive === true
    const isSure = node.recursive === true && (!inSnowflake || recurses(walk, cte.query, key))
    const relation =
      mayRecurse && mentions(cte.query, key, walk)
        ? recursiveCte(walk, scope, cte, key, isSure ? undefined : walk.names.table([name]))
        : withAlias(walk, queryResult(walk, scope, cte.query), cte.alias)
    const { columns, open, opaque } = relation
    for (const { ctes } of new Set([scope, target])) ctes.set(key, { columns, open, opaque, ...restOf([relation]) })
  }
}

/**
 * What a CTE's own query sees. GoogleSQL shows it no row of a query around: in a subquery of `FROM t`, its `FROM t.a` is a table
 * and no array of that row.
 */
function cteScope(walk: Walk, scope: QueryScope): QueryScope {
  if (walk.names.dialect === 'snowflake') return scope
  const visible = newQueryScope(walk.outermost)
  const around: QueryScope[] = []
  for (let current: QueryScope | undefined = scope; current !== undefined; current = current.parent)
    around.push(current)
  for (const { ctes } of around.toReversed()) for (const [key, relation] of ctes) visible.ctes.set(key, relation)
  return visible
}

const isUnion = (query: unknown): boolean => isNode(query) && isUnionBody(query.body)

/** In brackets or without. */
const isUnionBody = (body: unknown): boolean =>
  isNode(body) && (isNode(body.SetOperation) || (isNode(body.Query) && isUnionBody(body.Query.body)))

/** The form that Snowflake documents for a CTE that reads itself: UNION ALL, of which the first part does not read it, and others do in FROM. */
function recurses(walk: Walk, query: unknown, key: string): boolean {
  if (!isNode(query) || present(query.with)) return false
  const [anchor, ...others] = unionParts(query.body)
  const isFrom = (part: unknown) => isNode(part) && isNode(part.Select) && factors(part.Select.from).some(isIt)
  const isIt = (factor: unknown) => isNode(factor) && isTable(factor, key, walk)
  return !mentions(anchor, key, walk) && others.every(part => isFrom(part) || !mentions(part, key, walk))
}

/** What UNION ALL puts together, in brackets or without. */
function unionParts(body: unknown): readonly unknown[] {
  if (!isNode(body)) return []
  const { Query, SetOperation } = body
  if (isNode(Query) && ![Query.with, Query.order_by, Query.limit_clause, Query.fetch].some(present))
    return unionParts(Query.body)
  if (!isNode(SetOperation) || SetOperation.op !== 'Union' || SetOperation.set_quantifier !== 'All') return [body]
  return [SetOperation.left, SetOperation.right].flatMap(unionParts)
}

/** The tables of a FROM clause, also those of joins in brackets. */
const factors = (from: unknown): readonly unknown[] =>
  list(from, 'FROM').flatMap(item => {
    if (!isNode(item)) return []
    const joined = list(item.joins, 'JOIN').map(join => (isNode(join) ? join.relation : undefined))
    return [item.relation, ...joined].flatMap(factor =>
      isNode(factor) && isNode(factor.NestedJoin) ? factors([factor.NestedJoin.table_with_joins]) : [factor],
    )
  })

/** True where some table name in the query is this single word; cheap, and wrong only towards more work. */
function mentions(query: unknown, key: string, walk: Walk): boolean {
  if (Array.isArray(query)) return query.some(item => mentions(item, key, walk))
  if (!isNode(query)) return false
  return isTable(query, key, walk) || Object.values(query).some(value => mentions(value, key, walk))
}

function isTable({ Table }: Node, key: string, walk: Walk): boolean {
  if (!isNode(Table) || !Array.isArray(Table.name) || Table.name.length !== 1) return false
  const part: unknown = Table.name[0]
  return isNode(part) && isNode(part.Identifier) && walk.names.key(identifier(part.Identifier)) === key
}

/** A CTE that reads itself: walked until no column gains a source any more. `table` where the name may be a table's. */
function recursiveCte(walk: Walk, scope: QueryScope, cte: Node, key: string, table: string | undefined): Relation {
  if (table !== undefined) walk.reads.add(table)
  const base = table === undefined ? undefined : tableColumns(walk, table)
  const asTable = base !== undefined && (base.columns.length > 0 || walk.catalog.size === 0) ? base : undefined
  let self: Relation = { columns: [], open: [], opaque: true }
  for (let round = 0; round < 12; round += 1) {
    const inner = newQueryScope(scope)
    inner.ctes.set(key, merged(self, asTable))
    const names = round === 0 ? anchorNames(walk, scope, cte, key) : undefined
    if (names !== undefined) inner.ctes.set(key, merged(names, asTable))
    const next = withAlias(walk, queryResult(walk, inner, cte.query), cte.alias)
    const settled =
      next.columns.length === self.columns.length &&
      next.columns.every((column, index) => sameFlow(column.flow, self.columns[index]?.flow ?? unknownFlow))
    self = next
    if (round > 0 && settled) return self
  }
  return { columns: [], open: self.open, opaque: true }
}

/** The columns of the first part of the union, which does not read the CTE. */
function anchorNames(walk: Walk, scope: QueryScope, cte: Node, key: string): Relation | undefined {
  const body = anchorIn(isNode(cte.query) ? cte.query.body : undefined)
  if (body === undefined || mentions(body, key, walk)) return undefined
  const inner = newQueryScope(scope)
  const query = isNode(cte.query) ? cte.query : {}
  if (present(query.with)) addCtes(walk, inner, query.with)
  return withAlias(walk, bodyResult(walk, inner, body).result, cte.alias)
}

function anchorIn(body: unknown): unknown {
  if (!isNode(body) || !isUnionBody(body)) return body
  if (isNode(body.SetOperation)) return anchorIn(body.SetOperation.left)
  return isNode(body.Query) && !present(body.Query.with) ? anchorIn(body.Query.body) : undefined
}

function merged(relation: Relation, table: Omit<Relation, 'alias'> | undefined): Relation {
  if (table === undefined) return relation
  const columns = relation.columns.map(column => ({
    ...column,
    flow: joinFlows([
      column.flow,
      ...table.columns.filter(other => other.key === column.key).map(other => other.flow),
      ...table.open.map(open => columnFlow(columnName(open, column.name))),
    ]),
  }))
  return { columns, open: [...new Set([...relation.open, ...table.open])], opaque: relation.opaque || table.opaque }
}
