import { json } from 'node:stream/consumers'
import type { Connection } from 'snowflake-sdk'
import { Budget } from '../budget.ts'
import type { Reading } from '../readings.ts'
import { report, type Series, sample } from '../series.ts'
import { connectStraight, connectThroughGateway, executeOn } from './driver.ts'

/** What the client is told on its standard input: one task, and the ways to the warehouse. */
export interface Task {
  /** The stand's: its keys are there. */
  readonly folder: string
  readonly token: string
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

function open(task: Task, way: Way | 'proxied'): Promise<Connection> {
  if (way === 'gateway') return connectThroughGateway(task.gateway, task.token)
  return connectStraight(task[way] ?? '', task.folder)
}

/** Another text every time: nobody has judged it before. The table has no sensitive column. */
const small = (round: number) =>
  `select id, amount from shop.orders where id = ${1 + (round % 500)} and id < ${100_000 + round}`

/** As tools ask that show the same thing again: judged before. */
const known: typeof small = () => small(0)

async function smallQueries(task: Task, rounds: number): Promise<void> {
  const ways: readonly (readonly [name: string, way: Way | 'proxied', text: typeof small])[] = [
    ['straight to the stand-in', 'straight', small],
    ['through a bare Fastify proxy', 'proxied', small],
    ...(task.nginx ? [['through nginx', 'nginx', small] as const] : []),
    ['through the gateway (Snowflake door)', 'gateway', small],
    ['the same, one text again and again', 'gateway', known],
  ]
  const series: Series[] = []
  for (const [name, way, text] of ways) {
    const execute = executeOn(await open(task, way))
    const run = async (round: number) => {
      const rows = await execute(text(round))
      if (rows.length !== 1) throw new Error(`the driver got ${rows.length} rows`)
    }
    series.push({ name, run, taken: [] })
  }
  const budget = new Budget({ client: process.pid, ...task.pids })
  await sample(series, rounds, budget)
  report('a small allowed query, by the Node driver on every way (target: gateway ≤ 3 ×)', series)
  console.log('the warehouse is asked once on every way, and answers packed on all but that of nginx')
  budget.print(series)
}

async function read(connection: Connection, sqlText: string): Promise<Reading> {
  const since = performance.now()
  const seconds = () => (performance.now() - since) / 1_000
  const { promise, resolve, reject } = Promise.withResolvers<AsyncIterable<unknown>>()
  connection.execute({
    sqlText,
    streamResult: true,
    complete: (error, statement) => (error ? reject(error) : resolve(statement.streamRows())),
  })
  let [rows, firstRow] = [0, 0]
  for await (const _ of await promise) {
    rows += 1
    if (rows === 1) firstRow = seconds()
  }
  return { rows, firstRow, whole: seconds() }
}

const task = (await json(process.stdin)) as Task
if (task.rounds) await smallQueries(task, task.rounds)
if (task.sql) process.stdout.write(JSON.stringify(await read(await open(task, task.way ?? 'straight'), task.sql)))
process.exit(0)
