import { expectByte, expectEnd, listEnd, skipSpace } from './json-bytes.ts'
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
  const rows = new JsonPage(page)
  const { bytes } = rows
  const row = (at: number) => rowEnd(rows, at, masks)
  const start = skipSpace(bytes, 0)
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
  let next = skipSpace(bytes, row(start))
  while (bytes[next] === comma) next = skipSpace(bytes, row(skipSpace(bytes, next + 1)))
  return next
}

function rowEnd(rows: JsonPage, at: number, masks: readonly (WireMask | null)[]): number {
  const { bytes } = rows
  let next = expectByte(bytes, at, open)
  for (let column = 0; column < masks.length; column++) {
    if (column > 0) next = expectByte(bytes, next, comma)
    next = skipSpace(bytes, rows.text(next, masks[column] ?? null))
  }
  expectByte(bytes, next, close)
  return next + 1
}
