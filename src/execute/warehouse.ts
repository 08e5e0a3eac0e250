import type { Catalog, CatalogObjects } from '../classify/catalog.ts'
import type { Classification } from '../classify/classification.ts'
import type { Estimate } from '../decide/decision.ts'
import type { GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import type { Credential } from '../mint/minter.ts'
import type { Dialect, SessionId, Statement } from '../statement.ts'
import type { WirePage } from './wire-page.ts'

/** A value as JSON can carry it without loss: integers beyond 2^53 and decimals are strings. */
export type Cell = null | boolean | number | string | readonly Cell[] | { readonly [key: string]: Cell }

/**
 * A column's type as the warehouse declared it beside the result, in its own words and units: for doors that answer in the
 * warehouse's protocol. Says nothing of masks: whether NULL may stand there is the column's `nullable`.
 */
export interface WireType {
  /** Snowflake's `type` (`fixed`, `timestamp_ntz`), BigQuery's `type` (`INTEGER`, `RECORD`). */
  readonly type: string
  readonly precision?: number
  readonly scale?: number
  /** At most so many characters, or bytes of a binary. */
  readonly length?: number
  readonly byteLength?: number
  /** A list of such values (BigQuery's mode `REPEATED`). */
  readonly repeated?: true
  /** Of a range (BigQuery's `RANGE`): the type of its bounds. */
  readonly element?: string
  /** What a structured type is made of, in order. */
  readonly fields?: readonly WireField[]
}

export interface WireField extends WireType {
  readonly name: string
  readonly nullable: boolean
}

/** What a mask has to keep: drivers read each in their own way, and only a `string` may be any text. */
export const columnTypes = [
  'string',
  'number',
  'boolean',
  'date',
  'time',
  'timestamp',
  'interval',
  'range',
  'binary',
  'json',
  'geography',
] as const

/** `warehouseType` is the warehouse's own word. */
export interface Column {
  readonly name: string
  readonly type: (typeof columnTypes)[number]
  readonly warehouseType: string
  readonly nullable: boolean
  /** Absent where a result was recorded before it was kept. */
  readonly wire?: WireType
}

/** Rows straight from a warehouse: unmasked. Only `mask` may turn it into something a door can send. */
export type RawPage = WirePage

export interface Execution {
  /** The warehouse's own id for the statement. */
  readonly warehouseId: string
  readonly columns: readonly Column[]
  /** One page at a time, at most 4,000 rows or about 1 MiB. Pulling is what makes the warehouse deliver. */
  readonly pages: AsyncIterable<RawPage>
  /** Rows written, for DML; known before `pages` is read. */
  readonly affectedRows?: number
  readonly bytesScanned?: number
  /** What the warehouse charges for it, by the configured price; as `Estimate.cost`. */
  readonly cost?: number
  /** How to undo a write, in the warehouse's own SQL, where it can be said. */
  readonly wayBack?: string
}

/** What the warehouse says when asked for a statement by our own id. */
export type Found =
  | { readonly state: 'absent' }
  | { readonly state: 'running'; readonly warehouseId: string }
  | {
      readonly state: 'done'
      readonly warehouseId: string
      readonly execution?: Execution
      readonly affectedRows?: number
    }
  | {
      readonly state: 'failed'
      readonly warehouseId: string
      /** As `execute` would have rejected. */
      readonly error: GatewayError
    }

/** What a warehouse knows of its own objects. */
export interface WarehouseCatalog extends Catalog {
  /** As `objects`, asked anew instead of remembered; what it answers is what is remembered. */
  fresh(names: readonly string[]): Promise<CatalogObjects>
  /** They may be others now; what a schema or a database holds is named `SCHEMA.*`. */
  forget(names: readonly string[]): void
}

export interface BrowsedName {
  readonly name: string
  /** The warehouse's own word for what it is. */
  readonly type: string
}

export interface BrowsedTable extends Pick<BrowsedName, 'type'> {
  readonly columns: readonly Column[]
  /** How its rows are laid out, in the warehouse's own words. */
  readonly layout: Readonly<Record<string, unknown>>
}

/** What there is in the connection's own database, for the reader role: names in order, bounded; nothing of what it may not see. */
export interface Browse {
  schemas(): Promise<readonly string[]>
  tables(schema: string): Promise<readonly BrowsedName[]>
  columns(schema: string, table: string): Promise<BrowsedTable | undefined>
}

/** The warehouse's own session of a `PinnedSession`: it outlives its statements, for any gateway to go on in. */
export interface KeptSession {
  /** By the warehouse: nobody else reads it. */
  readonly sealed: string
  /** Keeps what takes its place. Rejects with `transaction_over` where that is of no use any more. */
  changed(sealed: string): Promise<void>
  /** See `stillClaimed`: to be called when what is asked in the session before the statement is answered. */
  stillClaimed(): Promise<Credential>
}

/** The statement that runs in a kept session, and what it runs with. */
export interface InSession {
  readonly kept: KeptSession
  readonly authorized: Authorized
  readonly credential: Credential
}

/** What only the session of temporary tables can tell of them. Each rejects with `transaction_over` where that is gone. */
export interface TemporaryLookUps {
  /** Whether something permanent of this full name is there for its role. */
  exists(within: InSession, table: string): Promise<boolean>
  /** Of the table that the statement has created. */
  columns(within: InSession, table: string): Promise<readonly Column[]>
  /** As `Warehouse.tables`, of the query `sql` of the statement. */
  reads(within: InSession, sql: string): Promise<readonly string[] | undefined>
}

/** Makes and ends the warehouse's side of pinned sessions: one transaction each, or temporary tables. */
export interface PinnedSessions extends TemporaryLookUps {
  /** A statement that fails in a transaction takes all of it back. */
  readonly failureEnds: boolean
  /** Opens one, and begins its transaction where it is for one. Rejects with `warehouse_unavailable`: nothing of the agent's ran. */
  begin(authorized: Authorized, credential: Credential): Promise<string>
  /** Ends it, and rolls back what was not committed. False where nobody can open it any more; rejects where it is to be asked again. */
  end(sealed: string): Promise<boolean>
}

/** The port of the sixth stage. One for each connection. */
export interface Warehouse {
  readonly dialect: Dialect
  /** Whether a second submission under the same id is refused or attached to by the warehouse itself. */
  readonly idempotentSubmit: boolean
  /** The role that estimates and looks up columns: may read, nothing else. */
  readonly catalog: WarehouseCatalog
  /** Absent where nobody looks around. */
  readonly browse?: Browse
  /**
   * EXPLAIN or dry run, before the decision. Runs nothing of the agent's. Resolves to `{}` where nothing can be said;
   * rejects with `NotCompiled` where the warehouse already knows that the statement cannot run, which is `not_permitted` where
   * an object is not there for the reader.
   */
  estimate(statement: Statement, classification: Classification): Promise<Estimate>
  /**
   * Base tables that the warehouse would read for this statement, as `estimate` says them, remembered for the same statement
   * over the same schema. Resolves to `undefined` where it does not say; rejects as `estimate` does.
   */
  tables(statement: Statement, classification: Classification): Promise<readonly string[] | undefined>
  /**
   * Rejects with `NotCompiled` where the warehouse does not compile a text. Runs nothing; not asked of what `mayBeCompiled` does
   * not let through.
   */
  compile(statement: Statement): Promise<void>
  /** Columns that a query would answer with. Runs nothing; rejects as `estimate` does. Absent where no door asks. */
  describe?(statement: Statement): Promise<readonly Column[]>
  /**
   * Submits the statement's exact text once, under an id derived from the session id, with the decision's limits.
   * Rejects with `warehouse_error` (message: the warehouse's own, which the pipeline hides where sensitive columns are
   * touched), `limit_exceeded`, `warehouse_unavailable` (surely not submitted), `outcome_unknown` (may have run), and with what
   * `requireInTime` throws just before it would submit.
   * Aborting `signal` cancels it in the warehouse. With `session`, in there and nowhere else, or rejects with `transaction_over`.
   */
  execute(
    authorized: Authorized,
    credential: Credential,
    signal: AbortSignal,
    session?: KeptSession,
  ): Promise<Execution>
  /** Absent where no door has transactions over several statements, or temporary tables. */
  readonly pinnedSessions?: PinnedSessions
  /** Asks for the statement by the id that `execute` derives from the session id. `sealed`: the kept session that it ran in, if any. */
  find(authorized: Authorized, credential: Credential, sealed?: string): Promise<Found>
  /** Asks the warehouse to end what `find` found running; only another `find` says whether it did. `sealed` as there. */
  cancel(authorized: Authorized, credential: Credential, warehouseId: string, sealed?: string): Promise<void>
  /** The id that `execute` submits under: for the record, before submission. */
  submitId(id: SessionId): string
  close(): Promise<void>
}
