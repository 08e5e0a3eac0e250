import type { CatalogObject } from '#src/classify/catalog.ts'
import type { BigQueryConnection } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import type { WarehouseCatalog } from '#src/execute/warehouse.ts'
import { type BigQueryApi, BigQueryFailure, bigqueryApi, isObject, type Json } from './bigquery-api.ts'
import { schemaFields } from './bigquery-cells.ts'
import { CachedCatalog } from './cached-catalog.ts'
import { asReader, type ReaderCredentials } from './warehouse-sessions.ts'

/** From `tables.get`, by the reader role. */
export function bigqueryCatalog(connection: BigQueryConnection, reader: ReaderCredentials): WarehouseCatalog {
  return new CachedCatalog(names =>
    asReader(reader, async credential => {
      const api = bigqueryApi(connection, credential)
      const found = await Promise.all(
        names.map(async name => {
          const table = await getTable(api, connection, name).catch(unlessUnavailable)
          return [name, table && objectOf(table)] as const
        }),
      )
      return new Map(found.flatMap(([name, object]) => (object === undefined ? [] : [[name, object] as const])))
    }),
  )
}

/** `tables.get`; nothing for what can be no table's name. Rejects with `BigQueryFailure`. */
export async function getTable(
  api: BigQueryApi,
  connection: BigQueryConnection,
  name: string,
): Promise<Json | undefined> {
  const parts = name.split('.')
  const table = parts.pop() ?? ''
  const dataset = parts.pop() ?? connection.dataset ?? ''
  const project = parts.length > 0 ? parts.join('.') : connection.project
  if (
    !/^[\p{L}\p{N}_ -]{1,1024}$/u.test(table) ||
    !/^\w{1,1024}$/.test(dataset) ||
    !/^[a-z][\w.:-]{2,100}$/.test(project)
  )
    return undefined
  return api.call('GET', `datasets/${dataset}/tables/${encodeURIComponent(table)}`, { project })
}

/** 4xx is about the table or the reader's rights: it is not known. Anything else is about the service. */
function unlessUnavailable(error: unknown): undefined {
  if (error instanceof BigQueryFailure && error.status >= 400 && error.status < 500) return undefined
  throw new GatewayError('warehouse_unavailable', { detail: 'BigQuery cannot be asked for a table' })
}

const kinds: Readonly<Record<string, CatalogObject['kind']>> = {
  TABLE: 'table',
  VIEW: 'view',
  MATERIALIZED_VIEW: 'view',
}

function objectOf(table: Json): CatalogObject | undefined {
  const columns = schemaFields(table.schema).map(field => [field.name, field.type])
  if (columns.length === 0) return undefined
  const view = isObject(table.view) ? table.view : isObject(table.materializedView) ? table.materializedView : {}
  // The API's default is legacy SQL, whose text means something else in GoogleSQL.
  const readable = !isObject(table.view) || view.useLegacySql === false
  return {
    kind: kinds[String(table.type)] ?? 'other',
    columns: Object.fromEntries(columns),
    ...(readable && typeof view.query === 'string' ? { definition: view.query } : {}),
  }
}
