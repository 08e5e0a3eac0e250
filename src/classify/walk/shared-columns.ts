import { identifier, list, Unread, variant } from './ast.ts'
import { computed, type Flow, joinFlows } from './flow.ts'
import {
  anyOf,
  type Column,
  checkPicked,
  columnOf,
  isClosed,
  type Merge,
  resolveName,
  rowName,
  unmarkedColumn,
  wholeRow,
} from './scope.ts'
import type { QueryScope, Walk } from './walk.ts'

/** What NATURAL joins by: the names that both sides have, and where one side is not known all of the other's, of both if neither is. */
export function naturalKeys(
  walk: Walk,
  { relations }: QueryScope,
  { start, middle, end }: Omit<Merge, 'keys'>,
): readonly string[] {
  const [left, right] = [relations.slice(start, middle), relations.slice(middle, end)]
  const [leftKeys, rightKeys] = [left, right].map(side => side.flatMap(({ columns }) => columns.map(({ key }) => key)))
  if (leftKeys?.includes('') || rightKeys?.includes('')) throw new Unread('NATURAL over columns without a name')
  if (right.every(isClosed) && !left.every(isClosed)) return rightKeys ?? []
  if (left.every(isClosed) && !right.every(isClosed)) return leftKeys ?? []
  for (const relation of [...left, ...right]) if (!isClosed(relation)) walk.filter(anyOf(relation))
  if (!left.every(isClosed)) return [...(leftKeys ?? []), ...(rightKeys ?? [])]
  return (leftKeys ?? []).filter(key => rightKeys?.includes(key))
}

export function usingKeys(walk: Walk, payload: unknown): readonly string[] {
  return list(payload, 'USING').map(name => {
    const parts = list(name, 'USING')
    if (parts.length !== 1) throw new Unread('USING of a path')
    return walk.names.key(identifier(variant(parts[0], 'USING')[1]))
  })
}

export function mergeColumns(walk: Walk, scope: QueryScope, merge: Merge, isSure: boolean): void {
  const { keys, start, end } = merge
  for (const { columns } of scope.relations.slice(start, end)) checkPicked(columns, keys)
  for (const key of keys) shareColumn(scope, merge, key, isSure)
  for (const key of keys) {
    // Now that both sides have it: where only one is known to, that alone would count.
    const flow = resolveName({ ...scope, unsure: scope.unsureInUsing }, walk.names, key, key)
    walk.filter(flow)
    if (walk.names.dialect === 'bigquery') shareRow(scope, merge, key, flow)
  }
  scope.merges.push(merge)
}

/**
 * Rows that are single values, of an array or of SELECT AS VALUE, are joined by their name: it is then the value of either side,
 * and `*` shows that.
 */
function shareRow({ relations }: QueryScope, { start, end }: Merge, key: string, flow: Flow): void {
  for (const [at, relation] of relations.entries()) {
    if (at < start || at >= end || rowName(relation) !== key || relation.open.length > 0) continue
    const columns = relation.columns.filter(column => column.key === key)
    if (columns.some(({ whole }) => !whole)) continue
    relations[at] = { ...relation, columns, opaque: true, rest: computed(joinFlows([wholeRow(relation), flow])) }
  }
}

/**
 * A column that is joined by comes from both sides, though the columns of one are not known. That side surely has it where USING says so and
 * no more than one of its tables may be meant; else it may be part of what the other side's column shows.
 */
function shareColumn({ relations }: QueryScope, { start, middle, end }: Merge, key: string, isSure: boolean): void {
  const untold: Flow[] = []
  for (const [from, to] of [
    [start, middle],
    [middle, end],
  ] as const) {
    const hits = relations.slice(from, to).flatMap((relation, at) => {
      const hit = columnOf(relation, key, key)
      return hit === undefined ? [] : [{ ...hit, relation, at: from + at }]
    })
    const [first, ...more] = hits
    if (first === undefined || hits.some(({ certain }) => certain)) continue
    const column = { name: key, key, flow: first.flow }
    if (isSure && more.length === 0)
      relations[first.at] = { ...first.relation, columns: [...first.relation.columns, column] }
    else untold.push(...hits.map(({ flow }) => flow))
  }
  if (untold.length === 0) return
  const shared = (column: Column) =>
    column.key === key ? { ...unmarkedColumn(column), flow: joinFlows([column.flow, ...untold]) } : column
  for (const [at, relation] of relations.entries())
    if (at >= start && at < end) relations[at] = { ...relation, columns: relation.columns.map(shared) }
}
