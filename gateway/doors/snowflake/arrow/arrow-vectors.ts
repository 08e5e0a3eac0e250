import { GatewayError } from '#src/errors.ts'
import type { ArrowVector } from '#src/execute/arrow/record-batch.ts'
import { emptySlice, sliceOf } from '#src/execute/arrow/slice.ts'
import { Validity } from '#src/execute/arrow/validity.ts'

/** The texts of one column, as JSON results have them. */
export type Texts = readonly (string | null)[]

export function unreadable(type: string): GatewayError {
  return new GatewayError('result_shape', { detail: `a value of the result is no ${type}` })
}

/** Values of `width` bytes, each written by `put`. */
export function fixedValues<T>(
  values: readonly (T | null)[],
  width: number,
  put: (view: DataView, at: number, value: T) => void,
): ArrowVector {
  const bytes = new Uint8Array(values.length * width)
  const view = new DataView(bytes.buffer)
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? null
    if (value !== null) put(view, row * width, value)
  }
  return vector(values, [bytes])
}

/** One bit for each value. */
export function bits(values: readonly (boolean | null)[]): ArrowVector {
  const bytes = new Uint8Array(Math.ceil(values.length / 8))
  for (const [row, value] of values.entries()) if (value) bytes[row >> 3] = (bytes[row >> 3] ?? 0) | (1 << (row & 7))
  return vector(values, [bytes])
}

export function utf8(texts: Texts): ArrowVector {
  // Half a surrogate pair at the end of one text must not become a symbol with the beginning of the next.
  const whole = texts.map(text => (text === null ? null : text.toWellFormed()))
  return variable(whole, text => Buffer.byteLength(text), Buffer.from(whole.join('')))
}

export function binary(values: readonly (Uint8Array | null)[]): ArrowVector {
  return variable(values, value => value.length, Buffer.concat(values.filter(value => value !== null)))
}

/** Null where the first of its parts is. */
export function struct(children: readonly ArrowVector[]): ArrowVector {
  const [{ length = 0, nullCount = 0, buffers: [validity = emptySlice] = [] } = {}] = children
  return { length, nullCount, buffers: [validity], children }
}

function variable<T>(values: readonly (T | null)[], sizeOf: (value: T) => number, bytes: Buffer): ArrowVector {
  const offsets = new Int32Array(values.length + 1)
  let at = 0
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? null
    if (value !== null) at += sizeOf(value)
    offsets[row + 1] = at
  }
  return vector(values, [new Uint8Array(offsets.buffer), new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)])
}

function vector(values: readonly unknown[], buffers: readonly Uint8Array[]): ArrowVector {
  const nulls = new Validity(emptySlice, values.length, 0)
  for (let row = 0; row < values.length; row++) if ((values[row] ?? null) === null) nulls.add(row)
  return {
    length: values.length,
    nullCount: nulls.count,
    buffers: [nulls.bitmap, ...buffers.map(sliceOf)],
    children: [],
  }
}
