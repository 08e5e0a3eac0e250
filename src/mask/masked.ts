import type { DetectorName, MaskKind } from '../decide/decision.ts'
import type { Column } from '../execute/warehouse.ts'
import type { WireForm, WirePage } from '../execute/wire-page.ts'
import type { Stage } from '../stage.ts'

/** How one output column leaves. */
export interface ColumnMask {
  readonly column: string
  readonly mask: MaskKind
  /** The class of the policy's `sensitive` entry, and why: `lineage`, `name`, `unknown lineage`. */
  readonly class: string
  readonly because: 'lineage' | 'name' | 'unknown_lineage'
}

/** What a detector found in a column that leaves as it is: a hint that the column wants an entry under `sensitive`. */
export interface Detected {
  readonly column: string
  readonly detector: DetectorName
  /** Cells that it was found and masked in. */
  readonly cells: number
}

/** By position: one entry for each output column, `null` where it leaves as it is. */
export type MaskPlan = readonly (ColumnMask | null)[]

/** The only rows a door can send, a recording can hold, a card can show. Only `mask.ts` makes one; `record-result.ts` reads it back. */
export type MaskedPage = Stage<WirePage, 'masked'>

export interface MaskedResult {
  readonly columns: readonly Column[]
  readonly masks: MaskPlan
  readonly pages: AsyncIterable<MaskedPage>
  /** In the pages that were pulled so far. */
  readonly detected: () => readonly Detected[]
  /** Pages that are kept in memory for the answer are read back from now on. */
  readonly letGo?: () => void
}

/** A recorded result, for doors that hand it out in parts. */
export interface RecordedPages {
  /** Of all of its pages; absent where there is none. */
  readonly form: WireForm | undefined
  /** Rows of each page, in order. */
  readonly rows: readonly number[]
  /** Of all pages; infinite where that is not known. */
  readonly bytes: number
  /** Pages from this one on (from 0), read back one at a time. Rejects where one is gone or was changed. */
  from(page: number): AsyncIterable<MaskedPage>
}
