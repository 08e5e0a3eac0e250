import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import snowflake from 'snowflake-sdk'
import { snowflakeAudience, tokenIssuer } from '#test/stand/warehouses.ts'

snowflake.configure({ logLevel: 'OFF', disableOCSPChecks: true })

/** The real driver, logged in with a token that the stand's key signed: what an agent with a credential would have. */
export async function openDriver(accessUrl: string, folder: string): Promise<(sql: string) => Promise<unknown[]>> {
  const key = createPrivateKey(readFileSync(join(folder, 'keys', 'snowflake.pem'), 'utf8'))
  const token = await new SignJWT({ scp: ['session:role:AGENT_READER'] })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(tokenIssuer)
    .setAudience(snowflakeAudience)
    .setSubject('AGENT_GATEWAY')
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(key)
  const connection = snowflake.createConnection({
    accessUrl,
    account: 'acme-prod',
    username: 'AGENT_GATEWAY',
    authenticator: 'OAUTH',
    token,
    role: 'AGENT_READER',
    database: 'DEMO',
    schema: 'SHOP',
  })
  await connection.connectAsync(() => {})
  return sql =>
    new Promise((resolve, reject) => {
      connection.execute({
        sqlText: sql,
        complete: (error, _statement, rows) => (error ? reject(error) : resolve(rows ?? [])),
      })
    })
}
