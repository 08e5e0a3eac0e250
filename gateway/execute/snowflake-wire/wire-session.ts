import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '#src/errors.ts'
import type { BindValue } from '#src/statement.ts'
import { Unanswered, untilAnswered } from '../until-answered.ts'
import type { WireHttp } from '../wire-http.ts'
import { wireBinds } from './wire-binds.ts'
import { type Call, callSnowflake, type Envelope, formatParameter, isToken } from './wire-call.ts'
import { Refusal } from './wire-errors.ts'
import { isQueryId, type Json, type WireAnswer, wireAnswer } from './wire-result.ts'

/** What a login answered. Secrets of this object alone. */
export interface SessionTokens {
  readonly token: string
  readonly masterToken: string
}

export interface WireStatement {
  readonly sqlText: string
  readonly binds?: readonly BindValue[]
  /** The same id names the same statement, however often it is sent: a UUID. */
  readonly requestId?: string
  readonly parameters?: Readonly<Record<string, string | number | boolean>>
  /** It is compiled, and answers with its columns; nothing runs. */
  readonly describeOnly?: true
  /** How the rows of a query are to come; JSON where absent. */
  readonly resultFormat?: 'arrow'
}

export interface Submitted {
  /** Rejects with `Refusal`, or with `Unanswered` where nobody said what became of it. */
  readonly answer: Promise<WireAnswer>
  /** Tells Snowflake to stop it, and submits it no more. */
  cancel(): void
}

/** The service answers a statement that still runs after about 45 s. */
const answerMilliseconds = 90_000
/** How long the end of a cancelled statement is waited for. */
const cancelMilliseconds = 60_000
const renewMilliseconds = 15_000
/** With the time that a submission may come late (`requireInTime`) less than what others wait for a trace of it. */
const resendMilliseconds = 20_000
const closeMilliseconds = 3_000
const inProgress = new Set(['333333', '333334'])
const expired = '390112'
/** The session ended, or its tokens are not known. */
const ended = new Set(['390101', '390104', '390110', '390111', '390113', '390114', '390115', expired])
/** Of who asks (a session, a network policy), and not of a statement: what was asked did not happen, what runs goes on. */
const ofWhoAsks = /^390\d{3}$/

/**
 * One session in Snowflake, in the protocol that its drivers speak. A request whose answer was lost is sent again with the
 * same id, which runs nothing twice; an expired session token is renewed on the way.
 */
export class WireSession {
  readonly #http: WireHttp
  readonly #renewed: (tokens: SessionTokens) => Promise<void>
  #tokens: SessionTokens
  #renewal: Promise<void> | undefined
  #gone = false
  #closing = false

  /** `renewed`: told of tokens that take the place of these, where somebody else holds them too. */
  constructor(
    http: WireHttp,
    tokens: SessionTokens,
    renewed: (tokens: SessionTokens) => Promise<void> = async () => {},
  ) {
    this.#http = http
    this.#tokens = tokens
    this.#renewed = renewed
  }

  get tokens(): SessionTokens {
    return this.#tokens
  }

  /** Snowflake has said that it knows the session no more. */
  get gone(): boolean {
    return this.#gone
  }

