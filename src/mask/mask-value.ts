import { createHmac } from 'node:crypto'
import type { MaskKind } from '../decide/decision.ts'
import type { Cell, Column } from '../execute/warehouse.ts'

/** One value as it leaves. Pure for one key; types stay what they were, or the value becomes null. */
type MaskValue = (value: Cell) => Cell

/** `key`: of this installation; the `hash` and `format` masks are stable under it, so that joins still work. */
export function maskValue(kind: MaskKind, type: Column['type'], key: string): MaskValue {
  if (type === 'string') {
    const text = maskText(kind, key)
    return value => (typeof value === 'string' ? text(value) : null)
  }
  if ((type === 'date' || type === 'timestamp') && kind === 'date') return value => firstOfYear(value)
  if (type === 'number' && kind === 'hash') return value => (value === null ? null : keyedNumber(value, key))
  return () => null
}

/** A text, or the part of one that a detector found. */
export type MaskText = (text: string) => string | null

export function maskText(kind: MaskKind, key: string): MaskText {
  const masks: Readonly<Record<MaskKind, MaskText>> = {
    redact: () => '[masked]',
    null: () => null,
    partial: partialText,
    hash: remembered(text => `h_${keyed(text, key).toString('hex').slice(0, 24)}`),
    format: remembered(text => formatPreserving(text, key)),
    date: text => (/^\d{4}-\d\d-\d\d/.test(text) ? `${text.slice(0, 4)}-01-01` : null),
  }
  return masks[kind]
}

const rememberedValues = 1_000
/** Characters of a value that is remembered. */
const longestRemembered = 200

/** A keyed hash costs twenty times what looking it up does, and columns repeat their values. */
function remembered(mask: (text: string) => string): MaskText {
  const known = new Map<string, string>()
  return text => {
    const before = known.get(text)
    if (before !== undefined) return before
    const masked = mask(text)
    if (known.size >= rememberedValues) known.clear()
    if (text.length <= longestRemembered) known.set(ownText(text), masked)
    return masked
  }
}

/** A slice of a string would keep all of that in memory. */
function ownText(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}

/**
 * `c000123.pine@mail.example` → `c***@***.example`; `+1 555 0100 123` → `***23`; anything shorter than 6, and a name of one
 * or two letters before the `@`, → `***`. Of a domain nothing is kept but what looks like a top-level one.
 */
function partialText(text: string): string {
  const at = text.lastIndexOf('@')
  if (at > 0) {
    return `${hasFewer(3, text, at) ? '' : firstSymbol(text)}***@***${topLevelOf(text, at)}`
  }
  if (hasFewer(6, text)) return '***'
  return /\d/.test(text) ? `***${lastTwo(text)}` : `${firstSymbol(text)}***`
}

/** Fewer symbols than that before `end`, as people count them: a pair of code units is one, and what is written over a letter none. */
function hasFewer(symbols: number, text: string, end = text.length): boolean {
  let seen = 0
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x300 || !(isLowHalf(code) || /\p{M}/u.test(text.charAt(at)))) seen++
    if (seen === symbols) return false
  }
  return true
}

const isLowHalf = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff

/** `.example`, or nothing. By its characters, because a pattern takes ten times as long, for every address of a result. */
function topLevelOf(text: string, at: number): string {
  const dot = text.lastIndexOf('.')
  const letters = text.length - dot - 1
  if (dot < at || letters < 2 || letters > 24) return ''
  for (let next = dot + 1; next < text.length; next++) {
    const code = text.charCodeAt(next) | 0x20
    if (code < 0x61 || code > 0x7a) return ''
  }
  return text.slice(dot)
}

/** Half of a symbol is none: it would be no text in UTF-8. */
function lastTwo(text: string): string {
  return text.slice(isLowHalf(text.charCodeAt(text.length - 2)) ? -1 : -2)
}

function firstSymbol(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 42)
}

function firstOfYear(value: Cell): Cell {
  return typeof value === 'string' && /^\d{4}-/.test(value)
    ? `${value.slice(0, 4)}-01-01${value.slice(10).replace(/\d/g, '0')}`
    : null
}

function keyed(text: string, key: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function keyedNumber(value: Cell, key: string): number {
  return keyed(String(value), key).readUIntBE(0, 6)
}

/**
 * Numerals become digits, marks letters as letters do, of the same case; all else stays as it was. Not reversible: a keyed stream,
 * not encryption.
 */
function formatPreserving(text: string, key: string): string {
  let stream = keyed(text, key)
  let used = 0
  const next = () => {
    if (used === stream.length) {
      stream = keyed(stream.toString('hex'), key)
      used = 0
    }
    return stream[used++] ?? 0
  }
  return text.replace(/[\p{N}\p{L}\p{M}]/gu, symbol => {
    if (/\p{N}/u.test(symbol)) return String(next() % 10)
    const letter = String.fromCharCode(97 + (next() % 26))
    return symbol === symbol.toLowerCase() ? letter : letter.toUpperCase()
  })
}
