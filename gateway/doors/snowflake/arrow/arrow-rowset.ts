import { ArrowWriter } from '#src/execute/arrow/arrow-stream.ts'
import type { Rowset } from '../chunks.ts'
import type { RowtypeEntry } from '../rowtype.ts'
import { arrowColumn, hasArrowForm } from './arrow-column.ts'

export function readsAsArrow(rowtype: readonly RowtypeEntry[]): boolean {
  return rowtype.every(hasArrowForm)
}

/**
 * Rows as an Arrow IPC stream of one batch, in the types by which Snowflake's drivers tell what they read; no bytes for no
 * rows, where drivers make up an empty table themselves. Rejects with `result_shape` where a cell is no value of its column.
 */
export function arrowRowset(rowtype: readonly RowtypeEntry[], rows: Rowset): Buffer {
  if (rows.length === 0) return Buffer.alloc(0)
  const columns = rowtype.map((entry, at) =>
    arrowColumn(
      entry,
      rows.map(row => row[at] ?? null),
    ),
  )
  const fields = columns.map(({ field }) => field)
  const vectors = columns.map(({ vector }) => vector)
  return Buffer.concat(new ArrowWriter(fields).stream([{ rows: rows.length, columns: vectors }]))
}
