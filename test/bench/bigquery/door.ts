import { type Stand, startStand } from '#test/stand/stand.ts'
import { largeResultPolicy, maskedColumns, sampleRows, tenColumns } from '../large-result.ts'
import { startNginx } from '../nginx.ts'
import { type Reading, Readings, runClient } from '../readings.ts'
import { middleMean } from '../series.ts'
import { startProxy } from '../small-query.ts'
import type { Task, Way } from './client.ts'

interface DoorOptions {
  readonly rounds: number
  /** Of a large result. */
  readonly rows: number
}

const client = ['test/bench/bigquery/client.ts']
const columns = tenColumns("timestamptz '2024-01-01 00:00:00+00'")

/** The BigQuery door beside the same client going straight to the stand-in, and by way of nginx: processes of their own. */
export async function bigqueryDoor({ rounds, rows }: DoorOptions): Promise<void> {
  const stand = await startStand({ asDeployed: true, bots: 0, verify: 'risky', policy: largeResultPolicy(rows) })
  const proxy = await startProxy(stand.bigquery.url)
  const nginx = await startNginx(stand.bigquery.url, stand.folder)
  if (!nginx) console.log('nginx is not installed here (apt-get install nginx-light): that way is left out')
  try {
    const reader = stand.google.issue('reader@acme-lake.iam.gserviceaccount.com')
    const task: Task = {
      tokens: { agent: await stand.issuer.tokenFor('release-bot'), google: reader },
      gateway: stand.gateways[0]?.url ?? '',
      straight: stand.bigquery.url,
      proxied: proxy.url,
      nginx: nginx?.url,
      pids: { gateway: stand.gateways[0]?.child.pid ?? 0, 'stand-in': process.pid, 'bare proxy': proxy.child.pid ?? 0 },
    }
    if (rounds > 0) {
      process.stdout.write(await runClient({ ...task, rounds }, client))
      tellOwnTime(stand)
    }
    if (rows > 0) await largeResults(stand, task, rows)
  } finally {
    nginx?.stop()
    proxy.child.kill()
    await stand.stop()
  }
}

/** A stand-in that rests between questions is slower at the next one: that part of what is added is not the gateway's. */
function tellOwnTime({ bigquery }: Stand): void {
  const usual = (byGateway: boolean): string => {
    const asked = bigquery.jobs.filter(({ configuration: { labels = {} } }) => 'qw_session' in labels === byGateway)
    return middleMean(asked.map(({ createdAt, endedAt = createdAt }) => endedAt - createdAt)).toFixed(1)
  }
  console.log(
    `the stand-in itself runs a job in ${usual(false)} ms for the others, in ${usual(true)} ms for the gateway (mean of the middle half)`,
  )
}

async function largeResults(stand: Stand, task: Task, rows: number): Promise<void> {
  const sample = await createResults(stand, rows)
  const pid = stand.gateways[0]?.child.pid ?? 0
  const readings = new Readings({ rows, columns: columns.length, sample, sampleRows, pid })
  const readBy = async (way: Way, masked: number): Promise<Reading> =>
    JSON.parse(await runClient({ ...task, way, sql: `select * from shop.result_${masked}` }, client))
  await readings.straight('Node client, straight', () => readBy('straight', 0))
  if (task.nginx) await readings.straight('Node client, through nginx', () => readBy('nginx', 0))
  for (const masked of maskedColumns)
    await readings.throughGateway(`Node client, through the gateway, ${masked} masked`, () => readBy('gateway', masked))
  readings.end()
}

/** The same rows in three tables; the answer is the first of them as JSON. */
async function createResults({ bigquery }: Stand, rows: number): Promise<string> {
  const { connection } = bigquery
  await connection.run(
    `create table "shop"."result_0" as select ${columns.join(', ')} from range(1, ${rows + 1}) as r(i)`,
  )
  for (const masked of maskedColumns.slice(1))
    await connection.run(`create table "shop"."result_${masked}" as from "shop"."result_0"`)
  const sample = await connection.runAndReadAll(`select * from "shop"."result_0" limit ${sampleRows}`)
  const texts = sample.getRowsJson().map(row => ({ f: row.map(v => ({ v: v === null ? null : String(v) })) }))
  return JSON.stringify(texts)
}
