// What the programs in TypeScript read of a scenario; those in other languages say it in their own.

export interface Move {
  readonly kind: 'copy' | 'extract' | 'load'
  readonly from: string
  readonly to: string
}
export interface Step {
  readonly sql: string
  readonly how?: string
  readonly pageSize?: number
  readonly dryRun?: boolean
  readonly cancel?: boolean
  readonly insert?: string
  readonly load?: string
  readonly move?: Move
  /** A table whose rows are asked for without a query. */
  readonly list?: string
  /** A data set whose tables are asked for. */
  readonly tables?: string
  /** It opens a session, in which the steps after it run; or it is to end that one. */
  readonly session?: 'open' | 'end'
  /** A table that the rows go to. */
  readonly into?: string
  readonly parameters?: readonly (readonly [name: string, type: string, value: unknown])[]
}
export interface Login {
  readonly url: string
  readonly project: string
  readonly token: string
}
