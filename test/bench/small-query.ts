import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { percentile, report, type Series, sample } from './series.ts'
import { openDriver } from './snowflake-client.ts'

/** Another text every time: nobody has judged or compiled it before. */
const statement = (round: number) =>
  `select id, city from shop.customers where id = ${1 + (round % 500)} and id < ${100_000 + round}`

/**
 * One small allowed query: by the real driver straight to the stand-in, by the real driver through a bare Fastify proxy,
 * and through the gateway (parsed, decided, one durable record before and one after, masked). Taken in turns, so that
 * whatever else the machine does falls on all three alike.
 */
export async function latencyOfSmallQueries(rounds: number): Promise<void> {
  const stand = await startStand({ bots: 0 })
  const proxy = await startProxy(stand.snowflake.url)
  try {
    const [straight, proxied] = await Promise.all([driver(stand, stand.snowflake.url), driver(stand, proxy.url)])
    const gateway = await throughGateway(stand)
    const series: Series[] = [
      { name: 'straight to the stand-in (driver)', run: straight, taken: [] },
      { name: 'through a bare Fastify proxy (driver)', run: proxied, taken: [] },
      { name: 'through the gateway (REST door)', run: gateway, taken: [] },
    ]
    await sample(series, rounds)
    report('a small allowed query, one after the other', series)
    console.log(
      `a bare write with fdatasync takes ${syncMilliseconds(stand.folder).toFixed(3)} ms here (p50); the gateway waits for three of them`,
    )
  } finally {
    proxy.child.kill()
    await stand.stop()
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

async function throughGateway(stand: Stand): Promise<Series['run']> {
  const token = await stand.issuer.tokenFor('release-bot')
  const url = `${stand.gateways[0]?.url}/v1/queries`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return async round => {
    const body = JSON.stringify({ connection: 'shop', sql: statement(round) })
    const response = await fetch(url, { method: 'POST', headers, body })
    const answer = (await response.json()) as { rows?: unknown[] }
    if (answer.rows?.length !== 1) throw new Error(`the gateway answered ${response.status}`)
  }
}

async function driver(stand: Stand, accessUrl: string): Promise<Series['run']> {
  const connection = await openDriver(accessUrl, stand.folder)
  return async round => {
    const rows = await connection(statement(round))
    if (rows.length !== 1) throw new Error(`the driver got ${rows.length} rows`)
  }
}

async function startProxy(upstream: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['test/bench/bare-proxy.ts', upstream], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, url: `http://127.0.0.1:${line.split(' ')[1]}` }
}
