import { columnName } from '../column-name.ts'
import { identifier, isNode, list, variant } from './ast.ts'
import { type Flow, joinFlows } from './flow.ts'
import { isClosed, isOrdered, type Relation, wholeRow } from './scope.ts'
import type { QueryResult, Walk } from './walk.ts'

/** Column lists of INSERT and SET: paths, whose last part is the column; of a BigQuery struct any part may be. */
export function columnNames(walk: Walk, path: unknown): readonly string[] {
  const names = list(path, 'a column').map(part => {
    const [kind, inner] = isNode(part) ? variant(part, 'a column') : ['', undefined]
    return kind === 'Identifier' ? walk.names.fold(identifier(inner)) : '*'
  })
  return walk.names.dialect === 'bigquery' ? names : names.slice(-1)
}

/** Values that go into these columns of a table by position; without a list, into all that the catalog knows, in order. */
export function storeRow(walk: Walk, table: string, paths: readonly unknown[], flows: readonly Flow[]): void {
  const known = Object.keys(walk.catalog.get(table)?.columns ?? {})
  const inOrder = known.some(name => /^\d+$/.test(name)) ? [] : known
  const named = paths.length > 0 ? paths.map(path => columnNames(walk, path)) : inOrder.map(name => [name])
  for (const [at, flow] of flows.entries())
    for (const column of named[at] ?? ['*']) walk.store(columnName(table, column), flow)
}

/** What a query gives, into a table. */
export function storeResult(walk: Walk, table: string, paths: readonly unknown[], result: QueryResult): void {
  if (!isOrdered(result) || result.spread) walk.store(`${table}.*`, wholeRow(result))
  else
    storeRow(
      walk,
      table,
      paths,
      result.columns.map(({ flow }) => flow),
    )
}

/** What a query gives, into a table that it makes: under the names of the result, or whatever names the statement lists. */
export function storeNew(walk: Walk, table: string, listed: unknown, result: QueryResult): void {
  const given = list(listed, 'a column list').map(column => walk.names.fold(identifier(isNode(column) && column.name)))
  const names = given.length > 0 ? given : result.columns.map(({ name }) => name)
  const isTold = given.length > 0 ? isOrdered(result) : isClosed(result)
  if (!isTold || result.spread || names.length !== result.columns.length) walk.store(`${table}.*`, wholeRow(result))
  else for (const [at, { flow }] of result.columns.entries()) walk.store(columnName(table, names[at] || '*'), flow)
}

/**
 * MERGE's INSERT ROW: the source's row as it is, into the columns that are listed. Where none is and its columns are in another order than the
 * table's, place or name may count.
 */
export function storeSource(
  walk: Walk,
  table: string,
  paths: readonly unknown[],
  relations: readonly Relation[],
): void {
  const [source, ...more] = relations
  const inOrder = more.length === 0 && !source?.columns.some(({ beside, whole }) => beside || whole)
  if (source === undefined || !inOrder) walk.store(`${table}.*`, joinFlows(relations.map(wholeRow)))
  else {
    storeResult(walk, table, paths, source)
    if (paths.length === 0) storeNew(walk, table, undefined, source)
  }
}
