import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FakeSnowflake } from '#test/fakes/snowflake/fake-snowflake.ts'
import { startServer } from '#test/services/child.ts'
import { freePort } from '#test/services/free-port.ts'
import type { StartShop } from '#test/stand/warehouses.ts'
import { pythonEnvironment } from '../install.ts'
import { createSamples } from './type-scenarios.ts'
import { watchedShop } from './watched-shop.ts'

/** The driver that fakesnow imports; the next generation of it has other modules. */
const packages = ['fakesnow[server]==0.12.1', 'snowflake-connector-python==4.8.1']
const tables = ['CUSTOMERS', 'ORDERS', 'KEYED', 'SAMPLES']

/** A server of Snowflake's protocol that others made. It checks no tokens. */
export async function fakesnow(): Promise<StartShop | { readonly missing: string }> {
  const python = await pythonEnvironment('fakesnow', packages)
  if ('missing' in python) return python
  return async snowflake => {
    await createSamples({ snowflake })
    const folder = mkdtempSync(join(tmpdir(), 'fakesnow-'))
    await copyTables(snowflake, folder)
    const port = await freePort()
    const words = [join(import.meta.dirname, 'fakesnow_server.py'), String(port), folder]
    const server = await startServer(python.command, words, { ready: 'Application startup complete', cwd: folder })
    return watchedShop(`http://127.0.0.1:${port}`, async () => {
      await server.end('SIGTERM')
      rmSync(folder, { recursive: true })
    })
  }
}

/** Each as a line with its columns' types, and a line with the texts of each row. */
async function copyTables({ database }: FakeSnowflake, folder: string): Promise<void> {
  for (const table of tables) {
    const name = `"DEMO"."SHOP"."${table}"`
    const described = await database.admin.runAndReadAll(`describe ${name}`)
    const types = Object.fromEntries(described.getRows().map(([column, type]) => [column, type]))
    const read = await database.admin.runAndReadAll(`select columns(*)::varchar from ${name}`)
    const lines = [types, ...read.getRowObjects()].map(line => JSON.stringify(line))
    writeFileSync(join(folder, `${table}.json`), lines.join('\n'))
  }
}
