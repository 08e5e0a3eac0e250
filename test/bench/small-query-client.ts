import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { percentile, report, type Series, sample } from './series.ts'
import { type Execute, openDriver } from './snowflake/driver.ts'

/** What the client is told on its standard input: where the three ways begin. */
export interface Places {
  readonly rounds: number
  /** `connections.NAME.verify` of the gateway. */
  readonly verify: string
  readonly folder: string
  readonly straight: string
  readonly proxied: string
  readonly gateway: string
  readonly token: string
}

type Text = (round: number) => string

/** Another text every time: nobody has judged or compiled it before. The table has no sensitive column. */
const unseen: Text = round =>
  `select id, amount from shop.orders where id = ${1 + (round % 500)} and id < ${100_000 + round}`
const later: Text = round => unseen(round + 50_000)
const known: Text = () => unseen(0)

function throughDriver(execute: Execute, text: Text): Series['run'] {
  return async round => {
    const rows = await execute(text(round))
    if (rows.length !== 1) throw new Error(`the driver got ${rows.length} rows`)
  }
}

/** What the gateway asks the warehouse for a text it never saw: its plan, and then its rows beside the columns of its table. */
function asOftenAsTheGateway([one, other]: readonly [Execute, Execute], text: Text): Series['run'] {
  const columns = `select column_name, data_type from information_schema.columns
    where table_schema = 'SHOP' and table_name = 'ORDERS' order by ordinal_position`
  return async round => {
    await one(`explain using json ${text(round)}`)
    const [rows] = await Promise.all([one(text(round)), other(columns)])
    if (rows.length !== 1) throw new Error(`the driver got ${rows.length} rows`)
  }
}

function throughGateway({ gateway, token }: Places, text: Text): Series['run'] {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return async round => {
    const body = JSON.stringify({ connection: 'shop', sql: text(round) })
    const response = await fetch(gateway, { method: 'POST', headers, body })
    const answer = (await response.json()) as { rows?: unknown[] }
    if (answer.rows?.length !== 1) throw new Error(`the gateway answered ${response.status}`)
  }
}

/** What this disk takes for one durable step, as far apart as statements are: most of what the gateway adds where disks are slow. */
async function syncMilliseconds(folder: string): Promise<number> {
  const file = openSync(join(folder, 'sync'), 'w')
  const taken: number[] = []
  for (let step = 0; step < 100; step++) {
    await setTimeout(10)
    const since = performance.now()
    writeSync(file, 'x'.repeat(4096))
    fdatasyncSync(file)
    taken.push(performance.now() - since)
  }
  closeSync(file)
  return percentile(taken, 0.5)
}

const places = (await json(process.stdin)) as Places
const sessions = (place: string) =>
  Promise.all([openDriver(place, places.folder), openDriver(place, places.folder)] as const)
const straight = await sessions(places.straight)
const proxied = await sessions(places.proxied)
for (const [words, text] of [
  ['another text each time', unseen],
  ['one text again and again', known],
] as const) {
  const series: Series[] = [
    { name: 'straight to the stand-in (driver)', run: throughDriver(straight[0], text), taken: [] },
    { name: 'through a bare Fastify proxy (driver)', run: throughDriver(proxied[0], text), taken: [] },
    { name: 'through the gateway (REST door)', run: throughGateway(places, text), taken: [] },
  ]
  await sample(series, places.rounds)
  report(`a small allowed query, ${words}, verify: ${places.verify}`, series)
}
if (places.verify === 'always') {
  const series: Series[] = [
    { name: 'straight, with EXPLAIN and columns (driver)', run: asOftenAsTheGateway(straight, unseen), taken: [] },
    { name: 'the same through the bare proxy (driver)', run: asOftenAsTheGateway(proxied, unseen), taken: [] },
    { name: 'through the gateway (REST door)', run: throughGateway(places, later), taken: [] },
  ]
  await sample(series, places.rounds)
  report('another text each time, the warehouse asked as often on each way', series)
}
console.log(
  `a bare write with fdatasync takes ${(await syncMilliseconds(places.folder)).toFixed(3)} ms here (p50); the gateway waits for two of them`,
)
process.exit(0)
