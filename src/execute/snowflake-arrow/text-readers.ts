import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../../errors.ts'
import type { ArrowField } from '../arrow/arrow-schema.ts'
import { decimalText, doubleText } from '../arrow/decimal-text.ts'
import { bigAt, viewOf } from '../arrow/fixed-values.ts'
import { readOffsets } from '../arrow/offsets.ts'
import type { ArrowVector } from '../arrow/record-batch.ts'
import { bytesOf, emptySlice } from '../arrow/slice.ts'
import { isNullAt } from '../arrow/validity.ts'
import type { WireType } from '../warehouse.ts'
import { listReader, mapReader, objectReader } from './nested-readers.ts'
import { decimalFloatReader, timestampReader } from './struct-readers.ts'

/** Reads the values of one column as the texts of Snowflake's JSON results. */
export type TextReader = (vector: ArrowVector) => (row: number) => string | null
/** The same of values that are not null. */
export type ValueReader = (vector: ArrowVector) => (row: number) => string

/** In which forms Snowflake sends a type; of those that are not here, in any. */
const forms: Readonly<Record<string, readonly string[]>> = {
  fixed: ['int', 'decimal'],
  real: ['float'],
  decfloat: ['struct'],
  text: ['utf8', 'large_utf8'],
  boolean: ['bool'],
  date: ['date'],
  time: ['int'],
  timestamp_ntz: ['int', 'struct'],
  timestamp_ltz: ['int', 'struct'],
  timestamp_tz: ['struct'],
  binary: ['binary', 'large_binary'],
}

/** Rejects with `result_shape` where Snowflake's type never has that form, or another scale stands beside it. */
export function textReader(field: ArrowField, wire: WireType): TextReader {
  const { form } = field.type
  if (form.name === 'null') return () => () => null
  if (forms[wire.type]?.includes(form.name) === false) throw unlike(field, wire)
  const read = valueReader(field, wire)
  return vector => {
    const [validity = emptySlice] = vector.buffers
    const text = read(vector)
    return row => (isNullAt(validity, row) ? null : text(row))
  }
}

function valueReader(field: ArrowField, wire: WireType): ValueReader {
  const { form, members, bits } = field.type
  switch (form.name) {
    case 'utf8':
    case 'large_utf8':
      return texts(form.offsetWidth ?? 4)
    case 'binary':
    case 'large_binary':
      return binaries(form.offsetWidth ?? 4)
    case 'int':
      return integers(bits / 8, members[1] === 1, scaleOf(field, wire))
    case 'decimal':
      if (members[1] === (wire.scale ?? 0)) return integers(bits / 8, true, scaleOf(field, wire))
      break
    case 'float':
      if (bits >= 32) return vector => floats(viewOf(vector), bits)
      break
    case 'bool':
      return ({ buffers: [, values = emptySlice] }) => {
        const bits = bytesOf(values)
        return row => (((bits[row >> 3] ?? 0) >> (row & 7)) & 1 ? '1' : '0')
      }
    case 'date':
      if (bits === 32) return integers(4, true, 0n)
      break
    case 'struct':
      if (wire.type === 'decfloat') return decimalFloatReader(field)
      if (wire.type.startsWith('timestamp')) return timestampReader(field, scaleOf(field, wire), wire.type)
      return objectReader(field)
    case 'list':
    case 'large_list':
    case 'fixed_size_list':
      return listReader(field)
    case 'map':
      return mapReader(field)
  }
  throw unlike(field, wire)
}

export function unlike({ type }: ArrowField, wire: WireType): GatewayError {
  return new GatewayError('result_shape', { detail: `a column of ${wire.type} came as ${type.form.name}` })
}

/** How many digits stand behind the point, which the answer and the stream have to say alike. */
function scaleOf(field: ArrowField, wire: WireType): bigint {
  const scale = String(wire.scale ?? 0)
  if ((field.metadata.get('scale') ?? '0') !== scale || !/^\d{1,2}$/.test(scale)) throw unlike(field, wire)
  return BigInt(scale)
}

function integers(width: number, signed: boolean, scale: bigint): ValueReader {
  return vector => {
    const view = viewOf(vector)
    return row => decimalText(bigAt(view, row * width, width, signed), scale)
  }
}

function floats(view: DataView, bits: number): (row: number) => string {
  return row => doubleText(bits === 64 ? view.getFloat64(8 * row, true) : view.getFloat32(4 * row, true))
}

function texts(width: 4 | 8): ValueReader {
  return vector => {
    const { offsets, bytes } = variable(vector, width)
    if (!isUtf8(bytes)) throw new GatewayError('result_shape', { detail: 'a text of the result is not UTF-8' })
    return row => bytes.toString('utf8', offsets[row], offsets[row + 1])
  }
}

function binaries(width: 4 | 8): ValueReader {
  return vector => {
    const { offsets, bytes } = variable(vector, width)
    return row => bytes.toString('hex', offsets[row], offsets[row + 1]).toUpperCase()
  }
}

function variable({ length, buffers: [, offsets = emptySlice, values = emptySlice] }: ArrowVector, width: 4 | 8) {
  const bytes = Buffer.from(values.bytes.buffer, values.bytes.byteOffset + values.start, values.length)
  return { offsets: readOffsets(offsets, length, width, bytes.length), bytes }
}
