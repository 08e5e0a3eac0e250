import { readArrowStream, writeArrowStream } from '../../execute/arrow/arrow-stream.ts'
import { malformed } from '../../execute/json-bytes.ts'
import type { WireMask } from '../wire-mask.ts'
import { columnMasker } from './column-masker.ts'
import { Constants } from './constants.ts'

/** How one column of the result leaves. */
export interface ArrowColumn {
  /** Under which it leaves. */
  readonly name: string
  readonly mask: WireMask | null
}

export interface MaskedArrow {
  readonly rows: number
  /** The stream, to be sent one after the other, never written to: what nothing touched is the input's own bytes. */
  readonly pieces: readonly Uint8Array[]
}

/**
 * A page of an Arrow result (an IPC stream of one schema and record batches, with its end marker) with its columns masked.
 * Column by column: a column without a mask is never looked at. The schema and all that tells where values stand are written
 * anew from what is known of them. The masks read and write numbers, dates and times as the cells of a result do.
 * `constants` may be kept from page to page, which saves making them anew. Rejects with `result_shape` what is not exactly
 * that: dictionaries, compressed bodies and types that are not known here too.
 */
export function maskArrowStream(
  stream: Uint8Array,
  columns: readonly ArrowColumn[],
  constants = new Constants(),
): MaskedArrow {
  const { fields, batches } = readArrowStream(stream)
  if (fields.length !== columns.length) throw malformed(`${fields.length} columns, planned ${columns.length}`)
  const maskers = fields.map((field, at) => {
    const { name, mask } = columns[at] ?? { name: '', mask: null }
    return columnMasker({ ...field, name }, mask, constants)
  })
  let rows = 0
  function* masked() {
    for (const batch of batches) {
      rows += batch.rows
      yield { ...batch, columns: batch.columns.map((vector, at) => maskers[at]?.mask(vector) ?? vector) }
    }
  }
  const pieces = writeArrowStream({ fields: maskers.map(({ field }) => field), batches: masked() })
  return { rows, pieces }
}
