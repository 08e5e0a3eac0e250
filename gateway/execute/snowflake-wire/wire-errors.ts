/** Snowflake's answer is no, in its own words. The rest of such an answer may hold tokens and values, and is not kept. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** Six digits. */
  readonly code: string
  readonly sqlState: string
  readonly queryId: string | undefined

  constructor(code: string, message: string, { sqlState = '', queryId }: { sqlState?: string; queryId?: string } = {}) {
    super(message)
    this.code = code.padStart(6, '0')
    this.sqlState = sqlState
    this.queryId = queryId
  }
}
