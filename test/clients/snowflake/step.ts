// What the programs in TypeScript read of a scenario; those in other languages say it in their own.

type Value = string | number
export interface Step {
  readonly sql: string
  readonly binds?: Value[]
  /** The values of many rows for one statement. */
  readonly many?: Value[][]
  readonly detached?: boolean
  /** Cancelled by this client, once whoever plays the scenario ends standard input. */
  readonly cancelled?: boolean
}
export interface Login {
  readonly host: string
  readonly port: number
  readonly account: string
  readonly user: string
  readonly token: string
  readonly database?: string
  readonly timeoutSeconds?: number
}
export interface Input {
  readonly login: Login
  readonly steps: readonly Step[]
  /** Played at the same time, in a session of their own. */
  readonly beside?: readonly Step[]
}
