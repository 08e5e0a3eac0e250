import type { CatalogObject } from '#src/classify/catalog.ts'
import { fieldText } from '#src/classify/walk/type-text.ts'
import { isWildcardTable } from '#src/classify/walk/wildcard-table.ts'
import type { BigQueryConnection } from '#src/config/config.ts'
import type { WarehouseCatalog } from '#src/execute/warehouse.ts'
import { type BigQueryApi, ifThere, isObject, type Json, type OpenApi } from './bigquery-api.ts'
import { type Field, schemaFields } from './bigquery-column.ts'
import { type WildcardTable, wildcardTables } from './bigquery-wildcard.ts'
import { CachedCatalog } from './cached-catalog.ts'
import { asReader, type ReaderCredentials } from './warehouse-sessions.ts'

/** From `tables.get`, for wildcard tables from `tables.list` as well, by the reader role. */
export function bigqueryCatalog(
  connection: BigQueryConnection,
  open: OpenApi,
  reader: ReaderCredentials,
): WarehouseCatalog {
  return new CachedCatalog(names =>
    asReader(reader, async credential => {
      const api = open(credential)
      const found = await Promise.all(
        names.map(async name => {
          const look = isWildcardTable(name) ? wildcardObject : tableObject
          return [name, await ifThere(look(api, connection, name))] as const
        }),
      )
      return new Map(found.flatMap(([name, object]) => (object === undefined ? [] : [[name, object] as const])))
    }),
  )
}

async function tableObject(api: BigQueryApi, connection: BigQueryConnection, name: string) {
  const table = await getTable(api, connection, name)
  return table && isNamed(table, placeOf(connection, name)) ? objectOf(table) : undefined
}

/**
 * Whether the answer is about a table of this very name. A data set may take names in any case of letters (`is_case_insensitive`);
 * policy compares them as they are, so a table under another spelling than its own is none that we know.
 */
function isNamed({ tableReference: own }: Json, place: ReturnType<typeof placeOf>): boolean {
  return !isObject(own) || (own.datasetId === place?.dataset && own.tableId === place?.table)
}

/** `tables.get`; nothing for what can be no table's name. Rejects with `BigQueryFailure` or `Unanswered`. */
export async function getTable(
  api: BigQueryApi,
  connection: BigQueryConnection,
  name: string,
): Promise<Json | undefined> {
  const place = placeOf(connection, name)
  if (!/^[\p{L}\p{N}_ -]{1,1024}$/u.test(place?.table ?? '') || !place) return undefined
  const { project, dataset, table } = place
  return api.call('GET', `datasets/${dataset}/tables/${encodeURIComponent(table)}`, { project })
}

/** Nothing where project or data set are none. */
export function placeOf({ dataset: usual = '', project: own }: BigQueryConnection, name: string) {
  const parts = name.split('.')
  const table = parts.pop() ?? ''
  const dataset = parts.pop() ?? usual
  const project = parts.length > 0 ? parts.join('.') : own
  const known = /^\w{1,1024}$/.test(dataset) && /^[a-z][\w.:-]{2,100}$/.test(project)
  return known ? { project, dataset, table } : undefined
}

/** Each is asked for its tags whenever the wildcard is looked up: of more tables than these they are not known. */
const tablesAsked = 10

/** What all its tables are, with the columns of the newest, as BigQuery has it, and with the tags of each. */
async function wildcardObject(api: BigQueryApi, connection: BigQueryConnection, name: string) {
  const place = placeOf(connection, name)
  const tables = place && (await wildcardTables(api, place))
  const [newest, ...older] = tables?.toSorted((a, b) => b.created - a.created) ?? []
  if (!place || !newest) return undefined
  const look = ({ table }: WildcardTable) => tableObject(api, connection, `${place.project}.${place.dataset}.${table}`)
  const object = await look(newest)
  if (!object) return undefined
  const { columns, fields, tags: own } = object
  const shape = { columns, ...(fields ? { fields } : {}) }
  if ([newest, ...older].some(({ type }) => type !== 'TABLE')) return { kind: 'other' as const, ...shape }
  const others = older.length < tablesAsked ? await Promise.all(older.map(look)) : [undefined]
  const tags = joinedTags([own, ...others.map(other => other?.tags)])
  return { kind: 'table' as const, ...shape, ...(tags ? { tags } : {}) }
}

/** Nothing where those of one are not known. */
function joinedTags(all: readonly CatalogObject['tags'][]): CatalogObject['tags'] {
  if (all.includes(undefined)) return undefined
  const names = new Set(all.flatMap(tags => Object.keys(tags ?? {})))
  const joined = [...names].map(name => [name, [...new Set(all.flatMap(tags => tags?.[name] ?? []))].sort()] as const)
  return Object.fromEntries(joined)
}

const kinds: Readonly<Record<string, CatalogObject['kind']>> = {
  TABLE: 'table',
  VIEW: 'view',
  MATERIALIZED_VIEW: 'view',
}

function objectOf(table: Json): CatalogObject | undefined {
  const schema = schemaFields(table.schema)
  const columns = schema.map(field => [field.name, typeText(field)])
  if (columns.length === 0) return undefined
  const structs = schema.filter(({ fields }) => fields.length > 0).map(({ name, fields }) => [name, pathsIn(fields)])
  const view = isObject(table.view) ? table.view : isObject(table.materializedView) ? table.materializedView : {}
  // The API's default is legacy SQL, whose text means something else in GoogleSQL.
  const readable = !isObject(table.view) || view.useLegacySql === false
  const kind = kinds[String(table.type)] ?? 'other'
  return {
    kind,
    columns: Object.fromEntries(columns),
    ...(structs.length > 0 ? { fields: Object.fromEntries(structs) } : {}),
    ...(kind === 'table' && /^\d+$/.test(String(table.numRows)) ? { rows: Number(table.numRows) } : {}),
    ...(readable && typeof view.query === 'string' ? { definition: view.query } : {}),
    tags: tagsOf(table),
  }
}

/** As GoogleSQL writes it; a struct with a field whose name would need quotes stays `RECORD`, which says nothing of its fields. */
function typeText({ type, mode, fields }: Field): string {
  const inner = fields.map(field => fieldText(field.name, typeText(field)))
  const own = inner.length === 0 || inner.includes(undefined) ? type : `STRUCT<${inner.join(', ')}>`
  return mode === 'REPEATED' ? `ARRAY<${own}>` : own
}

/** Of all fields inside, structs included. */
function pathsIn(fields: readonly Field[]): readonly string[] {
  return fields.flatMap(({ name, type, fields: inner }) => {
    const below = type === 'JSON' ? ['*'] : pathsIn(inner)
    return [name, ...below.map(path => `${name}.${path}`)]
  })
}

/** Policy tags of columns, by their resource names; labels of the table, for all of them. */
function tagsOf({ schema, labels }: Json): NonNullable<CatalogObject['tags']> {
  const fields = isObject(schema) && Array.isArray(schema.fields) ? schema.fields.filter(isObject) : []
  const columns = fields.map(field => [String(field.name), policyTags(field)] as const)
  const table = Object.entries(isObject(labels) ? labels : {}).map(([name, value]) => `${name}=${value}`)
  return Object.fromEntries([...columns, ['*', table] as const].filter(([, tags]) => tags.length > 0))
}

/** A field of a struct is tagged itself; its column holds it. */
function policyTags({ policyTags: own, fields }: Json): readonly string[] {
  const names = isObject(own) && Array.isArray(own.names) ? own.names.map(String) : []
  return [...names, ...(Array.isArray(fields) ? fields.filter(isObject).flatMap(policyTags) : [])]
}
