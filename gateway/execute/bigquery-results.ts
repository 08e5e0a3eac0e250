import {
  decodeString,
  expectByte,
  listEnd,
  malformed,
  quote,
  skipSpace,
  stringEnd,
  valueEnd,
} from '#src/execute/json-bytes.ts'
import { rowEnd } from '#src/execute/json-rows.ts'
import { isObject, type Json } from './bigquery-api.ts'

/** An answer of `getQueryResults`. */
export interface BigQueryResults {
  /** All of it but its rows. */
  readonly answer: Json
  /** The rows as they came, with commas between them and no brackets around. */
  readonly rows: Uint8Array
}

const [brace, braceEnd, bracket, colon] = [0x7b, 0x7d, 0x5b, 0x3a]

/** Finds the rows by their bytes, because most of the answer is rows; nothing where it is not an object, or has two lists of rows. */
export function bigqueryResults(body: Buffer): BigQueryResults | undefined {
  try {
    const [start, end] = rowsPlace(body)
    const answer: unknown = JSON.parse(body.toString('utf8', 0, start) + body.toString('utf8', end))
    return isObject(answer) ? { answer, rows: body.subarray(start, end) } : undefined
  } catch {
    return undefined
  }
}

/** Where the rows stand inside of their brackets; no place where there are none. */
function rowsPlace(body: Buffer): readonly [start: number, end: number] {
  // Not a Buffer: arrays of one class only are what keeps the loops over them fast.
  const bytes = new Uint8Array(body.buffer, body.byteOffset, body.length)
  let [start, end] = [0, 0]
  const member = (at: number): number => {
    if (bytes[at] !== quote) throw malformed(`no name at byte ${at}`)
    const nameEnd = stringEnd(bytes, at + 1)
    const value = expectByte(bytes, skipSpace(bytes, nameEnd + 1), colon)
    if (bytes[value] !== bracket || decodeString(body, at + 1, nameEnd) !== 'rows') return valueEnd(bytes, value)
    if (end > 0) throw malformed('two lists of rows')
    start = value + 1
    end = rowEnd(bytes, value, bytes.length) - 1
    if (end < start) throw malformed('rows without an end')
    return end + 1
  }
  const object = skipSpace(bytes, 0)
  if (bytes[object] !== brace) throw malformed('no object')
  listEnd(bytes, object, braceEnd, member)
  return [start, end]
}
