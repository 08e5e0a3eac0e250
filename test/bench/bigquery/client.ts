import { json } from 'node:stream/consumers'
import { BigQuery, type QueryResultsOptions } from '@google-cloud/bigquery'
import { OAuth2Client } from 'google-auth-library'
import { Budget } from '../budget.ts'
import type { Reading } from '../readings.ts'
import { median, report, type Series, sample } from '../series.ts'

/** What the client is told on its standard input: one task, and the ways to the warehouse. */
export interface Task {
  /** Of the agent, for the gateway; of a service account, for the stand-in. */
  readonly tokens: { readonly agent: string; readonly google: string }
  readonly gateway: string
  readonly straight: string
  readonly proxied: string
  readonly nginx?: string | undefined
  /** Processes on the ways, by what they are. */
  readonly pids: Readonly<Record<string, number>>
  /** Small queries on each way, so many of them; or else one result, read to its end by one of them. */
  readonly rounds?: number
  readonly sql?: string
  readonly way?: Way
}

export type Way = 'straight' | 'nginx' | 'gateway'

function open(task: Task, way: Way | 'proxied'): BigQuery {
  const access_token = way === 'gateway' ? task.tokens.agent : task.tokens.google
  const authClient = new OAuth2Client({ credentials: { access_token } })
  return new BigQuery({ projectId: 'acme-lake', apiEndpoint: task[way] ?? '', authClient })
}

/** Another text every time: nobody has judged it before. The table has no sensitive column. */
const small = (round: number) =>
  `select id, amount from shop.orders where id = ${1 + (round % 500)} and id < ${100_000 + round}`

/** As tools ask that show the same thing again: judged before. */
const known: typeof small = () => small(0)

type Ask = (client: BigQuery, query: string) => Promise<readonly unknown[]>

/** As clients do: the question is its own answer. */
const inOne: Ask = async (client, query) => (await client.query(query))[0]

/** As the gateway asks, and who must know the job by an id of their own: inserted first, and then asked for its rows. */
const inTwo: Ask = async (client, query) => (await (await client.createQueryJob(query))[0].getQueryResults())[0]

function series(task: Task, name: string, way: Way | 'proxied', { ask = inOne, text = small } = {}): Series {
  const client = open(task, way)
  const run = async (round: number) => {
    const rows = await ask(client, text(round))
    if (rows.length !== 1) throw new Error(`the client got ${rows.length} rows`)
  }
  return { name, run, taken: [] }
}

async function smallQueries(task: Task, rounds: number): Promise<void> {
  const straight = series(task, 'straight to the stand-in', 'straight')
  const proxied = series(task, 'through a bare Fastify proxy', 'proxied')
  const nginx = task.nginx ? [series(task, 'through nginx', 'nginx')] : []
  const gateway = series(task, 'through the gateway (BigQuery door)', 'gateway')
  const again = series(task, 'the same, one text again and again', 'gateway', { text: known })
  const inserted = series(task, 'straight, inserted and then read', 'straight', { ask: inTwo })
  const insertedProxied = series(task, 'the same through the bare proxy', 'proxied', { ask: inTwo })
  const budget = new Budget({ client: process.pid, ...task.pids })
  const ways = [straight, proxied, ...nginx, gateway, again, inserted, insertedProxied]
  await sample(ways, rounds, budget)
  const title = 'a small allowed query, by the Node client on every way (target: gateway ≤ 3 ×)'
  report(title, [straight, proxied, ...nginx, gateway, again])
  report('the same, the warehouse asked as often on each way', [inserted, insertedProxied, gateway, again])
  const added = (one: Series, base: Series) => (median(one) - median(base)).toFixed(1)
  console.log(
    `of the ${added(gateway, straight)} ms that the gateway adds, ${added(inserted, straight)} are that it asks twice: a job that can be found again has an id of our own, and is inserted before it is read`,
  )
  budget.print(ways)
}

/** Page by page, as large as the server makes them. */
async function read(client: BigQuery, query: string): Promise<Reading> {
  const since = performance.now()
  const seconds = () => (performance.now() - since) / 1_000
  const [job] = await client.createQueryJob(query)
  let [rows, firstRow] = [0, 0]
  let next: QueryResultsOptions | null = { autoPaginate: false }
  while (next) {
    const answer: readonly unknown[] = await job.getQueryResults(next)
    rows += (answer[0] as readonly unknown[]).length
    firstRow ||= seconds()
    next = (answer[1] as QueryResultsOptions | null | undefined) ?? null
  }
  return { rows, firstRow, whole: seconds() }
}

const task = (await json(process.stdin)) as Task
if (task.rounds) await smallQueries(task, task.rounds)
if (task.sql) process.stdout.write(JSON.stringify(await read(open(task, task.way ?? 'straight'), task.sql)))
