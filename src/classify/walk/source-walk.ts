import { joinedAlone } from '../rewrite/bracketed-joins.ts'
import { identifier, isNode, list, members, present, struct, Unread, variant } from './ast.ts'
import { expressionFlow } from './expression-walk.ts'
import { computed } from './flow.ts'
import { matchRelation } from './match-recognize-walk.ts'
import { pivotRelation, unpivotRelation } from './pivot-walk.ts'
import { queryResult } from './query-walk.ts'
import { isClosed, isOrdered, namelessRelation, type Relation, wholeRow } from './scope.ts'
import { mergeColumns, naturalKeys, usingKeys } from './shared-columns.ts'
import { tableFunctionRelation, unnestRelation, wrappedTableRelation } from './table-function-walk.ts'
import { sampleFilter, tableRelation } from './table-walk.ts'
import { newQueryScope, type QueryScope, type Walk } from './walk.ts'

const joinKinds = new Set([
  'Join',
  'Inner',
  'Left',
  'LeftOuter',
  'Right',
  'RightOuter',
  'FullOuter',
  'CrossJoin',
  'AsOf',
])

/**
 * Adds what a FROM clause names to the scope, left to right: what comes later may look back. GoogleSQL takes a comma for one more
 * join: in `FROM a, b JOIN c USING (x)`, `a` is on the left side too. What is in the scope already is the table that
 * a statement changes: GoogleSQL shows FROM and USING nothing of it.
 */
export function addSources(walk: Walk, scope: QueryScope, from: unknown): void {
  const first = scope.relations.length
  if (walk.names.dialect === 'snowflake') for (const item of list(from, 'FROM')) addJoined(walk, scope, item, first)
  else
    addApart(scope, inner => {
      for (const item of list(from, 'FROM')) addJoined(walk, inner, item, 0, 0)
    })
}

/** `seen` is the place of the first relation of which the first table surely sees the columns, `start` that for those joined to it. */
function addJoined(
  walk: Walk,
  scope: QueryScope,
  payload: unknown,
  seen = scope.relations.length,
  start = scope.relations.length,
): void {
  const node = struct(payload, 'FROM', members('relation', 'joins'))
  addFactor(walk, scope, node.relation, seen)
  for (const item of list(node.joins, 'JOIN')) {
    const join = struct(item, 'JOIN', members('relation', 'join_operator'))
    const middle = scope.relations.length
    const merges = scope.merges.length
    const [kind, constraint] = variant(join.join_operator, 'JOIN')
    addJoining(walk, scope, join.relation, kind, start)
    if (
      walk.names.dialect === 'snowflake' &&
      isNestedBare(join.relation, kind, constraint, scope.merges.length > merges)
    )
      throw new Unread('a join without ON before another one')
    if (!joinKinds.has(kind)) throw new Unread(`the join ${kind}`)
    if (kind === 'AsOf') {
      const asOf = struct(constraint, 'ASOF JOIN', members('match_condition', 'constraint'))
      condition(walk, scope, asOf.match_condition, start)
      joinOn(walk, scope, asOf.constraint, start, middle)
    } else joinOn(walk, scope, constraint, start, middle)
  }
}

/** The right side of a join. In GoogleSQL that of a RIGHT or FULL one sees nothing of the left. */
function addJoining(walk: Walk, scope: QueryScope, relation: unknown, kind: string, start: number): void {
  const isApart = walk.names.dialect === 'bigquery' && /^(Right|Full)/.test(kind)
  if (isApart) addApart(scope, inner => addFactor(walk, inner, relation, 0))
  else addFactor(walk, scope, relation, start)
}

/**
 * `a NATURAL JOIN b JOIN c …`, `a JOIN b JOIN c USING (x)`: the parser joins what comes later first, though Snowflake does not; it looks as if
 * that stood in brackets. Which columns are shown as one, and in which order, depends on it.
 */
function isNestedBare(relation: unknown, kind: string, constraint: unknown, merges: boolean): boolean {
  if (kind === 'CrossJoin' || !isNode(relation) || !isNode(relation.NestedJoin)) return false
  return constraint === 'Natural' || (constraint === 'None' && merges)
}

/**
 * Snowflake joins before it takes commas, and in brackets on their own: a bare name may then be no column of what stands before `start`,
 * though it be called like one. Nor, which is documented nowhere, need it be one of the table that UPDATE changes.
 */
function joinedFrom(walk: Walk, scope: QueryScope, start: number): QueryScope {
  if (start === 0 || walk.names.dialect !== 'snowflake') return scope
  return { ...scope, relations: scope.relations.map((relation, at) => ({ ...relation, behind: at < start })) }
}

function condition(walk: Walk, scope: QueryScope, expression: unknown, start: number): void {
  const { relations, merges, ...seen } = joinedFrom(walk, scope, start)
  // The tables so far: when it is read, there may be more.
  const visible = { ...seen, relations: [...relations], merges: [...merges] }
  const read = () => walk.filter(expressionFlow(walk, visible, expression))
  if (scope.conditions === undefined) read()
  else scope.conditions.push(read)
}

