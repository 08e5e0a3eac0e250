import type { Result } from './result.ts'
import type { ParameterValue, Session } from './session.ts'
import { canceled, expiredResult, type SnowflakeError, timedOut } from './snowflake-error.ts'

type Outcome = { readonly result: Result } | { readonly error: SnowflakeError }

export type ExecutionStatus = 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILED_WITH_ERROR' | 'ABORTED'

/** One submitted statement: what was received, and what became of it. */
export class Statement {
  readonly queryId: string
  readonly requestId: string
  /** Exactly as received. */
  readonly sqlText: string
  readonly queryTag: string
  readonly session: Session
  readonly bindings: unknown
  readonly parameters: ReadonlyMap<string, ParameterValue>
  readonly describeOnly: boolean
  readonly receivedAt: number
  /** Requests that carried this request id, retries included. */
  requests = 1
  /** How often it was handed to the database. More than once is a fault of this server. */
  executions = 0
  startedAt: number | undefined
  endedAt: number | undefined
  status: ExecutionStatus = 'QUEUED'
  outcome: Outcome | undefined
  /** Rows returned or written. */
  rowsProduced: number | undefined
  readonly done: Promise<Outcome>
  readonly #settle: (outcome: Outcome) => void
  readonly #stop = new AbortController()

  constructor(
    facts: Pick<
      Statement,
      | 'queryId'
      | 'requestId'
      | 'sqlText'
      | 'queryTag'
      | 'session'
      | 'bindings'
      | 'parameters'
      | 'describeOnly'
      | 'receivedAt'
    >,
  ) {
    this.queryId = facts.queryId
    this.requestId = facts.requestId
    this.sqlText = facts.sqlText
    this.queryTag = facts.queryTag
    this.session = facts.session
    this.bindings = facts.bindings
    this.parameters = facts.parameters
    this.describeOnly = facts.describeOnly
    this.receivedAt = facts.receivedAt
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.done = promise
    this.#settle = resolve
  }

  /** Aborted when the statement must stop; the reason is the error to answer with. */
  get stop(): AbortSignal {
    return this.#stop.signal
  }

  cancel(): boolean {
    if (this.outcome !== undefined) return false
    this.#stop.abort(canceled())
    return true
  }

  timeOut(seconds: number): void {
    this.#stop.abort(timedOut(seconds))
  }

  settle(outcome: Outcome, at: number): void {
    if (this.outcome !== undefined) return
    this.outcome = outcome
    this.endedAt = at
    if ('result' in outcome) {
      const { counts, data } = outcome.result
      const written = (counts?.numRowsInserted ?? 0) + (counts?.numRowsUpdated ?? 0) + (counts?.numRowsDeleted ?? 0)
      this.rowsProduced = counts === undefined ? data.rowCount : written
      this.status = 'SUCCESS'
    } else this.status = outcome.error.code === '000604' ? 'ABORTED' : 'FAILED_WITH_ERROR'
    this.#settle(outcome)
  }

  /** Gives the memory of a result back. */
  forgetResult(): void {
    if (this.outcome !== undefined && 'result' in this.outcome) this.outcome = { error: expiredResult() }
  }
}
