import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { percentile, report, type Series, sample } from './series.ts'
import { openDriver } from './snowflake-client.ts'

/** What the client is told on its standard input: where the three ways begin. */
export interface Places {
  readonly rounds: number
  readonly folder: string
  readonly straight: string
  readonly proxied: string
  readonly gateway: string
  readonly token: string
}

/** Another text every time: nobody has judged or compiled it before. */
const statement = (round: number) =>
  `select id, city from shop.customers where id = ${1 + (round % 500)} and id < ${100_000 + round}`

async function driver(accessUrl: string, folder: string): Promise<Series['run']> {
  const execute = await openDriver(accessUrl, folder)
  return async round => {
    const rows = await execute(statement(round))
    if (rows.length !== 1) throw new Error(`the driver got ${rows.length} rows`)
  }
}

function throughGateway(url: string, token: string, text: (round: number) => string): Series['run'] {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return async round => {
    const body = JSON.stringify({ connection: 'shop', sql: text(round) })
    const response = await fetch(url, { method: 'POST', headers, body })
    const answer = (await response.json()) as { rows?: unknown[] }
    if (answer.rows?.length !== 1) throw new Error(`the gateway answered ${response.status}`)
  }
}

/** What this disk takes for one durable step: most of what the gateway adds where disks are slow. */
function syncMilliseconds(folder: string): number {
  const file = openSync(join(folder, 'sync'), 'w')
  const taken = Array.from({ length: 200 }, () => {
    const since = performance.now()
    writeSync(file, 'x'.repeat(4096))
    fdatasyncSync(file)
    return performance.now() - since
  })
  closeSync(file)
  return percentile(taken, 0.5)
}

const { rounds, folder, straight, proxied, gateway, token } = (await json(process.stdin)) as Places
const series: Series[] = [
  { name: 'straight to the stand-in (driver)', run: await driver(straight, folder), taken: [] },
  { name: 'through a bare Fastify proxy (driver)', run: await driver(proxied, folder), taken: [] },
  { name: 'through the gateway, texts never seen', run: throughGateway(gateway, token, statement), taken: [] },
  { name: 'through the gateway, one text again', run: throughGateway(gateway, token, () => statement(0)), taken: [] },
]
await sample(series, rounds)
report('a small allowed query, one after the other', series)
console.log(
  `a bare write with fdatasync takes ${syncMilliseconds(folder).toFixed(3)} ms here (p50); the gateway waits for two of them`,
)
process.exit(0)
