import type { BigQueryConnection } from '#src/config/config.ts'
import type { Browse } from '#src/execute/warehouse.ts'
import { type BigQueryApi, ifThere, isObject, type Json, type OpenApi } from './bigquery-api.ts'
import { getTable } from './bigquery-catalog.ts'
import { bigqueryColumn, schemaFields } from './bigquery-column.ts'
import { wildcardTables } from './bigquery-wildcard.ts'
import { asReader, type ReaderCredentials } from './warehouse-sessions.ts'

const maxDatasets = 1_000

/** Names and columns of the connection's own project, by the reader role. */
export function bigqueryBrowse(connection: BigQueryConnection, open: OpenApi, reader: ReaderCredentials): Browse {
  const { project } = connection
  const ask = <T>(question: (api: BigQueryApi) => Promise<T>): Promise<T | undefined> =>
    asReader(reader, credential => ifThere(question(open(credential))))
  return {
    async schemas() {
      const answer = await ask(api => api.call('GET', 'datasets', { query: { maxResults: maxDatasets } }))
      const datasets = Array.isArray(answer?.datasets) ? answer.datasets.filter(isObject) : []
      return datasets
        .flatMap(({ datasetReference: reference }) => (isObject(reference) ? [String(reference.datasetId)] : []))
        .filter(isPlain)
        .sort()
    },
    async tables(dataset) {
      if (!isPlain(dataset)) return []
      const tables = (await ask(api => wildcardTables(api, { project, dataset, table: '*' }))) ?? []
      return tables.map(({ table: name, type }) => ({ name, type })).sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    async columns(dataset, table) {
      if (!isPlain(dataset)) return undefined
      const found = await ask(api => getTable(api, connection, `${project}.${dataset}.${table}`))
      const columns = schemaFields(found?.schema).map(bigqueryColumn)
      return found && { type: String(found.type), columns, layout: layoutOf(found) }
    },
  }
}

const layouts: Readonly<Record<string, readonly string[]>> = {
  timePartitioning: ['type', 'field', 'expirationMs', 'requirePartitionFilter'],
  rangePartitioning: ['field', 'range'],
  clustering: ['fields'],
}

/** Of partitions and clusters, what names columns and says how wide they are. */
function layoutOf(table: Json): Json {
  const said = Object.entries(layouts).flatMap(([kind, known]) => {
    const whole = table[kind]
    return isObject(whole) ? [[kind, Object.fromEntries(known.flatMap(name => fieldOf(whole, name)))] as const] : []
  })
  return Object.fromEntries([...said, ...fieldOf(table, 'requirePartitionFilter')])
}

function fieldOf(from: Json, name: string): readonly (readonly [string, unknown])[] {
  return from[name] === undefined ? [] : [[name, from[name]]]
}

/** No hidden data set: what begins with `_` holds results of statements. */
function isPlain(dataset: string): boolean {
  return /^[A-Za-z0-9]\w{0,1023}$/.test(dataset)
}
