import type { BigQueryConnection } from '#src/config/config.ts'
import type { Browse } from '#src/execute/warehouse.ts'
import { type BigQueryApi, ifThere, isObject, type OpenApi } from './bigquery-api.ts'
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
      return tables.map(({ table }) => table).sort()
    },
    async columns(dataset, table) {
      if (!isPlain(dataset)) return undefined
      const found = await ask(api => getTable(api, connection, `${project}.${dataset}.${table}`))
      return found && { type: String(found.type), columns: schemaFields(found.schema).map(bigqueryColumn) }
    },
  }
}

/** No hidden data set: what begins with `_` holds results of statements. */
function isPlain(dataset: string): boolean {
  return /^[A-Za-z0-9]\w{0,1023}$/.test(dataset)
}
