import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import snowflake, {
  type Connection,
  type ConnectionOptions,
  type RowStatement,
  type StatementOption,
} from 'snowflake-sdk'
import type { FakeSnowflakeOptions } from './fake-snowflake.ts'

snowflake.configure({ logLevel: 'OFF', disableOCSPChecks: true })

const pem = (options = { modulusLength: 2048 }) =>
  generateKeyPairSync('rsa', {
    ...options,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })

const issuer = 'https://gateway.example'
const audience = 'https://fakeacct.snowflakecomputing.example'
const gatewayKey = pem()
export const nextKey = pem()
export const strangerKey = pem()
export const userKey = pem()

/** Two roles, one agent, and an administrator's monitor: what most tests need. */
export const standardOptions: FakeSnowflakeOptions = {
  customers: 500,
  orders: 10_000,
  users: {
    AGENT_1: {
      roles: ['AGENT_READER', 'AGENT_WRITER', 'OPERATOR'],
      defaultRole: 'AGENT_READER',
      publicKeys: [userKey.publicKey],
    },
    AGENT_2: { roles: ['AGENT_READER'] },
  },
  roles: {
    AGENT_READER: { select: ['DEMO.SHOP.*'] },
    AGENT_WRITER: { select: ['DEMO.SHOP.*'], write: ['DEMO.SHOP.*'], create: ['DEMO.PUBLIC'] },
    OPERATOR: { select: ['DEMO.SHOP.*'], own: ['DEMO.SHOP.*'], create: ['DEMO.SHOP'], monitor: true, administer: true },
  },
  integration: {
    issuer,
    audience: [audience],
    publicKeys: [gatewayKey.publicKey, nextKey.publicKey],
    allowedRoles: ['AGENT_READER', 'AGENT_WRITER', 'OPERATOR'],
    maxTokenSeconds: 60,
  },
}

export interface TokenChanges {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly alg?: string
  readonly privateKey?: string
}

/** A token as the gateway mints it, or with something wrong. */
export async function mint(
  role: string,
  { claims, alg = 'RS256', privateKey = gatewayKey.privateKey }: TokenChanges = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1_000)
  const payload = {
    iss: issuer,
    aud: audience,
    sub: 'agent_1',
    iat: now,
    exp: now + 60,
    jti: randomUUID(),
    scp: [`session:role:${role}`],
    ...claims,
  }
  const key = alg.startsWith('HS') ? Buffer.from(gatewayKey.publicKey) : createPrivateKey(privateKey)
  return new SignJWT(payload).setProtectedHeader({ alg }).sign(key)
}

export function connectWith(url: string, options: Partial<ConnectionOptions>): Promise<Connection> {
  const connection = snowflake.createConnection({
    accessUrl: url,
    account: 'FAKEACCT',
    username: 'agent_1',
    authenticator: 'OAUTH',
    warehouse: 'AGENT_WH',
    database: 'DEMO',
    schema: 'SHOP',
    ...options,
  })
  return new Promise((resolve, reject) =>
    connection.connect((error, connected) => (error ? reject(error) : resolve(connected))),
  )
}

export async function connect(url: string, role = 'AGENT_READER'): Promise<Connection> {
  return connectWith(url, { token: await mint(role), role })
}

interface Answer {
  readonly statement: RowStatement
  readonly rows: readonly Record<string, unknown>[]
}

export function run(connection: Connection, sqlText: string, options: Partial<StatementOption> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    connection.execute({
      ...options,
      sqlText,
      complete: (error, statement, rows) =>
        error ? reject(error) : resolve({ statement: statement as RowStatement, rows: rows ?? [] }),
    })
  })
}

/** The fields of an answer's `data` that tests look at. */
export interface RawData {
  readonly token: string
  readonly queryId: string
  readonly rowtype: readonly { readonly name: string; readonly table: string }[]
  readonly queryResultFormat: string
  readonly rowset?: readonly (readonly (string | null)[])[]
  readonly rowsetBase64?: string
  readonly chunks: readonly { readonly url: string; readonly rowCount: number }[]
  readonly chunkHeaders: Readonly<Record<string, string>>
  readonly getResultUrl?: string
}

interface RawAnswer {
  readonly code: string | null
  readonly data: RawData
}

/** One call without the driver; without a body, a question. */
async function call(url: string, path: string, body?: unknown, token?: string): Promise<RawAnswer> {
  const headers = {
    'Content-Type': 'application/json',
    ...(token === undefined ? {} : { Authorization: `Snowflake Token="${token}"` }),
  }
  const sent = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
  const reply = await fetch(`${url}${path}`, sent)
  return (await reply.json()) as RawAnswer
}

/** Logs in and runs one statement without the driver; resolves to the answer, once it is there, as it is on the wire. */
export async function answerOnTheWire(
  url: string,
  sqlText: string,
  { client, parameters }: { readonly client?: string; readonly parameters?: object } = {},
): Promise<RawAnswer> {
  const proof = { AUTHENTICATOR: 'OAUTH', TOKEN: await mint('AGENT_READER'), LOGIN_NAME: 'agent_1' }
  const login = { data: { ...proof, CLIENT_APP_ID: client } }
  const { data } = await call(
    url,
    '/session/v1/login-request?roleName=AGENT_READER&databaseName=DEMO&schemaName=SHOP',
    login,
  )
  let answer = await call(
    url,
    `/queries/v1/query-request?requestId=${randomUUID()}`,
    { sqlText, parameters },
    data.token,
  )
  while (answer.data.getResultUrl) answer = await call(url, answer.data.getResultUrl, undefined, data.token)
  return answer
}
