import { json } from 'node:stream/consumers'
import { BigQuery, type QueryResultsOptions } from '@google-cloud/bigquery'
import { OAuth2Client } from 'google-auth-library'
import type { Reading } from '../readings.ts'
import { report, type Series, sample } from '../series.ts'

/** What the client is told on its standard input: one task, and the ways to the warehouse. */
export interface Task {
  /** Of the agent, for the gateway; of a service account, for the stand-in. */
  readonly tokens: { readonly agent: string; readonly google: string }
  readonly gateway: string
  readonly straight: string
  readonly proxied: string
  readonly nginx?: string | undefined
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

type Ask = (client: BigQuery, query: string) => Promise<readonly unknown[]>

/** As clients do: the question is its own answer. */
const inOne: Ask = async (client, query) => (await client.query(query))[0]

/** As the gateway asks, and who must know the job by an id of their own: inserted first, and then asked for its rows. */
const inTwo: Ask = async (client, query) => (await (await client.createQueryJob(query))[0].getQueryResults())[0]

function asking(task: Task, way: Way | 'proxied', ask: Ask, text = small): Series['run'] {
  const client = open(task, way)
  return async round => {
    const rows = await ask(client, text(round))
    if (rows.length !== 1) throw new Error(`the client got ${rows.length} rows`)
  }
}

const later = (round: number) => small(round + 50_000)

async function smallQueries(task: Task, rounds: number): Promise<void> {
  const ways: readonly (readonly [name: string, way: Way | 'proxied'])[] = [
    ['straight to the stand-in', 'straight'],
    ['through a bare Fastify proxy', 'proxied'],
    ...(task.nginx ? [['through nginx', 'nginx'] as const] : []),
    ['through the gateway (BigQuery door)', 'gateway'],
  ]
  const series = ways.map(([name, way]): Series => ({ name, run: asking(task, way, inOne), taken: [] }))
  await sample(series, rounds)
  report('a small allowed query, by the Node client on every way (target: gateway ≤ 3 ×)', series)
  const alike: Series[] = [
    { name: 'straight, inserted and then read', run: asking(task, 'straight', inTwo, later), taken: [] },
    { name: 'the same through the bare proxy', run: asking(task, 'proxied', inTwo, later), taken: [] },
    { name: 'through the gateway (BigQuery door)', run: asking(task, 'gateway', inOne, later), taken: [] },
  ]
  await sample(alike, rounds)
  report('the same, the warehouse asked as often on each way', alike)
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
