import type { Cell, Column } from './warehouse.ts'

/**
 * How the rows of a page are written, which is how the warehouse itself wrote them. The first two are JSON in UTF-8 that begins
 * and ends with the bracket of its list.
 *
 * - `snowflake-rowset`: `[["a",null],…]`
 * - `bigquery-rows`: `[{"f":[{"v":"a"},…]},…]`, instants in microseconds
 * - `snowflake-arrow`: an IPC stream of record batches, with its schema and its end
 */
export type WireForm = 'snowflake-rowset' | 'bigquery-rows' | 'snowflake-arrow'
export type JsonForm = Exclude<WireForm, 'snowflake-arrow'>

/** Some rows of a result, in order. Who needs cells reads them (`pageCells`); whoever passes them on does not. */
export interface WirePage {
  readonly form: WireForm
  readonly rows: number
  /** Its bytes, to be sent one piece after the other, never written to. */
  readonly pieces: readonly Uint8Array[]
  /** Gives its memory back at once: for whoever is the last to read it. Absent where the engine sees to it. */
  readonly free?: () => void
}

/** How a form writes the values of one column; never used for a null. */
export interface WireCodec {
  readonly read: (text: string) => Cell
  /** Null where the type has no such value. */
  readonly write: (value: Exclude<Cell, null>) => string | null
}

/** Made once for each column of a result. */
export type CodecOf = (column: Column) => WireCodec
