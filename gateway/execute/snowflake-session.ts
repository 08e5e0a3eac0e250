import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, RowStatement } from 'snowflake-sdk'
import type { SnowflakeConnection } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import type { Cell } from '#src/execute/warehouse.ts'
import type { Credential } from '#src/mint/minter.ts'
import type { BindValue } from '#src/statement.ts'
import { readRaw, snowflakeCell } from './snowflake-cells.ts'
import { snowflakeDriver } from './snowflake-driver.ts'
import { loginFailure } from './snowflake-errors.ts'
import { keyPairLogin } from './snowflake-key-pair-login.ts'

export interface SessionContext {
  readonly database?: string
  readonly schema?: string
}

export interface SessionStatement {
  readonly sqlText: string
  readonly binds?: readonly BindValue[]
  readonly requestId?: string
  readonly parameters?: Readonly<Record<string, string | number | boolean>>
}

/** One login with one credential. `close` deletes the session in Snowflake: the only way to end what the token opened. */
export interface SnowflakeSession {
  /** Submits; `statement` can be cancelled before `result` settles, with the driver's error. */
  submit(options: SessionStatement): { readonly statement: RowStatement; readonly result: Promise<RowStatement> }
  /** A small result as text: for the gateway's own look-ups. */
  query(options: SessionStatement): Promise<readonly (readonly Cell[])[]>
  /** The result of an earlier query of the same user. */
  fetch(queryId: string): Promise<RowStatement>
  /** Never rejects. */
  close(): Promise<void>
}

export function accessUrl(connection: SnowflakeConnection): string {
  return connection.url?.replace(/\/+$/, '') ?? `https://${connection.account}.snowflakecomputing.com`
}

/** Rejects with `warehouse_unavailable`: nothing was submitted. */
export async function openSession(
  connection: SnowflakeConnection,
  credential: Credential,
  context: SessionContext,
): Promise<SnowflakeSession> {
  const { account, warehouse, credentials } = connection
  const database = context.database ?? connection.database
  const schema = context.schema ?? connection.schema
  const shared = {
    account,
    ...(warehouse ? { warehouse } : {}),
    ...(database ? { database } : {}),
    ...(schema ? { schema } : {}),
  }
  const url = accessUrl(connection)
  const driver = await snowflakeDriver()
  const options = {
    ...shared,
    accessUrl: url,
    username: credentials.user,
    role: credential.role,
    application: 'querywarden',
    clientSessionKeepAlive: false,
    clientStoreTemporaryCredential: false,
    clientRequestMFAToken: false,
    disableQueryContextCache: true,
    // Empty, not absent: or else the driver looks for logging instructions in the environment and the home directory.
    clientConfigFile: '',
    certRevocationCheckMode: 'DISABLED' as const,
    sfRetryMaxLoginRetries: 0,
    streamResult: true,
    rowMode: 'array' as const,
    resultPrefetch: 1,
  }
  if (credentials.mint === 'key-pair') {
    const session = await keyPairLogin({ ...shared, url, user: credentials.user }, credential)
    return snowflakeSession(driver.deserializeConnection(options, session))
  }
  return snowflakeSession(
    await connected(driver.createConnection({ ...options, authenticator: 'OAUTH', token: credential.secret.reveal() })),
  )
}

function connected(connection: Connection): Promise<Connection> {
  return new Promise((resolve, reject) =>
    connection.connect(error => (error ? reject(loginFailure(error)) : resolve(connection))),
  )
}

function snowflakeSession(connection: Connection): SnowflakeSession {
  let closed: Promise<void> | undefined

  function submit({ binds, ...options }: SessionStatement) {
    // The driver would take these for file transfers between the cloud and this machine's own disk.
    if (/^(put|get)/i.test(options.sqlText.trim()))
      throw new GatewayError('denied', { message: 'File transfers do not pass through the gateway.' })
    const { promise, resolve, reject } = Promise.withResolvers<RowStatement>()
    const statement = connection.execute({
      ...options,
      ...(binds && binds.length > 0 ? { binds: binds.map(plainBind) } : {}),
      complete: (error, done) => (error ? reject(error) : resolve(done)),
    })
    return { statement, result: promise }
  }

  return {
    submit,
    async query(options) {
      const rows: (readonly Cell[])[] = []
      for await (const row of sessionRows(await submit(options).result)) rows.push(row)
      return rows
    },
    fetch(queryId) {
      const { promise, resolve, reject } = Promise.withResolvers<RowStatement>()
      connection.fetchResult({ queryId, complete: (error, done) => (error ? reject(error) : resolve(done)) })
      return promise
    },
    close() {
      closed ??= deleteSession(connection)
      return closed
    },
  }
}

/** The driver asks once; a session that is not deleted would outlive its credential by hours. */
async function deleteSession(connection: Connection): Promise<void> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    connection.destroy(error => resolve(!error))
    const timer = setTimeout(resolve, 3000, false)
    const gone = await promise
    clearTimeout(timer)
    if (gone) return
    await sleep(200 * attempt)
  }
}

/** Rows as they arrive. Leaving early stops the download. */
export async function* sessionRows(statement: RowStatement): AsyncGenerator<readonly Cell[]> {
  const columns = statement.getColumns() ?? []
  readRaw(columns)
  for await (const row of statement.streamRows() as AsyncIterable<readonly unknown[]>)
    yield columns.map((column, index) => snowflakeCell(row[index], column))
}

/** The driver finds the types of values itself. */
function plainBind(value: BindValue) {
  if (value === null || typeof value !== 'object') return value
  throw new GatewayError('invalid_request', { message: 'Snowflake statements take no typed values.' })
}
