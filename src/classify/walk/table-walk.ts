import type { CatalogObject } from '../catalog.ts'
import { columnName } from '../column-name.ts'
import {
  argumentValue,
  type Identifier,
  identifier,
  isNode,
  list,
  literalString,
  mayBeEscaped,
  members,
  present,
  struct,
  Unread,
  variant,
} from './ast.ts'
import { everyFlow } from './expression-walk.ts'
import { columnFlow, computed, emptyFlow, type Flow, foreignFlow, joinFlows } from './flow.ts'
import { argumentFlow } from './function-walk.ts'
import { columnByPath } from './named-column.ts'
import { parseDottedName } from './names.ts'
import { pathFlow } from './reference-walk.ts'
import { type Column, findRelation, isClosed, namelessRelation, type Relation, wholeRow } from './scope.ts'
import { aliasName, opaqueRelation, withAlias } from './source-walk.ts'
import { calledTable, elementsRelation } from './table-function-walk.ts'
import { isReadType } from './type-text.ts'
import { outputColumn, type QueryScope, type Walk } from './walk.ts'
import { mayTellOfOthers } from './warehouse-schemas.ts'
import { isWildcardTable } from './wildcard-table.ts'

const tableMembers = members('name', 'alias', 'args', 'version', 'sample')

/** A name in FROM: a CTE, an array of a row (BigQuery), a stage, or a base table, which counts as read. */
export function tableRelation(walk: Walk, scope: QueryScope, payload: unknown): Relation {
  const node = struct(payload, 'a table', tableMembers)
  sampleFilter(walk, scope, node.sample)
  if (present(node.version)) versionFilter(walk, scope, node.version)
  if (present(node.args)) return withAlias(walk, calledTable(walk, scope, node.name, node.args), node.alias)
  const parts = objectName(walk, node.name)
  const relation = namedRelation(walk, scope, parts, aliasName(walk, node.alias))
  return withAlias(
    walk,
    isNode(node.version) && 'Changes' in node.version ? withChanges(walk, relation) : relation,
    node.alias,
  )
}

/** `t CHANGES (…)`: `*` shows what happened to a row behind its columns. */
function withChanges(walk: Walk, relation: Omit<Relation, 'alias'>): Omit<Relation, 'alias'> {
  if (!isClosed(relation)) return relation
  const changes = ['METADATA$ACTION', 'METADATA$ISUPDATE', 'METADATA$ROW_ID']
  return { ...relation, columns: [...relation.columns, ...changes.map(name => outputColumn(walk, name, emptyFlow))] }
}

function namedRelation(
  walk: Walk,
  scope: QueryScope,
  parts: readonly Identifier[],
  alias: string | undefined,
): Omit<Relation, 'alias'> {
  const first = parts[0]
  if (first === undefined) return opaqueRelation
  if (parts.length === 1) {
    const cte = findCte(scope, walk.names.key(first))
    if (cte !== undefined) return { ...cte, path: [walk.names.key(first)] }
  }
  if (walk.names.dialect !== 'bigquery' || parts.length === 1) return baseTable(walk, parts)
  const key = walk.names.key(first)
  const isRow = findRelation(scope, [key]) !== undefined
  // A table's path that was quoted as a whole looks alike.
  if (isRow && !parts.every(part => part.quoted)) return arrayPath(walk, scope, parts, alias)
  return isRow || isColumn(scope, key) ? tableOrArray(walk, scope, parts, alias) : baseTable(walk, parts)
}

/** Whether a table before or around has a column of this name, or a query around a select item. */
function isColumn(scope: QueryScope, key: string): boolean {
  for (let current: QueryScope | undefined = scope; current !== undefined; current = current.parent)
    if (current.aliases.has(key) || current.relations.some(({ columns }) => columns.some(column => column.key === key)))
      return true
  return false
}

/** `FROM t, rec.items` with a column `rec` of `t`: nothing documents that such a path means the table, so that it may be either. */
function tableOrArray(
  walk: Walk,
  scope: QueryScope,
  parts: readonly Identifier[],
  alias: string | undefined,
): Omit<Relation, 'alias'> {
  const readings = [baseTable(walk, parts), arrayPath(walk, scope, parts, alias)]
  return { ...namelessRelation(computed(joinFlows(readings.map(wholeRow)))), path: pathKeys(walk, parts) }
}

