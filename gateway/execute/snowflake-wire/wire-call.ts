import { freeBytes } from '#src/free-bytes.ts'
import { Unanswered } from '../until-answered.ts'
import type { HttpRequest, WireHttp } from '../wire-http.ts'
import { isJson, type Json } from './wire-result.ts'

/** What every answer of the service is wrapped in; `code` is empty where it says none. */
export interface Envelope {
  readonly success: boolean
  readonly code: string
  readonly message: string
  readonly data: Json
}

export interface Call extends Pick<HttpRequest, 'method' | 'path' | 'milliseconds' | 'signal'> {
  readonly body?: string | undefined
  /** Absent at login. */
  readonly token?: string
}

/** Which formats of rows there are follows the client that logged in. This one chooses with a parameter of its own. */
export const client = { id: 'PythonConnector', version: '4.8.1' } as const
export const formatParameter = 'PYTHON_CONNECTOR_QUERY_RESULT_FORMAT'

/** One request and its answer, a refusal included. Rejects with `Unanswered` where none of Snowflake's own came. */
export async function callSnowflake(http: WireHttp, { token, body, ...call }: Call): Promise<Envelope> {
  const headers = {
    accept: 'application/snowflake',
    'user-agent': `${client.id}/${client.version} (querywarden)`,
    ...(token === undefined ? {} : { authorization: `Snowflake Token="${token}"` }),
  }
  const answer = await http.send({ ...call, headers, ...(body === undefined ? {} : { body }) })
  if (answer.status !== 200) throw new Unanswered(`HTTP ${answer.status}`, true)
  return envelope(answer.body)
}

function envelope(body: Buffer): Envelope {
  let answer: unknown
  try {
    const text = body.toString()
    freeBytes(body)
    answer = JSON.parse(text)
  } catch {
    throw new Unanswered('no JSON', true)
  }
  if (!isJson(answer) || typeof answer.success !== 'boolean') throw new Unanswered('no answer of Snowflake', true)
  const { success, code, message, data } = answer
  return {
    success,
    code: typeof code === 'string' ? code.slice(0, 10) : '',
    message: typeof message === 'string' ? message : '',
    data: isJson(data) ? data : {},
  }
}

/** Stands in a quoted header. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21\x23-\x7e]{8,8192}$/.test(value)
}
