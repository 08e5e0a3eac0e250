import { randomUUID } from 'node:crypto'
import type { Secret } from '#src/config/secret.ts'
import { usualParameters } from '#src/execute/snowflake-parameters.ts'
import { Unanswered } from '../until-answered.ts'
import type { WireHttp } from '../wire-http.ts'
import { callSnowflake, client, isToken } from './wire-call.ts'
import { Refusal } from './wire-errors.ts'
import { WireSession } from './wire-session.ts'

interface Login {
  readonly account: string
  readonly user: string
  readonly role: string
  readonly warehouse?: string | undefined
  readonly database?: string | undefined
  readonly schema?: string | undefined
  /** Of the session: off, nothing that is written stays without a COMMIT. */
  readonly autocommit: boolean
  /** An External OAuth token, or one that a key pair signed. */
  readonly authenticator: 'OAUTH' | 'SNOWFLAKE_JWT'
  readonly token: Secret
}

const loginMilliseconds = 30_000

/**
 * Set anew in each session, for an account or a user may have other defaults: quoted names mean what they say, others are looked for
 * in the session's schema alone, what is written stays or waits for its COMMIT, a failed statement ends no transaction, and the time
 * zone and the formats are those that drivers are told. Not those told as empty, for "as TIMESTAMP_OUTPUT_FORMAT": a login with an
 * empty format may be none.
 */
const asJudged = {
  ...Object.fromEntries(Object.entries(usualParameters).filter(([, value]) => value !== '')),
  QUOTED_IDENTIFIERS_IGNORE_CASE: false,
  SEARCH_PATH: '$current',
  TRANSACTION_ABORT_ON_ERROR: false,
}

/** Asks once: a token is good for one session. Rejects with `Refusal` or `Unanswered`. */
export async function logIn(http: WireHttp, login: Login): Promise<WireSession> {
  const names = {
    requestId: randomUUID(),
    warehouse: login.warehouse,
    databaseName: login.database,
    schemaName: login.schema,
    roleName: login.role,
  }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(names)) if (value) query.set(name, value)
  const { success, code, message, data } = await callSnowflake(http, {
    method: 'POST',
    path: `/session/v1/login-request?${query}`,
    milliseconds: loginMilliseconds,
    body: JSON.stringify({
      data: {
        ACCOUNT_NAME: login.account,
        LOGIN_NAME: login.user,
        AUTHENTICATOR: login.authenticator,
        TOKEN: login.token.reveal(),
        CLIENT_APP_ID: client.id,
        CLIENT_APP_VERSION: client.version,
        CLIENT_ENVIRONMENT: { APPLICATION: 'querywarden' },
        SESSION_PARAMETERS: {
          ...asJudged,
          AUTOCOMMIT: login.autocommit,
          CLIENT_SESSION_KEEP_ALIVE: false,
          CLIENT_TELEMETRY_ENABLED: false,
        },
      },
    }),
  })
  if (!success) throw new Refusal(code, message)
  const { token, masterToken } = data
  if (!isToken(token) || !isToken(masterToken)) throw new Unanswered('a login without a session', true)
  return new WireSession(http, { token, masterToken })
}
