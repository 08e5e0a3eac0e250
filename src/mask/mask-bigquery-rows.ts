import { expectByte, expectEnd, listEnd, malformed, quote, skipSpace } from './json-bytes.ts'
import { JsonPage } from './json-page.ts'
import type { WireMask } from './wire-mask.ts'

const brace = 0x7b
const braceEnd = 0x7d
const bracket = 0x5b
const bracketEnd = 0x5d
const colon = 0x3a
const comma = 0x2c

/**
 * The `rows` of a page of BigQuery, by their bytes: `[{"f":[{"v":"a"},…]},…]`. `masks` by position, of the outermost fields;
 * what a RECORD or a REPEATED field holds is masked whole, or looked through by detectors. The rest is copied as it is.
 * Rejects with `result_shape` what is not exactly that, or has a row of another width.
 */
export function maskBigqueryRows(page: Uint8Array, masks: readonly (WireMask | null)[]): Uint8Array {
  const rows = new JsonPage(page)
  const { bytes } = rows
  const start = skipSpace(bytes, 0)
  if (bytes[start] !== bracket) throw malformed('no list of rows')
  expectEnd(
    bytes,
    listEnd(bytes, start, bracketEnd, at => rowEnd(rows, at, masks)),
  )
  return rows.finish()
}

function rowEnd(rows: JsonPage, at: number, masks: readonly (WireMask | null)[]): number {
  const { bytes } = rows
  let next = expectByte(bytes, memberStart(bytes, at, fName), bracket)
  for (let column = 0; column < masks.length; column++) {
    if (column > 0) next = expectByte(bytes, next, comma)
    const value = rows.value(memberStart(bytes, next, vName), masks[column] ?? null)
    next = expectByte(bytes, skipSpace(bytes, value), braceEnd)
  }
  const end = expectByte(bytes, next, bracketEnd)
  expectByte(bytes, end, braceEnd)
  return end + 1
}

const fName = 0x66
const vName = 0x76

/** `at` is the brace of an object of one member; the answer is where its value begins. */
function memberStart(bytes: Uint8Array, at: number, name: number): number {
  const next = expectByte(bytes, at, brace)
  if (bytes[next] !== quote || bytes[next + 1] !== name || bytes[next + 2] !== quote)
    throw malformed(`no member ${String.fromCharCode(name)} at byte ${next}`)
  return expectByte(bytes, skipSpace(bytes, next + 3), colon)
}
