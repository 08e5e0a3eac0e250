import { isAscii, isUtf8 } from 'node:buffer'
import type { FreshBytes } from '../../execute/arrow/fresh-bytes.ts'
import { type Offsets, readOffsets, writeOffsets } from '../../execute/arrow/offsets.ts'
import type { ArrowVector } from '../../execute/arrow/record-batch.ts'
import { bytesOf, dataViewOf, emptySlice, type Slice, sliceOf } from '../../execute/arrow/slice.ts'
import { isNullAt, Validity } from '../../execute/arrow/validity.ts'
import { malformed } from '../../execute/json-bytes.ts'
import type { Steps } from '../../steps.ts'
import { type MaskAscii, maxAdded } from '../mask-ascii.ts'
import { PageRewriter } from '../page-rewriter.ts'
import { traitsOfBytes } from '../text-traits.ts'
import type { ContentWireMask, ValueWireMask, WireMask } from '../wire-mask.ts'

const nothing = new Uint8Array(0)
const encoder = new TextEncoder()
const maxRepeats = 1_000
/** Of one step: what the slowest masks and detectors read in some ten milliseconds. */
const stepBytes = 256 * 1024
const stepRows = 4_096
const asciiStepRows = 64 * 1024
/** Bytes that become a string together. */
const atOnce = 64 * 1024

/** What replaces the value between two places; `undefined` where it leaves as it is. */
type HideSpan = (start: number, end: number) => Uint8Array | null | undefined

/** `maskTexts` for a column that leaves with nulls: where the mask knows how, no string is made of texts that are ASCII. */
export function maskWholeTexts(
  vector: ArrowVector,
  offsetWidth: 4 | 8,
  mask: ValueWireMask,
  fresh: FreshBytes,
): Steps<ArrowVector> {
  const { ascii } = mask
  return ascii ? maskAscii(vector, offsetWidth, { ...mask, ascii }, fresh) : maskTexts(vector, offsetWidth, mask, true)
}

function* maskAscii(
  vector: ArrowVector,
  offsetWidth: 4 | 8,
  mask: Required<ValueWireMask>,
  fresh: FreshBytes,
): Steps<ArrowVector> {
  const [validity = emptySlice, rawOffsets = emptySlice, texts = emptySlice] = vector.buffers
  const offsets = readOffsets(rawOffsets, vector.length, offsetWidth, texts.length)
  const values = bytesOf(texts)
  const most = values.length + vector.length * maxAdded
  if (most > 0x7fffffff) throw malformed('more text than one batch can hold')
  const hide = isAscii(values) ? mask.ascii(values) : hideAny(offsets, values, mask)
  const nulls = new Validity(validity, vector.length, vector.nullCount)
  const place = fresh.bytes(most)
  const work = { validity, offsets, texts: dataViewOf(texts), hide, nulls, out: dataViewOf(place) }
  let at = 0
  for (let row = 0; row < vector.length; row += asciiStepRows) {
    if (row > 0) yield
    at = maskRows(work, row, Math.min(vector.length, row + asciiStepRows), at)
  }
  offsets[vector.length] = at
  const buffers = [nulls.bitmap, writeOffsets(offsets, offsetWidth), { ...place, length: at }]
  return { ...vector, nullCount: nulls.count, buffers }
}

interface AsciiWork {
  readonly validity: Slice
  /** Of what comes, and up to the row of what leaves. */
  readonly offsets: Offsets
  readonly texts: DataView
  readonly hide: MaskAscii
  readonly nulls: Validity
  readonly out: DataView
}

/** `at`, and the answer: where in `out` the next one begins. */
function maskRows({ validity, offsets, texts, hide, nulls, out }: AsciiWork, from: number, to: number, at: number) {
  let next = at
  let start = offsets[from] as number
  for (let row = from; row < to; row++) {
    const end = offsets[row + 1] as number
    offsets[row] = next
    if (!isNullAt(validity, row)) {
      const after = hide(texts, start, end, out, next)
      if (after < 0) nulls.add(row)
      else next = after
    }
    start = end
  }
  return next
}

/** For texts of which some are not ASCII: those become strings. A mask adds no more to them. */
function hideAny(offsets: Offsets, values: Uint8Array, { ascii, hide }: Required<ValueWireMask>): MaskAscii {
  requireWholeSymbols(offsets, values)
  const texts = Buffer.from(values.buffer, values.byteOffset, values.length)
  const hideAscii = ascii(values)
  return (text, start, end, out, at) => {
    let bits = 0
    for (let next = start; next < end; next++) bits |= text.getUint8(next)
    if (bits < 0x80) return hideAscii(text, start, end, out, at)
    const masked = hide(texts.toString('utf8', start, end))
    if (masked === null) return -1
    const room = new Uint8Array(out.buffer, out.byteOffset + at, out.byteLength - at)
    return at + encoder.encodeInto(masked, room).written
  }
}

