import { json } from 'node:stream/consumers'
import snowflake, { type Connection, type RowStatement } from 'snowflake-sdk'

// One scenario as JSON on standard input, what came of each of its steps as JSON on standard output.

interface Step {
  readonly sql: string
  readonly binds?: (string | number)[]
  readonly detached?: boolean
  readonly cancelAfterSeconds?: number
}
interface Login {
  readonly host: string
  readonly port: number
  readonly account: string
  readonly user: string
  readonly token: string
  readonly database?: string
}
interface Input {
  readonly login: Login
  readonly steps: readonly Step[]
}

snowflake.configure({ logLevel: 'OFF' })

function refusal(error: unknown) {
  const { code, sqlState, message } = error as Error & { code?: string; sqlState?: string }
  return { code, sqlState: sqlState ?? null, message }
}

function connect({ host, port, account, user, token, database }: Login): Promise<Connection> {
  const connection = snowflake.createConnection({
    ...{ accessUrl: `http://${host}:${port}`, account, username: user, authenticator: 'OAUTH', token },
    ...(database ? { database } : {}),
  })
  return new Promise((resolve, reject) => connection.connect(error => (error ? reject(error) : resolve(connection))))
}

function execute(connection: Connection, { sql, binds, detached, cancelAfterSeconds }: Step): Promise<RowStatement> {
  return new Promise((resolve, reject) => {
    const statement = connection.execute({
      ...{ sqlText: sql, streamResult: true, ...(binds ? { binds } : {}), ...(detached ? { asyncExec: true } : {}) },
      complete: (error, done) => (error ? reject(error) : resolve(done)),
    })
    if (cancelAfterSeconds) setTimeout(() => statement.cancel(() => undefined), cancelAfterSeconds * 1_000)
  })
}

function plain(value: unknown, type: string | undefined): unknown {
  if (!(value instanceof Date)) return Buffer.isBuffer(value) ? value.toString('hex').toUpperCase() : value
  return value.toISOString().slice(0, type === 'date' ? 10 : 19)
}

async function ask(connection: Connection, step: Step) {
  let statement = await execute(connection, step)
  if (step.detached)
    statement = await connection.getResultsFromQueryId({
      ...{ queryId: statement.getQueryId(), sqlText: '', complete: () => undefined },
    })
  const raw: Record<string, unknown>[] = []
  for await (const row of statement.streamRows() as AsyncIterable<Record<string, unknown>>) raw.push(row)
  const types = new Map(statement.getColumns()?.map(column => [column.getName(), column.getType()]))
  const rows = raw.map(row =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value, types.get(name))])),
  )
  return { rows, count: statement.getNumRows() }
}

async function answer({ login, steps }: Input): Promise<object[]> {
  const connection = await connect(login).catch(refusal)
  if (!('execute' in connection)) return [connection]
  const answers: object[] = []
  for (const step of steps) answers.push(await ask(connection, step).catch(refusal))
  await new Promise<void>(resolve => connection.destroy(() => resolve()))
  return answers
}

process.stdout.write(JSON.stringify(await answer((await json(process.stdin)) as Input)))