  submit({ sqlText, binds = [], requestId = randomUUID(), describeOnly, ...asked }: WireStatement): Submitted {
    const cancelled = new AbortController()
    const givenUp = new AbortController()
    const parameters = { ...asked.parameters, [formatParameter]: asked.resultFormat === 'arrow' ? 'ARROW' : 'JSON' }
    const bindings = binds.length > 0 ? { bindings: wireBinds(binds) } : {}
    const body = JSON.stringify({ sqlText, asyncExec: false, describeOnly, ...bindings, parameters })
    const path = `/queries/v1/query-request?requestId=${requestId}`
    const first = this.#persist('POST', path, body, cancelled.signal)
    const cancel = () => {
      cancelled.abort()
      setTimeout(() => givenUp.abort(), cancelMilliseconds).unref()
      const stop = JSON.stringify({ requestId, sqlText })
      this.#once('POST', `/queries/v1/abort-request?requestId=${randomUUID()}`, { body: stop }).catch(() => {})
    }
    return { answer: first.then(answer => this.#finished(answer, givenUp.signal)), cancel }
  }

  /** The result of an earlier statement of the same user. Rejects as a submitted one does; `stop` ends the asking. */
  async result(queryId: string, stop?: AbortSignal): Promise<WireAnswer> {
    return this.#finished(await this.#askResult(queryId, stop), stop)
  }

  /** Asked up to three times: a session that is not deleted outlives its credential by hours. Whether it is gone; never rejects. */
  async close(): Promise<boolean> {
    this.#closing = true
    for (let attempt = 1; attempt <= 3 && !this.#gone; attempt++) {
      const path = `/session?delete=true&requestId=${randomUUID()}`
      const answer = await this.#once('POST', path, { body: '{}', milliseconds: closeMilliseconds }).catch(
        () => undefined,
      )
      if (answer?.success) return true
      await sleep(200 * attempt)
    }
    return this.#gone
  }

  /** Snowflake waits for a statement as long as a request may last, and then wants to be asked again, at once. */
  async #finished(first: Envelope, givenUp?: AbortSignal): Promise<WireAnswer> {
    let answer = first
    while (answer.success && inProgress.has(answer.code)) {
      if (this.#closing || givenUp?.aborted) throw new Unanswered('given up', true)
      answer = await this.#askResult(answer.data.queryId, givenUp).catch((error: unknown) => {
        // The question did not arrive; the statement itself did.
        throw error instanceof Unanswered ? new Unanswered(error.message, true) : error
      })
    }
    const { success, code, message, data } = answer
    if (success) return wireAnswer(data)
    // A refusal of Snowflake's has a number; without one it says nothing of the statement.
    throw code === '' ? new Unanswered('no answer of Snowflake', true) : new Refusal(code, message, refused(data))
  }

  /** Rows of another statement would be masked as those of this one. */
  async #askResult(queryId: unknown, stop: AbortSignal | undefined): Promise<Envelope> {
    const answer = await this.#persist('GET', resultPath(queryId), undefined, stop)
    if (answer.success && answer.data.queryId !== queryId) throw new Unanswered('a result of another statement', true)
    return answer
  }

  /** Until there is an answer, or no more is sent. A question is broken off by `stop`; what may run is not. */
  #persist(method: 'GET' | 'POST', path: string, body?: string, stop?: AbortSignal): Promise<Envelope> {
    const startedAt = Date.now()
    const late = () => method === 'POST' && Date.now() - startedAt > resendMilliseconds
    const send = async (attempt: number) => {
      requireNot(late)
      const again = method === 'GET' || attempt === 0 ? '' : `&clientStartTime=${startedAt}&retryCount=${attempt}`
      const signal = method === 'GET' ? stop : undefined
      return this.#once(method, `${path}${again}`, { body, signal }, late)
    }
    return untilAnswered(send, { pauses: this.#http.pauses, over: () => this.#gone || this.#closing || late(), stop })
  }

  /** Rejects with `Unanswered`. A request that an expired token was refused for did nothing, and is sent again. */
  async #once(
    method: 'GET' | 'POST',
    path: string,
    call: Partial<Pick<Call, 'body' | 'milliseconds' | 'signal'>>,
    late = () => false,
  ): Promise<Envelope> {
    const { token } = this.#tokens
    const send = (as: string) =>
      callSnowflake(this.#http, { milliseconds: answerMilliseconds, ...call, method, path, token: as })
    let answer = await send(token)
    if (answer.code === expired) {
      await this.#renew(token)
      requireNot(late)
      answer = await send(this.#tokens.token)
    }
    if (answer.success || !ofWhoAsks.test(answer.code)) return answer
    this.#gone ||= ended.has(answer.code)
    throw new Unanswered(`Snowflake ${answer.code}`, false)
  }

  /** Once for all requests that found the same token expired. */
  async #renew(token: string): Promise<void> {
    if (this.#tokens.token !== token) return
    this.#renewal ??= this.#askNewToken().finally(() => {
      this.#renewal = undefined
    })
    await this.#renewal.catch((error: unknown) => {
      // What was asked for was refused for its token: it did not happen, whatever became of the renewal.
      throw new Unanswered(error instanceof Error ? error.message : 'renewal', false)
    })
  }

  async #askNewToken(): Promise<void> {
    const { token: oldSessionToken, masterToken } = this.#tokens
    const { success, code, data } = await callSnowflake(this.#http, {
      method: 'POST',
      path: `/session/token-request?requestId=${randomUUID()}`,
      body: JSON.stringify({ oldSessionToken, requestType: 'RENEW' }),
      token: masterToken,
      milliseconds: renewMilliseconds,
    })
    const { sessionToken, masterToken: newMaster = masterToken } = data
    if (success && isToken(sessionToken) && isToken(newMaster)) {
      this.#tokens = { token: sessionToken, masterToken: newMaster }
      await this.#renewed(this.#tokens)
      return
    }
    this.#gone = true
    throw new Unanswered(`Snowflake ${code} at renewal`, false)
  }
}

function refused({ sqlState, queryId }: Json) {
  return { ...(typeof sqlState === 'string' ? { sqlState } : {}), ...(isQueryId(queryId) ? { queryId } : {}) }
}

function requireNot(late: () => boolean): void {
  if (late()) throw new Unanswered('not sent again', false)
}

function resultPath(queryId: unknown): string {
  if (isQueryId(queryId)) return `/queries/${queryId}/result`
  throw new GatewayError('outcome_unknown', { detail: 'Snowflake named no statement' })
}
