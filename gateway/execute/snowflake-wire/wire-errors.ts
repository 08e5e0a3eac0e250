/** Snowflake's answer is no, in its own words. The rest of such an answer may hold tokens and values, and is not kept. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** Six digits. */
  readonly code: string
  readonly queryId: string | undefined

  constructor(code: string, message: string, queryId?: string) {
    super(message)
    this.code = code.padStart(6, '0')
    this.queryId = queryId
  }
}

/** No answer came that says what became of the request. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered'
  /** Whether Snowflake may have received it: false where no connection came about, or the session was refused. */
  readonly mayHaveArrived: boolean

  /** `cause` is a code, never what a server said. */
  constructor(cause: string, mayHaveArrived: boolean) {
    super(cause)
    this.mayHaveArrived = mayHaveArrived
  }
}
