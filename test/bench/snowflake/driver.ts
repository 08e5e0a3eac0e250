import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import snowflake, { type Connection, type ConnectionOptions } from 'snowflake-sdk'
import { snowflakeAudience, tokenIssuer } from '#test/stand/warehouses.ts'

snowflake.configure({ logLevel: 'OFF', disableOCSPChecks: true })

/** Runs one statement and resolves to its rows. */
export type Execute = (sql: string) => Promise<unknown[]>

/** The real driver, logged in with a token that the stand's key signed: what an agent with a credential would have. */
export async function openDriver(accessUrl: string, folder: string): Promise<Execute> {
  return executeOn(await connectStraight(accessUrl, folder))
}

export async function connectStraight(accessUrl: string, folder: string): Promise<Connection> {
  const key = createPrivateKey(readFileSync(join(folder, 'keys', 'snowflake.pem'), 'utf8'))
  const token = await new SignJWT({ scp: ['session:role:AGENT_READER'] })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(tokenIssuer)
    .setAudience(snowflakeAudience)
    .setSubject('AGENT_GATEWAY')
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(key)
  return connect({
    accessUrl,
    account: 'acme-prod',
    username: 'AGENT_GATEWAY',
    authenticator: 'OAUTH',
    token,
    role: 'AGENT_READER',
    database: 'DEMO',
    schema: 'SHOP',
  })
}

/** The real driver at the gateway, with the agent's own token. */
export function connectThroughGateway(accessUrl: string, token: string): Promise<Connection> {
  return connect({ accessUrl, account: 'shop', username: 'release-bot', authenticator: 'OAUTH', token })
}

async function connect(options: ConnectionOptions): Promise<Connection> {
  const connection = snowflake.createConnection(options)
  await connection.connectAsync(() => {})
  return connection
}

export function executeOn(connection: Connection): Execute {
  return sql =>
    new Promise((resolve, reject) => {
      connection.execute({
        sqlText: sql,
        complete: (error, _statement, rows) => (error ? reject(error) : resolve(rows ?? [])),
      })
    })
}