/**
 * A column of texts, each masked where it stands in the values. Bytes that no row points to, or only one that is null, do
 * not leave. Without `nullable`, what a mask makes null is an empty text. Rejects with `result_shape` what is not UTF-8.
 */
export function maskTexts(
  vector: ArrowVector,
  offsetWidth: 4 | 8,
  mask: Exclude<WireMask, { kind: 'constant' }>,
  nullable: boolean,
): Steps<ArrowVector> {
  return maskSpans(vector, offsetWidth, nullable, (offsets, values) => {
    requireWholeSymbols(offsets, values)
    return hideSpan(values, mask)
  })
}

/** The same of a column of bytes. */
export function maskBinaries(
  vector: ArrowVector,
  offsetWidth: 4 | 8,
  { hideBytes }: ContentWireMask,
  nullable: boolean,
): Steps<ArrowVector> {
  return maskSpans(vector, offsetWidth, nullable, (_offsets, { buffer, byteOffset }) => (start, end) => {
    const bytes = Buffer.from(buffer, byteOffset + start, end - start)
    const masked = hideBytes(bytes)
    return masked === bytes ? undefined : masked
  })
}

function* maskSpans(
  vector: ArrowVector,
  offsetWidth: 4 | 8,
  nullable: boolean,
  hideIn: (offsets: Offsets, values: Uint8Array) => HideSpan,
): Steps<ArrowVector> {
  const [validity = emptySlice, rawOffsets = emptySlice, all = emptySlice] = vector.buffers
  const offsets = readOffsets(rawOffsets, vector.length, offsetWidth, all.length)
  const values = bytesOf(all)
  const hide = hideIn(offsets, values)
  const rewriter = new PageRewriter(values)
  const nulls = new Validity(validity, vector.length, vector.nullCount)
  const first = offsets[0] ?? 0
  if (first > 0) rewriter.replace(0, first, nothing)
  let moved = -first
  let step = { row: stepRows, at: first + stepBytes }
  for (let row = 0; row < vector.length; row++) {
    const start = offsets[row] as number
    const end = offsets[row + 1] as number
    if (row >= step.row || start >= step.at) {
      step = { row: row + stepRows, at: start + stepBytes }
      yield
    }
    offsets[row] = start + moved
    const masked = isNullAt(validity, row) ? (start < end ? nothing : undefined) : hide(start, end)
    if (masked === undefined) continue
    const bytes = masked ?? nothing
    if (masked === null && nullable) nulls.add(row)
    rewriter.replace(start, end, bytes)
    moved += bytes.length - (end - start)
  }
  const last = offsets[vector.length] ?? 0
  if (last < values.length) rewriter.replace(last, values.length, nothing)
  if (offsetWidth === 4 && last + moved > 0x7fffffff) throw malformed('more text than one batch can hold')
  offsets[vector.length] = last + moved
  const buffers = [nulls.bitmap, writeOffsets(offsets, offsetWidth), sliceOf(rewriter.finish())]
  return { ...vector, nullCount: nulls.count, buffers }
}

/** Masks make many texts into few. */
function encoderOfRepeats(): (text: string | null) => Uint8Array | null {
  const known = new Map<string, Uint8Array>()
  return text => {
    if (text === null) return null
    const before = known.get(text)
    if (before) return before
    const bytes = encoder.encode(text)
    if (known.size < maxRepeats) known.set(text, bytes)
    return bytes
  }
}

function hideSpan(values: Uint8Array, mask: Exclude<WireMask, { kind: 'constant' }>): HideSpan {
  const texts = Buffer.from(values.buffer, values.byteOffset, values.length)
  const encode = encoderOfRepeats()
  if (mask.kind === 'value') {
    const textAt = textReader(texts)
    return (start, end) => encode(mask.hide(textAt(start, end)))
  }
  return (start, end) => {
    const traits = traitsOfBytes(values, start, end)
    if (traits === 0 && !mask.always) return undefined
    const text = texts.toString('utf8', start, end)
    const masked = mask.hide(text, traits)
    return masked === text ? undefined : encode(masked)
  }
}

/** The text between two places, asked for in order. A slice of a string that holds many costs a fraction of a string of its own. */
function textReader(texts: Buffer): (start: number, end: number) => string {
  let [from, to, many] = [0, 0, '']
  let ascii = true
  return (start, end) => {
    if (end > to) {
      from = start
      to = Math.min(texts.length, Math.max(end, start + atOnce))
      ascii = isAscii(texts.subarray(from, to))
      many = ascii ? texts.toString('latin1', from, to) : ''
    }
    return ascii ? many.slice(start - from, end - from) : texts.toString('utf8', start, end)
  }
}

/** A text that begins inside a symbol would be read in one way here and in another there. */
function requireWholeSymbols(offsets: Offsets, values: Uint8Array): void {
  for (const offset of offsets)
    if (((values[offset] ?? 0) & 0xc0) === 0x80) throw malformed(`a text at ${offset}, inside a symbol`)
  if (!isUtf8(values.subarray(offsets[0], offsets.at(-1)))) throw malformed('texts that are not UTF-8')
}
