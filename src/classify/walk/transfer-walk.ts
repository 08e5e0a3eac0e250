import { bringsUnseen } from '../classification.ts'
import { columnName, isStage, ownerOf } from '../column-name.ts'
import { identifier, isNode, list, type Node, present, Unread, variant } from './ast.ts'
import { everyFlow } from './expression-walk.ts'
import { columnFlow, computed, joinFlows } from './flow.ts'
import { queryResult } from './query-walk.ts'
import { wholeRow } from './scope.ts'
import type { StatementReading } from './statement-walk.ts'
import { baseTable, objectName, stageName } from './table-walk.ts'
import { newQueryScope, type QueryScope, type Walk } from './walk.ts'

export function node(payload: unknown): Node {
  if (!isNode(payload)) throw new Unread('a statement of an unknown form')
  return payload
}

export function write(walk: Walk, name: unknown): string | undefined {
  const parts = objectName(walk, name)
  if (parts.length === 0) return undefined
  const table = walk.names.table(parts)
  walk.writes.add(table)
  return table
}

export function readBody(walk: Walk, query: unknown): void {
  if (present(query)) queryResult(walk, newQueryScope(walk.outermost), query)
}

/** The stage whose files are listed or deleted. */
export function files(walk: Walk, payload: unknown, named: Set<string>): StatementReading {
  walk.hazard('file_transfer')
  named.add(stageName(objectName(walk, node(payload).stage)))
  return { kind: 'file' }
}

/** The label of the tree calls a quoted stage a table: only the target's own text tells a load from an unload. */
export function copyInto(walk: Walk, payload: unknown): StatementReading {
  const copy = node(payload)
  // It copies nothing then, and answers with the rows themselves.
  if (present(copy.validation_mode)) throw new Unread('VALIDATION_MODE')
  const parts = objectName(walk, copy.into)
  const unload = parts.some(part => isStage(part.text)) || copy.kind === 'Location'
  const scope = newQueryScope(walk.outermost)
  if (present(copy.from_obj)) {
    const stage = baseTable(walk, objectName(walk, copy.from_obj))
    const alias = present(copy.from_obj_alias) && { alias: walk.names.key(identifier(copy.from_obj_alias)) }
    scope.relations.push({ ...stage, ...alias })
  }
  for (const item of list(copy.from_transformations, 'COPY')) transformation(walk, scope, item)
  const copied = present(copy.from_query) ? [queryResult(walk, scope, copy.from_query)] : scope.relations
  if (unload) {
    walk.hazard('unload')
    const stage = stageName(parts)
    walk.writes.add(stage)
    walk.store(`${ownerOf(stage)}.*`, computed(joinFlows(copied.map(wholeRow))))
    return { kind: 'unload' }
  }
  const table = write(walk, copy.into)
  walk.hazard('stage_read')
  if (table !== undefined) load(walk, table, list(copy.into_columns, 'COPY'))
  return { kind: 'copy' }
}

/** `$1:a`, or an expression over columns of a file. */
function transformation(walk: Walk, scope: QueryScope, payload: unknown): void {
  const [kind, item] = variant(payload, 'COPY')
  if (kind === 'StageLoadSelectItem') return
  const [form, value] = variant(item, 'COPY')
  const expression = form === 'ExprWithAlias' ? node(value).expr : value
  everyFlow(walk, scope, expression)
}

/** Values in a file have no name that a policy could mean; they are what was copied into its stage. */
function load(walk: Walk, table: string, columns: readonly unknown[]): void {
  const read = [...walk.reads].map(name => columnFlow(`${ownerOf(name)}.${isStage(name) ? '$1' : '*'}`))
  const unseen = bringsUnseen([...walk.hazards]) && { hidden: true as const }
  const flow = { ...computed(joinFlows(read)), ...unseen }
  if (columns.length === 0) walk.store(`${table}.*`, flow)
  for (const column of columns) walk.store(columnName(table, walk.names.fold(identifier(column))), flow)
}

export function exportData(walk: Walk, payload: unknown): StatementReading {
  const { query, connection } = node(payload)
  walk.hazard('unload')
  if (present(connection)) walk.hazard('external')
  readBody(walk, query)
  return { kind: 'unload' }
}
