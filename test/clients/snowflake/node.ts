import { createInterface } from 'node:readline'
import snowflake, { type Connection, type RowStatement } from 'snowflake-sdk'
import type { Input, Login, Step } from './step.ts'

// One scenario as a line of JSON on standard input, what came of each of its steps as JSON on standard output.

snowflake.configure({ logLevel: 'OFF' })

function refusal(error: unknown) {
  const { code, sqlState, message } = error as Error & { code?: string; sqlState?: string }
  return { code, sqlState: sqlState ?? null, message }
}

function connect({ host, port, account, user, token, database, timeoutSeconds }: Login): Promise<Connection> {
  const connection = snowflake.createConnection({
    ...{ accessUrl: `http://${host}:${port}`, account, username: user, authenticator: 'OAUTH', token },
    representNullAsStringNull: false,
    ...(database ? { database } : {}),
    ...(timeoutSeconds ? { timeout: timeoutSeconds * 1_000 } : {}),
  })
  return new Promise((resolve, reject) => connection.connect(error => (error ? reject(error) : resolve(connection))))
}

function execute(connection: Connection, { sql, binds, many, detached, cancelled }: Step): Promise<RowStatement> {
  return new Promise((resolve, reject) => {
    const values = many ?? binds
    const statement = connection.execute({
      ...{ sqlText: sql, streamResult: true, ...(values ? { binds: values } : {}) },
      ...(detached ? { asyncExec: true } : {}),
      complete: (error, done) => (error ? reject(error) : resolve(done)),
    })
    if (cancelled) input.on('close', () => statement.cancel(() => undefined))
  })
}

function plain(value: unknown, type: string | undefined): unknown {
  if (!(value instanceof Date)) return Buffer.isBuffer(value) ? value.toString('hex').toUpperCase() : value
  return value.toISOString().slice(0, type === 'date' ? 10 : 19)
}

/** Of each session: `{last}` in a text is the id of the statement before. */
const last = new WeakMap<Connection, string>()

async function ask(connection: Connection, { sql, ...step }: Step) {
  let statement = await execute(connection, { ...step, sql: sql.replace('{last}', last.get(connection) ?? '') })
  last.set(connection, statement.getQueryId())
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

async function play(login: Login, steps: readonly Step[]): Promise<object[]> {
  const connection = await connect(login).catch(refusal)
  if (!('execute' in connection)) return [connection]
  const answers: object[] = []
  for (const step of steps) answers.push(await ask(connection, step).catch(refusal))
  await new Promise<void>(resolve => connection.destroy(() => resolve()))
  return answers
}

const input = createInterface(process.stdin)
input.once('line', async line => {
  const { login, steps, beside }: Input = JSON.parse(line)
  const played = await Promise.all([steps, ...(beside ? [beside] : [])].map(part => play(login, part)))
  process.stdout.write(JSON.stringify(played.flat()))
})
