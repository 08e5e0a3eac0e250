import { expectByte, expectEnd, listEnd, malformed, skipSpace, spaceEnd, textEnd } from '../execute/json-bytes.ts'
import { JsonPage } from './json-page.ts'
import type { WireMask } from './wire-mask.ts'

const open = 0x5b
const close = 0x5d
const comma = 0x2c

/**
 * A page of Snowflake's JSON results, by its bytes: `[["a",null],…]` as in `rowset`, or the rows of a chunk joined by commas
 * without brackets around them. `masks` by position. The rest is copied as it is. Rejects with `result_shape` what is not
 * exactly that, or has a row of another width.
 */
export function maskRowset(page: Uint8Array, masks: readonly (WireMask | null)[]): Uint8Array {
  const rows = new JsonPage(page, masks)
  const { bytes } = rows
  const row = (at: number) => {
    const end = rowEnd(bytes, at, rows.cells)
    rows.maskRow()
    return end
  }
  const start = spaceEnd(bytes, 0)
  if (start === bytes.length) return page
  const inner = skipSpace(bytes, start + 1)
  const end =
    bytes[start] === open && (bytes[inner] === open || bytes[inner] === close)
      ? listEnd(bytes, start, close, row)
      : chunkEnd(bytes, start, row)
  expectEnd(bytes, end)
  return rows.finish()
}

function chunkEnd(bytes: Uint8Array, start: number, row: (at: number) => number): number {
  let next = spaceEnd(bytes, row(start))
  while (bytes[next] === comma) next = spaceEnd(bytes, row(skipSpace(bytes, next + 1)))
  return next
}

/** Notes where each cell begins and ends. It does nothing else, because the engine keeps only small loops fast. */
function rowEnd(bytes: Uint8Array, at: number, cells: Int32Array): number {
  let next = expectByte(bytes, at, open)
  for (let cell = 0; cell < cells.length; cell += 2) {
    if (cell > 0) next = expectByte(bytes, next, comma)
    cells[cell] = next
    next = textEnd(bytes, next)
    cells[cell + 1] = next
    next = skipSpace(bytes, next)
  }
  if (bytes[next] !== close) throw malformed(`no ] at byte ${next}`)
  return next + 1
}
