import { GatewayError } from '../errors.ts'

/*
 * JSON (RFC 8259) by its bytes: where a value ends, without making it. Strict, because a page that two parsers could read
 * differently may hide a raw value from one of them. The caller has made sure that the bytes are UTF-8.
 */

export const quote = 0x22
const backslash = 0x5c
/** No page of a warehouse nests deeper. */
const deepest = 512

export function malformed(detail: string): GatewayError {
  return new GatewayError('result_shape', { detail: `a page of the warehouse is malformed: ${detail}` })
}

/** The first byte from `at` on that is not white space. `at` is inside: a read behind the end makes all of them slower. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) > 0x20 ? at : spaceEnd(bytes, at)
}

/** The same where `at` may be the end. */
export function spaceEnd(bytes: Uint8Array, at: number): number {
  let next = at
  for (;;) {
    const code = bytes[next] ?? 0
    if (code > 0x20) return next
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return next
    next++
  }
}

/** Behind this byte, which has to stand at `at`, and behind the white space that follows it. */
export function expectByte(bytes: Uint8Array, at: number, code: number): number {
  if (bytes[at] !== code) throw malformed(`no ${String.fromCharCode(code)} at byte ${at}`)
  return skipSpace(bytes, at + 1)
}

/** `at` is behind the opening quote; the answer is the place of the closing one. */
export function stringEnd(bytes: Uint8Array, at: number): number {
  let next = at
  for (;;) {
    const code = bytes[next] as number
    if (code > quote && code !== backslash) {
      next++
      continue
    }
    if (code === quote) return next
    next = oddEnd(bytes, next, code)
  }
}

/** Behind what stands at `at` inside a string and may be no plain character of it. */
function oddEnd(bytes: Uint8Array, at: number, code: number | undefined): number {
  if (code === undefined) throw malformed('a string that does not end')
  if (code === backslash) return escapeEnd(bytes, at + 1) + 1
  if (code < 0x20) throw malformed(`a control character at byte ${at}`)
  return at + 1
}

/** Where the text or null that begins at `at` ends. */
export function textEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] === quote) return stringEnd(bytes, at + 1) + 1
  if (!isNull(bytes, at)) throw malformed(`neither a text nor null at byte ${at}`)
  return at + 4
}

const shortEscapes = new Set(Buffer.from('"\\/bfnrt'))

/** `at` is behind the backslash; the answer is the last byte of the escape. */
function escapeEnd(bytes: Uint8Array, at: number): number {
  const code = bytes[at] ?? 0
  if (shortEscapes.has(code)) return at
  const digits = Buffer.from(bytes.subarray(at + 1, at + 5)).toString('latin1')
  if (code !== 0x75 || !/^[0-9A-Fa-f]{4}$/.test(digits)) throw malformed(`a wrong escape at byte ${at}`)
  return at + 4
}

const isScalar = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

/** Told of what is inside a value, and where it stands. */
interface OnParts {
  /** Without its quotes, and whether it is the name of a member. */
  readonly onString: (start: number, end: number, isName: boolean) => void
  readonly onNumber?: (start: number, end: number) => void
  /** Before the parts of a list or an object, and behind them. */
  readonly onOpen?: (isList: boolean) => void
  readonly onClose?: () => void
}

/** Where the value that begins at `at` ends. */
export function valueEnd(bytes: Uint8Array, at: number, told?: OnParts, depth = 0): number {
  if (depth > deepest) throw malformed('it is nested too deeply')
  const code = bytes[at]
  if (code === quote) return toldEnd(bytes, at, told, false)
  if (code === 0x5b || code === 0x7b) return partsEnd(bytes, at, told, depth + 1)
  const end = scalarEnd(bytes, at)
  if ((code ?? 0) < 0x40) told?.onNumber?.(at, end)
  return end
}

function partsEnd(bytes: Uint8Array, at: number, told: OnParts | undefined, depth: number): number {
  const isList = bytes[at] === 0x5b
  told?.onOpen?.(isList)
  const item = isList ? valueEnd : memberEnd
  const end = listEnd(bytes, at, isList ? 0x5d : 0x7d, next => item(bytes, next, told, depth))
  told?.onClose?.()
  return end
}

function toldEnd(bytes: Uint8Array, at: number, told: OnParts | undefined, isName: boolean): number {
  const end = stringEnd(bytes, at + 1)
  told?.onString(at + 1, end, isName)
  return end + 1
}

function memberEnd(bytes: Uint8Array, at: number, told: OnParts | undefined, depth: number): number {
  if (bytes[at] !== quote) throw malformed(`no name at byte ${at}`)
  const colon = skipSpace(bytes, toldEnd(bytes, at, told, true))
  return valueEnd(bytes, expectByte(bytes, colon, 0x3a), told, depth)
}

/** Nothing but white space may stand from `at` on. */
export function expectEnd(bytes: Uint8Array, at: number): void {
  if (spaceEnd(bytes, at) !== bytes.length) throw malformed(`more than one value, from byte ${at}`)
}

/** From an opening bracket at `at` to behind the closing one: `item` is given where each item begins and says where it ends. */
export function listEnd(bytes: Uint8Array, at: number, close: number, item: (at: number) => number): number {
  let next = skipSpace(bytes, at + 1)
  if (bytes[next] === close) return next + 1
  for (;;) {
    next = skipSpace(bytes, item(next))
    if (bytes[next] === close) return next + 1
    next = expectByte(bytes, next, 0x2c)
  }
}

/** A number, `true`, `false` or `null`. */
function scalarEnd(bytes: Uint8Array, at: number): number {
  let end = at
  while (isScalarByte(bytes[end] ?? 0)) end++
  if (end === at || end - at > 1024 || !isScalar.test(Buffer.from(bytes.subarray(at, end)).toString('latin1')))
    throw malformed(`no value at byte ${at}`)
  return end
}

function isScalarByte(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x2d ||
    code === 0x2b ||
    code === 0x2e ||
    code === 0x45
  )
}

/** The text of the string that stands between `start` and `end`. */
export function decodeString(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end)
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text
}

function isNull(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x6e && bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c
}

const encoder = new TextEncoder()

export function jsonBytes(value: string | null | readonly []): Uint8Array {
  return encoder.encode(JSON.stringify(value))
}
