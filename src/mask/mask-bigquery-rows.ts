import {
  expectByte,
  expectEnd,
  listEnd,
  malformed,
  skipSpace,
  spaceEnd,
  textEnd,
  valueEnd,
} from '../execute/json-bytes.ts'
import { brace, braceEnd, bracket, bracketEnd, fName, memberStart, vName } from './bigquery-parts.ts'
import type { FieldMask } from './field-mask.ts'
import { JsonPage } from './json-page.ts'

const comma = 0x2c

/**
 * The `rows` of a page of BigQuery, by their bytes: `[{"f":[{"v":"a"},…]},…]`. `masks` by position, of the outermost fields;
 * what a RECORD or a REPEATED field holds is masked whole, by its parts, or looked through by detectors. The rest is copied as it is.
 * Rejects with `result_shape` what is not exactly that, or has a row of another width.
 */
export function maskBigqueryRows(page: Uint8Array, masks: readonly (FieldMask | null)[]): Uint8Array {
  const rows = new JsonPage(page, masks)
  const { bytes } = rows
  const row = (at: number) => {
    const end = rowEnd(bytes, at, rows.cells)
    rows.maskRow()
    return end
  }
  const start = spaceEnd(bytes, 0)
  if (bytes[start] !== bracket) throw malformed('no list of rows')
  expectEnd(bytes, listEnd(bytes, start, bracketEnd, row))
  return rows.finish()
}

/** Notes where each cell begins and ends. It does nothing else, because the engine keeps only small loops fast. */
function rowEnd(bytes: Uint8Array, at: number, cells: Int32Array): number {
  let next = expectByte(bytes, memberStart(bytes, at, fName), bracket)
  for (let cell = 0; cell < cells.length; cell += 2) {
    if (cell > 0) next = expectByte(bytes, next, comma)
    const start = memberStart(bytes, next, vName)
    const end = cellEnd(bytes, start)
    cells[cell] = start
    cells[cell + 1] = end
    next = expectByte(bytes, skipSpace(bytes, end), braceEnd)
  }
  const end = expectByte(bytes, next, bracketEnd)
  if (bytes[end] !== braceEnd) throw malformed(`no } at byte ${end}`)
  return end + 1
}

const cellEnd = (bytes: Uint8Array, at: number): number =>
  bytes[at] === bracket || bytes[at] === brace ? valueEnd(bytes, at) : textEnd(bytes, at)
