import { python } from '#test/clients/install.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { largeResultPolicy, maskedColumns, sampleRows, tenColumns } from '../large-result.ts'
import { startNginx } from '../nginx.ts'
import { withProgress } from '../progress.ts'
import { type Reading, Readings, runClient } from '../readings.ts'
import { startProxy } from '../small-query.ts'
import { arrowPage } from './arrow-page.ts'
import type { Task, Way } from './client.ts'

interface DoorOptions {
  readonly rounds: number
  /** Of a large result. */
  readonly rows: number
  /** Of a result of long rows, as JSON. */
  readonly gigabytes: number
}

/** Nothing takes longer, in seconds: the agent's token is good for so long. */
const longest = 6 * 3_600
const client = ['test/bench/snowflake/client.ts']
const columns = tenColumns("timestamp '2024-01-01'")

/** The Snowflake door beside the same driver going straight to the stand-in, and by way of nginx: processes of their own. */
export async function snowflakeDoor({ rounds, rows, gigabytes }: DoorOptions): Promise<void> {
  const longRows = Math.ceil((gigabytes * 1e9) / longRowBytes)
  const stand = await startStand({
    asDeployed: true,
    bots: 0,
    verify: 'risky',
    policy: largeResultPolicy(Math.max(rows, longRows)),
  })
  const proxy = await startProxy(stand.snowflake.url)
  const nginx = await startNginx(stand.snowflake.url, stand.folder)
  if (!nginx) console.log('nginx is not installed here (apt-get install nginx-light): that way is left out')
  try {
    const task: Task = {
      folder: stand.folder,
      token: await stand.issuer.tokenFor('release-bot', { claims: { exp: Math.floor(Date.now() / 1_000) + longest } }),
      gateway: stand.gateways[0]?.url ?? '',
      straight: stand.snowflake.url,
      proxied: proxy.url,
      nginx: nginx?.url,
      pids: { gateway: stand.gateways[0]?.child.pid ?? 0, 'stand-in': process.pid, 'bare proxy': proxy.child.pid ?? 0 },
    }
    if (rounds > 0) process.stdout.write(await runClient({ ...task, rounds }, client))
    if (rows > 0) await largeResults(stand, task, rows)
    if (longRows > 0) await longResult(stand, task, longRows)
  } finally {
    nginx?.stop()
    proxy.child.kill()
    await stand.stop()
  }
}

async function largeResults(stand: Stand, task: Task, rows: number): Promise<void> {
  const sample = await createResults(stand, rows)
  const pid = stand.gateways[0]?.child.pid ?? 0
  const readings = new Readings({ rows, columns: columns.length, sample, sampleRows, pid })
  const sql = (masked: number) => `select * from shop.result_${masked}`
  const ways: readonly Way[] = ['straight', ...(task.nginx ? (['nginx'] as const) : [])]
  for (const way of ways)
    await readings.straight(`Node driver, JSON, ${way === 'nginx' ? 'through nginx' : 'straight'}`, () =>
      readBy(task, way, sql(0)),
    )
  const arrow = await arrowClient()
  for (const masked of maskedColumns) {
    const words = `through the gateway, ${masked} masked`
    await readings.throughGateway(`Node driver, JSON, ${words}`, () => readBy(task, 'gateway', sql(masked)))
    if (arrow)
      await readings.throughGateway(`Python driver, Arrow, ${words}`, () => arrow({ ...task, sql: sql(masked) }))
  }
  readings.end()
  await arrowPage(stand.snowflake.database, '"DEMO"."SHOP"."RESULT_0"')
}

/** Half of it are digits that no compression makes fewer; one column is masked. */
const longRowBytes = 4_200
const longNote = `(select string_agg(md5((i * 64 + part)::varchar), ' ' order by part) from range(125) as parts(part))`

/** One result that is larger than the gateway may ever be, in JSON and in Arrow. */
async function longResult(stand: Stand, task: Task, rows: number): Promise<void> {
  const { admin } = stand.snowflake.database
  const notes = `create table "DEMO"."SHOP"."NOTES" as select i, ${longNote} as note from range(1000) as r(i)`
  await admin.run(notes)
  await withProgress('the rows are made', () =>
    admin.run(`create table "DEMO"."SHOP"."RESULT_1" as select r.i as "ID",
      printf('c%07d.pine@mail.example', r.i) as "EMAIL", note as "NOTE"
      from range(1, ${rows + 1}) as r(i) join "DEMO"."SHOP"."NOTES" as notes on notes.i = r.i % 1000`),
  )
  const sample = await sampleOf(stand, 'RESULT_1')
  const pid = stand.gateways[0]?.child.pid ?? 0
  const readings = new Readings({ rows, columns: 3, sample, sampleRows, pid })
  const sql = 'select * from shop.result_1'
  await readings.throughGateway('Node driver, JSON, through the gateway, 1 masked', () => readBy(task, 'gateway', sql))
  const arrow = await arrowClient()
  if (arrow)
    await readings.throughGateway('Python driver, Arrow, through the gateway, 1 masked', () => arrow({ ...task, sql }))
  readings.end()
}

async function readBy(task: Task, way: Way, sql: string): Promise<Reading> {
  return JSON.parse(await runClient({ ...task, way, sql }, client))
}

/** Reads a result by the Python driver; `undefined`, and it says so, where that cannot be had here. */
async function arrowClient(): Promise<((task: Task) => Promise<Reading>) | undefined> {
  const driver = ['snowflake-connector-python[pandas]==4.8.1']
  const found = await python('snowflake-bench', driver, 'test/bench/snowflake/arrow.py')
  if ('missing' in found) {
    console.log(`results in Arrow are left out: ${found.missing}`)
    return undefined
  }
  return async task => JSON.parse(await runClient(task, found.args, found.command))
}

/** The same rows in three tables; the answer is the first of them as JSON. */
async function createResults({ snowflake }: Stand, rows: number): Promise<string> {
  const { admin } = snowflake.database
  const named = columns.map(column => column.replace(/ as (\w+)$/, (_, name: string) => ` as "${name.toUpperCase()}"`))
  await admin.run(
    `create table "DEMO"."SHOP"."RESULT_0" as select ${named.join(', ')} from range(1, ${rows + 1}) as r(i)`,
  )
  for (const masked of maskedColumns.slice(1))
    await admin.run(`create table "DEMO"."SHOP"."RESULT_${masked}" as from "DEMO"."SHOP"."RESULT_0"`)
  return sampleOf({ snowflake }, 'RESULT_0')
}

/** The first rows of a table as JSON. */
async function sampleOf({ snowflake }: Pick<Stand, 'snowflake'>, table: string): Promise<string> {
  const sample = await snowflake.database.admin.runAndReadAll(
    `select * from "DEMO"."SHOP"."${table}" limit ${sampleRows}`,
  )
  const texts = sample.getRowsJson().map(row => row.map(cell => (cell === null ? null : String(cell))))
  return JSON.stringify(texts)
}
