import snowflake, {
  type Connection,
  type ConnectionOptions,
  type RowStatement,
  type StatementOption,
} from 'snowflake-sdk'
import { firstGateway } from '#test/doors/agent.ts'
import type { Stand, StandGateway } from '#test/stand/stand.ts'

snowflake.configure({ logLevel: 'OFF' })

export interface LoginOptions extends Partial<ConnectionOptions> {
  readonly agent?: string
  readonly gateway?: Pick<StandGateway, 'url'>
}

/** The unmodified driver, logged in at a gateway with the agent's own token. */
export async function login(stand: Stand, { agent, gateway, ...options }: LoginOptions = {}): Promise<Connection> {
  const connection = snowflake.createConnection({
    accessUrl: (gateway ?? firstGateway(stand)).url,
    account: 'shop',
    username: 'release-bot',
    authenticator: 'OAUTH',
    token: await stand.issuer.tokenFor(agent ?? 'release-bot'),
    ...options,
  })
  const { promise, resolve, reject } = Promise.withResolvers<Connection>()
  connection.connect((error, connected) => (error ? reject(error) : resolve(connected)))
  return promise
}

export interface Answer {
  readonly statement: RowStatement
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/** A statement that was given to the driver, and its end. */
interface Started {
  readonly statement: RowStatement
  readonly done: Promise<Answer>
}

export function start(connection: Connection, sqlText: string, options: Partial<StatementOption> = {}): Started {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const statement = connection.execute({
    ...options,
    sqlText,
    complete: (error, done, rows) => (error ? reject(error) : resolve({ statement: done, rows: rows ?? [] })),
  })
  // A test looks at the end when it gets there.
  promise.catch(() => undefined)
  return { statement, done: promise }
}

export function run(connection: Connection, sqlText: string, options?: Partial<StatementOption>): Promise<Answer> {
  return start(connection, sqlText, options).done
}

export function logout(connection: Connection): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  connection.destroy(error => (error ? reject(error) : resolve()))
  return promise
}

export function cancel(statement: RowStatement): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  statement.cancel(error => (error ? reject(error) : resolve()))
  return promise
}

export async function rowsOf(statement: RowStatement): Promise<Readonly<Record<string, unknown>>[]> {
  const rows: Record<string, unknown>[] = []
  for await (const row of statement.streamRows()) rows.push(row as Record<string, unknown>)
  return rows
}