function findCte(scope: QueryScope, key: string): Relation | undefined {
  for (let current: QueryScope | undefined = scope; current !== undefined; current = current.parent) {
    const found = current.ctes.get(key)
    if (found !== undefined) return found
  }
  return undefined
}

/** `FROM t, t.items`: the rows of an array. */
function arrayPath(
  walk: Walk,
  scope: QueryScope,
  parts: readonly Identifier[],
  alias: string | undefined,
): Omit<Relation, 'alias'> {
  const last = parts.at(-1)
  walk.arrays.add(walk.names.table(parts))
  const flow = pathFlow(walk, scope, parts)
  walk.filter(flow)
  const name = last === undefined ? '' : walk.names.fold(last)
  const elements = elementsRelation(walk, alias ?? name, flow, columnByPath(walk, scope, parts)?.type)
  return { ...elements, path: [walk.names.keyOf(name)] }
}

/** Parts of a table's name. `IDENTIFIER('a.b')` is the name in the string, and a hazard all the same. */
export function objectName(walk: Walk, payload: unknown): readonly Identifier[] {
  return list(payload, 'a table name').flatMap(part => {
    const [kind, inner] = variant(part, 'a table name')
    if (kind === 'Identifier') return [identifier(inner)]
    if (kind !== 'Function') throw new Unread(`the table name ${kind}`)
    walk.hazard('dynamic_sql')
    const { name, args } = struct(inner, 'a table name', members('name', 'args'))
    const [argument] = list(args, 'a table name')
    const text =
      identifier(name).text.toUpperCase() === 'IDENTIFIER' ? literalString(argumentValue(argument)) : undefined
    const parsed = text === undefined || mayBeEscaped(text) ? undefined : parseDottedName(text)
    if (parsed === undefined) throw new Unread('a name that the text does not tell')
    return parsed
  })
}

const isStage = ({ text, quoted }: Identifier): boolean =>
  (!quoted && text.startsWith('@')) || /^(s3|gcs|azure):\/\//i.test(text)

/** With its path, where there is one: `@DB.SCHEMA.STAGE/IN/`. Quotes that change nothing are left out. */
export function stageName(parts: readonly Identifier[]): string {
  const written = parts.map(part => part.text).join('.')
  return written.replace(/"(?:[^"]|"")*"|[^"]+/g, part => {
    if (/^"[A-Z_][\dA-Z_$]*"$/.test(part)) return part.slice(1, -1)
    return part.startsWith('"') ? part : part.toUpperCase()
  })
}

/** A table, view or stage of the warehouse. */
export function baseTable(walk: Walk, parts: readonly Identifier[]): Omit<Relation, 'alias'> {
  if (parts.some(isStage)) {
    walk.reads.add(stageName(parts))
    walk.hazard('stage_read')
    return namelessRelation(foreignFlow)
  }
  const table = walk.names.table(parts)
  walk.reads.add(table)
  checkTableName(walk, parts)
  return { ...tableColumns(walk, table), path: pathKeys(walk, parts) }
}

/** The relation of a table by its qualified name, from the catalog where that knows it. */
export function tableColumns(walk: Walk, table: string): Omit<Relation, 'alias'> {
  const known = walk.catalog.get(table)
  const flows = known === undefined || known.kind === 'table' ? undefined : viewFlows(walk, table, known)
  const names = Object.keys(known?.columns ?? {})
  // An object puts members with a number for a name first, so the order of such a table's columns is not known: any of a view may be
  // made of what any other is.
  if (known === undefined || names.length === 0 || names.some(name => /^\d+$/.test(name)))
    return { columns: [], open: [table], opaque: false, ...(flows && { rest: computed(joinFlows(flows)) }) }
  const columns: Column[] = Object.entries(known.columns).map(([name, type], at) =>
    outputColumn(
      walk,
      name,
      joinFlows([columnFlow(columnName(table, name)), ...[flows?.[at] ?? []].flat()]),
      isReadType(type) ? type : undefined,
    ),
  )
  return { columns, open: [], opaque: false }
}