/** The join's condition; USING and NATURAL also make two columns show as one. */
function joinOn(walk: Walk, scope: QueryScope, constraint: unknown, start: number, middle: number): void {
  const [kind, payload] = variant(constraint, 'JOIN')
  if (kind === 'None') return
  if (kind === 'On') {
    condition(walk, scope, payload, start)
    return
  }
  if (kind !== 'Using' && kind !== 'Natural') throw new Unread(`the join condition ${kind}`)
  const end = scope.relations.length
  const keys = kind === 'Using' ? usingKeys(walk, payload) : naturalKeys(walk, scope, { start, middle, end })
  const isSure = kind === 'Using' || scope.relations.slice(start).every(isClosed)
  mergeColumns(walk, scope, { keys: [...new Set(keys)], start, middle, end }, isSure)
}

function addFactor(walk: Walk, scope: QueryScope, factor: unknown, start: number): void {
  const [kind, payload] = variant(factor, 'a table')
  if (kind === 'NestedJoin') {
    const node = struct(payload, 'a join in brackets', members('table_with_joins', 'alias'))
    if (!present(node.alias)) addJoined(walk, scope, node.table_with_joins)
    else if (aliasName(walk, node.alias) === joinedAlone)
      addApart(scope, inner => addJoined(walk, inner, node.table_with_joins))
    else throw new Unread('an alias of a join in brackets')
  } else scope.relations.push(factorRelation(walk, joinedFrom(walk, scope, start), kind, payload))
}

/** For what sees nothing of the tables before it, and is seen by those after it. */
function addApart(scope: QueryScope, add: (inner: QueryScope) => void): void {
  const inner = innerScope(scope)
  add(inner)
  const start = scope.relations.length
  scope.relations.push(...inner.relations)
  for (const merge of inner.merges) {
    const { keys, middle, end } = merge
    scope.merges.push({ keys, start: start + merge.start, middle: start + middle, end: start + end })
  }
}

/** Of what sees the CTEs of a query and what stands around it, but nothing in its FROM clause. */
const innerScope = (scope: QueryScope): QueryScope => ({ ...newQueryScope(scope.parent), ctes: scope.ctes })

/** The relation of one FROM item. */
export function factorRelation(walk: Walk, scope: QueryScope, kind: string, payload: unknown): Relation {
  switch (kind) {
    case 'Table':
      return tableRelation(walk, scope, payload)
    case 'Derived':
      return derivedRelation(walk, scope, payload)
    case 'TableFunction':
      return wrappedTableRelation(walk, scope, payload)
    case 'Function':
      return tableFunctionRelation(walk, scope, payload)
    case 'UNNEST':
      return unnestRelation(walk, scope, payload)
    case 'Pivot':
      return pivotRelation(walk, scope, payload)
    case 'MatchRecognize':
      return matchRelation(walk, scope, payload)
    case 'Unpivot':
      return unpivotRelation(walk, scope, payload)
    default:
      throw new Unread(`the table form ${kind}`)
  }
}

function derivedRelation(walk: Walk, scope: QueryScope, payload: unknown): Relation {
  const node = struct(payload, 'a subquery', members('lateral', 'subquery', 'alias', 'sample'))
  sampleFilter(walk, scope, node.sample)
  // Without LATERAL the subquery cannot see its siblings, but what stands around the whole query.
  const outer = node.lateral === true ? scope : innerScope(scope)
  return withAlias(walk, queryResult(walk, outer, node.subquery), node.alias)
}

const aliasMembers = members('explicit', 'name', 'columns')

/** The name an alias gives, where there is one. */
export const aliasName = (walk: Walk, alias: unknown): string | undefined =>
  isNode(alias) ? walk.names.fold(identifier(alias.name)) : undefined

/** The relation under its alias, with its columns renamed where the alias lists names. */
export function withAlias(walk: Walk, relation: Omit<Relation, 'alias'>, alias: unknown): Relation {
  if (!present(alias)) return relation
  const node = struct(alias, 'an alias', aliasMembers)
  const key = walk.names.key(identifier(node.name))
  // Where it is used, it looks like the path of a table.
  if (walk.names.dialect === 'bigquery' && key.includes('.')) throw new Unread('a dot in the name of a table')
  const names = list(node.columns, 'an alias').map(column =>
    identifier(struct(column, 'an alias', members('name', 'data_type')).name),
  )
  if (names.length === 0) return { ...relation, alias: key }
  if (!isOrdered(relation) || names.length > relation.columns.length) {
    // Each name may mean any of its columns.
    const whole = wholeRow(relation)
    const nameless = { columns: [], open: relation.open, opaque: true }
    return { alias: key, ...(whole.traced ? namelessRelation(computed(whole)) : nameless) }
  }
  const columns = relation.columns.map((column, index) => {
    const name = names[index]
    return name === undefined ? column : { ...column, name: walk.names.fold(name), key: walk.names.key(name) }
  })
  return { ...relation, alias: key, columns }
}

/** Of which nothing is known. */
export const opaqueRelation: Relation = { columns: [], open: [], opaque: true }
