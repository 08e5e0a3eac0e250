import type { BigQueryConnection } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import type { Credential } from '#src/mint/minter.ts'
import { type BigQueryResults, bigqueryResults } from './bigquery-results.ts'
import { Unanswered, untilAnswered } from './until-answered.ts'
import { type HttpAnswer, WireHttp } from './wire-http.ts'

/** An answer of BigQuery that is an error, in its own words. */
export class BigQueryFailure extends Error {
  override readonly name = 'BigQueryFailure'
  readonly status: number
  /** Google's own word (`invalidQuery`, `accessDenied`, …): https://cloud.google.com/bigquery/docs/error-messages */
  readonly reason: string
  constructor(status: number, reason: string, message: string) {
    super(message.slice(0, 2000))
    this.status = status
    this.reason = reason
  }
}

export type Json = Readonly<Record<string, unknown>>

interface Call {
  /** What is undefined is left out. */
  readonly query?: Json
  readonly body?: object
  /** Absent: the connection's own. */
  readonly project?: string
  /** Ends the asking without an answer; what was inserted a moment ago is still answered. */
  readonly stop?: AbortSignal | undefined
  /** After so many milliseconds it is not sent again. */
  readonly againMilliseconds?: number
  /** Whether a refusal tells what became of earlier attempts too, which got no answer. Absent: each does. */
  readonly settles?: (refusal: unknown) => boolean
}

/** Presents one token and nothing else: no default credentials, no refresh. */
export interface BigQueryApi {
  /**
   * One request below `projects/{project}`, sent again where no answer came: only what may arrive twice, as an insert under an id of
   * its own may. Rejects with `BigQueryFailure` or `Unanswered`.
   */
  call(method: 'GET' | 'POST', path: string, options?: Call): Promise<Json>
  /** The same for `getQueryResults`, whose rows stay bytes. */
  results(path: string, options: Call): Promise<BigQueryResults>
}

export type OpenApi = (credential: Credential) => BigQueryApi

/** Before each further attempt of what got no answer. */
const defaultPauses = [50, 500, 1_000, 2_000, 4_000]
/** BigQuery itself holds a question for results for ten seconds. */
const answerMilliseconds = 60_000

/** Connections to BigQuery for all requests of one connection. The host is the configured one, whatever the environment says. */
export function bigqueryHttp(connection: BigQueryConnection, pauses: readonly number[] = defaultPauses): WireHttp {
  return new WireHttp(baseOf(connection), pauses)
}

export function bigqueryApi(http: WireHttp, connection: BigQueryConnection, { secret }: Credential): BigQueryApi {
  const { pathname } = new URL(baseOf(connection))
  const root = `${pathname.replace(/\/+$/, '')}/bigquery/v2/projects`
  const ask = <Answer>(
    method: 'GET' | 'POST',
    path: string,
    { query = {}, body, project = connection.project, stop, settles, ...call }: Call,
    read: (body: Buffer) => Answer | undefined,
  ): Promise<Answer> => {
    const request = {
      method,
      path: `${root}/${encodeURIComponent(project)}/${path}${queryString(query)}`,
      // Google's answers are packed for those only who say so here too: https://cloud.google.com/storage/docs/json_api#gzip
      headers: { authorization: `Bearer ${secret.reveal()}`, 'user-agent': 'querywarden (gzip)' },
      ...(body ? { body: JSON.stringify(body) } : {}),
      milliseconds: answerMilliseconds,
      signal: method === 'GET' ? stop : undefined,
    }
    const until = Date.now() + (call.againMilliseconds ?? Number.POSITIVE_INFINITY)
    const patience = { pauses: http.pauses, over: () => Date.now() > until, settles, stop }
    return untilAnswered(async () => answerOf(await http.send(request), read), patience)
  }
  return {
    call: (method, path, options = {}) => ask(method, path, options, jsonOf),
    results: (path, options) => ask('GET', path, options, bigqueryResults),
  }
}

function baseOf({ url = 'https://bigquery.googleapis.com' }: BigQueryConnection): string {
  return url
}

function queryString(query: Json): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value))
  return given.size === 0 ? '' : `?${given}`
}

/**
 * What is there; nothing where it is not, or not for who asked. Rejects with `warehouse_unavailable` where that is not known: a quota
 * that is used up says nothing of a table.
 */
export function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (isNotThere(error)) return undefined
    throw new GatewayError('warehouse_unavailable', { detail: 'BigQuery cannot be asked what there is' })
  })
}

/** 400 is of what can be no name. */
function isNotThere(error: unknown): boolean {
  if (!(error instanceof BigQueryFailure)) return false
  const { status, reason } = error
  return status === 400 || status === 404 || (status === 403 && reason === 'accessDenied')
}

/** Throws `BigQueryFailure` for a refusal, and `Unanswered` for what says nothing of the request: a failing service, no JSON. */
function answerOf<Answer>({ status, body }: HttpAnswer, read: (body: Buffer) => Answer | undefined): Answer {
  const given = status >= 200 && status < 300 ? read(body) : undefined
  if (given) return given
  if (status < 400 || status >= 500 || status === 408) throw new Unanswered(`HTTP ${status}`, true)
  const answer = jsonOf(body)
  const error = isObject(answer?.error) ? answer.error : {}
  const [first] = Array.isArray(error.errors) ? error.errors.filter(isObject) : []
  const reason = String(first?.reason ?? '')
  // Too many requests: that one was surely not taken.
  if (status === 429 || (status === 403 && reason === 'rateLimitExceeded'))
    throw new Unanswered(`HTTP ${status} ${reason}`.trim(), false)
  throw new BigQueryFailure(status, reason, String(first?.message ?? error.message ?? ''))
}

function jsonOf(body: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(body.toString())
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