/** What a view's columns come from, in order, and all that its definition reads and does; a hazard where that is not known. */
function viewFlows(walk: Walk, view: string, object: CatalogObject): readonly Flow[] | undefined {
  const reading = walk.definitions.reading(view, object)
  walk.views.set(view, reading?.reads ?? [])
  for (const [inner, reads] of reading?.views ?? []) walk.views.set(inner, reads)
  walk.hazard(...(reading?.hazards ?? []))
  for (const column of reading?.filters ?? []) walk.filter(columnFlow(column))
  if (reading?.flows === undefined) walk.hazard('view')
  return reading?.flows
}

function pathKeys(walk: Walk, parts: readonly Identifier[]): readonly string[] {
  if (walk.names.dialect === 'snowflake') return walk.names.snowflakePath(parts)
  return parts
    .map(part => walk.names.key(part))
    .join('.')
    .split('.')
}

/** Views of other people's statements and of objects' definitions; hidden result tables; decorators in a name. */
function checkTableName(walk: Walk, parts: readonly Identifier[]): void {
  // With what the context adds: a request may name INFORMATION_SCHEMA as the schema that names resolve in.
  const table = walk.names.table(parts)
  const { dialect } = walk.names
  if (mayTellOfOthers(table, dialect)) walk.hazard('metadata')
  if (dialect === 'snowflake') return
  const path = table.replaceAll('"', '').split('.')
  if (path.slice(0, -1).some(part => part.startsWith('_'))) walk.hazard('opaque_source')
  if (path.some(part => part.includes('*')) && !isWildcardTable(path.join('.'))) walk.hazard('opaque_source')
  if (/[$@]/.test(path.at(-1) ?? '')) walk.hazard(path.at(-1)?.includes('@') ? 'time_travel' : 'opaque_source')
}

function versionFilter(walk: Walk, scope: QueryScope, version: unknown): void {
  walk.hazard('time_travel')
  const [kind, payload] = variant(version, 'time travel')
  if (kind === 'ForSystemTimeAsOf') walk.filter(everyFlow(walk, scope, payload))
  else if (kind === 'Function') callArguments(walk, scope, payload)
  else if (kind === 'Changes') {
    const node = struct(payload, 'CHANGES', members('changes', 'at', 'end'))
    for (const call of [node.changes, node.at, node.end]) if (present(call)) callArguments(walk, scope, call)
  } else throw new Unread(`time travel ${kind}`)
}

/** AT(…), BEFORE(…) and CHANGES(…) look like calls; only their arguments hold expressions. */
function callArguments(walk: Walk, scope: QueryScope, expression: unknown): void {
  const [kind, payload] = variant(expression, 'time travel')
  if (kind !== 'Function') throw new Unread('time travel of an unknown form')
  const call = struct(payload, 'time travel', members('name', 'parameters', 'args'))
  const [form, args] = variant(call.args, 'time travel')
  if (form !== 'List') throw new Unread('time travel of an unknown form')
  const { args: items } = struct(args, 'time travel', members('args'))
  // INFORMATION => DEFAULT is a keyword, not a column.
  for (const item of list(items, 'time travel')) {
    const named = isNode(item) && isNode(item.Named) && isNode(item.Named.name) ? String(item.Named.name.value) : ''
    if (!/^information$/i.test(named)) walk.filter(argumentFlow(walk, scope, 'AT', item))
  }
}

export function sampleFilter(walk: Walk, scope: QueryScope, sample: unknown): void {
  if (!present(sample)) return
  const [, payload] = variant(sample, 'SAMPLE')
  const node = struct(payload, 'SAMPLE', members('modifier', 'name', 'quantity', 'seed'))
  if (!present(node.quantity)) return
  walk.filter(everyFlow(walk, scope, struct(node.quantity, 'SAMPLE', members('parenthesized', 'value', 'unit')).value))
}
