import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { DuckDBConnection } from '@duckdb/node-api'
import { startServer } from '#test/services/child.ts'
import { freePort } from '#test/services/free-port.ts'
import type { StartLake } from '#test/stand/warehouses.ts'
import { pythonEnvironment } from '../install.ts'
import { watchedLake } from './watched-lake.ts'

/** With what it would fetch of DuckDB while it starts, from where packages come from. */
const packages = [
  ...['bqemulator==1.4.0', 'numpy==2.4.6'],
  ...['duckdb==1.5.5', 'duckdb-extensions==1.5.5', 'duckdb-extension-spatial==1.5.5'],
]

/** An emulator of BigQuery that others made. It checks no tokens: that is done before it. */
export async function bqemulator(): Promise<StartLake | { readonly missing: string }> {
  const python = await pythonEnvironment('bqemulator', packages)
  if ('missing' in python) return python
  const home = join(python.folder, 'home')
  mkdirSync(home, { recursive: true })
  const extension = "from duckdb_extensions import import_extension; import_extension('spatial')"
  await promisify(execFile)(python.command, ['-c', extension], { env: { HOME: home } })
  return async (google, shop) => {
    const port = await freePort()
    const ports = ['--rest-port', String(port), '--grpc-port', '0']
    const words = ['-m', 'bqemulator', 'start', '--ephemeral', '--project', project, '--log-level', 'info', ...ports]
    const server = await startServer(python.command, words, { ready: 'grpc.listen', cwd: home, env: { HOME: home } })
    const url = `http://127.0.0.1:${port}`
    await furnish(url, shop)
    return watchedLake(url, google, () => server.end('SIGTERM'))
  }
}

const [project, dataset] = ['acme-lake', 'shop']
const rowsAtOnce = 2_000

/** The same rows as the stand-in has, through the API. */
async function furnish(url: string, shop: DuckDBConnection): Promise<void> {
  const datasets = `${url}/bigquery/v2/projects/${project}/datasets`
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${datasets}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok || text.includes('"index"')) throw new Error(`bqemulator: ${path}: ${text.slice(0, 500)}`)
  }
  await post('', { datasetReference: { projectId: project, datasetId: dataset } })
  for (const [tableId, types] of Object.entries(tables)) {
    const fields = Object.entries(types).map(([name, type]) => ({ name, type }))
    await post(`/${dataset}/tables`, {
      tableReference: { projectId: project, datasetId: dataset, tableId },
      schema: { fields },
    })
    const columns = Object.keys(types)
    const read = await shop.runAndReadAll(`SELECT ${columns.join()} FROM "${dataset}"."${tableId}" ORDER BY id`)
    const rows = read.getRowObjectsJson().map(json => ({ json }))
    for (let at = 0; at < rows.length; at += rowsAtOnce)
      await post(`/${dataset}/tables/${tableId}/insertAll`, { rows: rows.slice(at, at + rowsAtOnce) })
  }
}

const tables = {
  customers: {
    ...{ id: 'INTEGER', name: 'STRING', email: 'STRING', phone: 'STRING', card_number: 'STRING' },
    ...{ date_of_birth: 'DATE', city: 'STRING', country: 'STRING', created_at: 'TIMESTAMP' },
  },
  orders: { id: 'INTEGER', customer_id: 'INTEGER', status: 'STRING', amount: 'NUMERIC', ordered_at: 'TIMESTAMP' },
} as const
