import type { Authenticator } from './authenticate/authenticator.ts'
import type { DriverSessions } from './authenticate/driver-sessions.ts'
import type { Classifier } from './classify/classification.ts'
import type { Clock } from './clock.ts'
import type { Problem } from './config/problem.ts'
import type { Secret } from './config/secret.ts'
import type { Policy } from './decide/decision.ts'
import type { Verification } from './decide/warehouse-reading.ts'
import type { Warehouse } from './execute/warehouse.ts'
import type { HoldStore } from './hold/hold-store.ts'
import type { ReviewVerifier } from './hold/seal.ts'
import type { Minter } from './mint/minter.ts'
import type { FindPerson } from './principal.ts'
import type { RecordStore } from './record/record-store.ts'
import type { RecordingStore } from './record/recording-store.ts'
import type { SessionId } from './statement.ts'

/** A configured warehouse, as agents name it. */
export interface Connection {
  readonly name: string
  readonly warehouse: Warehouse
  readonly verify: Verification
  readonly database?: string
  readonly schema?: string
  /** Of Snowflake: what drivers call the account, and the virtual warehouse that statements run on. */
  readonly account?: string
  readonly virtualWarehouse?: string
  /** Of BigQuery: where the data lies. */
  readonly location?: string
}

/** All that a line of the gateway's log may hold: never SQL, values or secrets. */
export interface LogFields {
  readonly session?: string
  readonly hold?: string
  readonly transaction?: string
  readonly code?: string
  readonly detail?: string | undefined
  readonly method?: string
  readonly route?: string | undefined
  /** `Person.id`s. */
  readonly person?: string
  readonly reviewer?: string
  /** Of a Slack account, and who links it. */
  readonly team?: string
  readonly user?: string
  readonly by?: 'claim'
  readonly verdict?: string
  /** How many holds. */
  readonly rebuilt?: number
  readonly url?: string
  readonly gateway?: string
  readonly signal?: string
  readonly problems?: readonly Problem[]
  /** By their paths in the configuration. */
  readonly settings?: readonly string[]
}

export interface Log {
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/**
 * Everything the journey calls. Only `gateway/gateway.ts` and tests build one. What can change while the gateway runs (policy,
 * people, keys) is asked for at every use.
 */
export interface Ports {
  /** Unique for each start of a gateway process: the holder of claims. */
  readonly gateway: string
  readonly clock: Clock
  readonly log: Log
  readonly authenticator: Authenticator
  readonly driverSessions: DriverSessions
  readonly classifier: Classifier
  readonly policy: () => Policy
  readonly person: FindPerson
  readonly connection: (name: string) => Connection | undefined
  readonly connections: () => readonly Connection[]
  readonly holds: HoldStore
  readonly holdKey: Secret
  readonly reviews: () => ReviewVerifier
  readonly records: RecordStore
  readonly recordings: RecordingStore
  readonly minter: Minter
  readonly maskKey: () => Secret
  /** Sessions that this process is running now, each with what ends it; settling leaves them alone. */
  readonly running: Map<SessionId, AbortController>
  readonly limits: () => {
    readonly sqlBytes: number
    /** Statements of one principal that may wait for people at once. */
    readonly pending: number
    /** Of one principal that may be open at once. */
    readonly transactions: number
    /** How long nothing may come in one before it is rolled back. */
    readonly transactionIdleMilliseconds: number
  }
}
