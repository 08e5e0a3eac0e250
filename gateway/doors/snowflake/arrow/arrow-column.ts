import type { ArrowField } from '#src/execute/arrow/arrow-schema.ts'
import { type ArrowType, arrowType, int64 } from '#src/execute/arrow/arrow-type.ts'
import type { ArrowVector } from '#src/execute/arrow/record-batch.ts'
import type { RowtypeEntry } from '../rowtype.ts'
import { binary, bits, fixedValues, struct, type Texts, unreadable, utf8 } from './arrow-vectors.ts'
import { bigEndian, fits, secondsOf, significandOf, unscaledAll } from './exact-numbers.ts'

/** One column of a result in Arrow: what its field says, and its values. */
interface ArrowColumn {
  readonly field: ArrowField
  readonly vector: ArrowVector
}

type Values = Pick<ArrowField, 'type' | 'children'> & { readonly vector: ArrowVector }
type Write = (texts: Texts, entry: RowtypeEntry) => Values

const int16 = arrowType(2, [16, 1], '')
const int32 = arrowType(2, [32, 1], '')
const float64 = arrowType(3, [2], '')
const bytes = arrowType(4, [], '')
const text = arrowType(5, [], '')
const bool = arrowType(6, [], '')
const date32 = arrowType(8, [0], '')
const structType = arrowType(13, [], '')

const asText: Write = texts => ({ type: text, children: [], vector: utf8(texts) })
const zoneless: Write = texts => timestamps(texts, false)

/** By Snowflake's type. Of those that are not here (maps, vectors, geography, intervals) no form is read by all drivers. */
const writers: Readonly<Record<string, { readonly logical: string; readonly write: Write }>> = {
  fixed: { logical: 'FIXED', write: fixed },
  real: { logical: 'REAL', write: reals },
  decfloat: { logical: 'DECFLOAT', write: decimalFloats },
  text: { logical: 'TEXT', write: asText },
  boolean: { logical: 'BOOLEAN', write: booleans },
  date: { logical: 'DATE', write: dates },
  time: { logical: 'TIME', write: times },
  timestamp_ntz: { logical: 'TIMESTAMP_NTZ', write: zoneless },
  timestamp_ltz: { logical: 'TIMESTAMP_LTZ', write: zoneless },
  timestamp_tz: { logical: 'TIMESTAMP_TZ', write: texts => timestamps(texts, true) },
  binary: { logical: 'BINARY', write: binaries },
  variant: { logical: 'VARIANT', write: asText },
  object: { logical: 'OBJECT', write: asText },
  array: { logical: 'ARRAY', write: asText },
}

export function hasArrowForm({ type }: Pick<RowtypeEntry, 'type'>): boolean {
  return Object.hasOwn(writers, type)
}

/** Rejects with `result_shape` where a text is no value of the type. */
export function arrowColumn(entry: RowtypeEntry, texts: Texts): ArrowColumn {
  const { name, nullable, precision, scale, length, byteLength, type } = entry
  const writer = writers[type]
  if (!writer) throw unreadable(`type of Arrow: ${type}`)
  const { vector, ...form } = writer.write(texts, entry)
  const told = {
    logicalType: writer.logical,
    precision: precision ?? 38,
    scale: scale ?? 0,
    charLength: length ?? 0,
    // Of a timestamp with a zone: the size of its struct, by which drivers tell what is in it.
    byteLength: type === 'timestamp_tz' ? 16 : (byteLength ?? 0),
  }
  const metadata = new Map(Object.entries(told).map(([key, value]) => [key, String(value)]))
  return { field: { name, nullable, metadata, ...form }, vector }
}

/**
 * Whole numbers without their decimal point: of as few bits as all of them fit in, as Snowflake chooses too. Numbers that have no
 * point are of 64 at least, so that the parts of a result are alike; of those that have one, Go's driver makes zeros out
 * of nulls where they are of 64 bits, but not of 32.
 */
function fixed(texts: Texts, { scale }: RowtypeEntry): Values {
  const values = unscaledAll(texts, scale ?? 0)
  if ((scale ?? 0) > 0 && values.every(value => fits(32, value)))
    return { type: int32, children: [], vector: fixedValues(values.map(numberOf), 4, putInt32) }
  if (values.every(value => fits(64, value)))
    return { type: int64, children: [], vector: fixedValues(values, 8, putInt64) }
  return { type: arrowType(7, [38, scale ?? 0, 128], ''), children: [], vector: fixedValues(values, 16, putInt128) }
}

function numberOf(value: bigint | null): number | null {
  return value === null ? null : Number(value)
}

function putInt64(view: DataView, at: number, value: bigint): void {
  view.setBigInt64(at, value, true)
}

function putInt128(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, BigInt.asUintN(64, value), true)
  view.setBigInt64(at + 8, value >> 64n, true)
}

function putInt32(view: DataView, at: number, value: number): void {
  view.setInt32(at, value, true)
}

const notFinite: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
}

function reals(texts: Texts): Values {
  const put = (view: DataView, at: number, text: string) => {
    const value = notFinite[text.toLowerCase()] ?? Number(text)
    if (Number.isNaN(value) && text.toLowerCase() !== 'nan') throw unreadable('REAL')
    view.setFloat64(at, value, true)
  }
  return { type: float64, children: [], vector: fixedValues(texts, 8, put) }
}

function decimalFloats(texts: Texts): Values {
  const values = texts.map(each => (each === null ? null : significandOf(each)))
  const exponents = fixedValues(values, 2, (view, at, { exponent }) => view.setInt16(at, exponent, true))
  const significands = binary(values.map(value => value && bigEndian(value.significand)))
  return {
    type: structType,
    children: [part('exponent', int16), part('significand', bytes)],
    vector: struct([exponents, significands]),
  }
}

function booleans(texts: Texts): Values {
  const values = texts.map(each => (each === null ? null : each === '1'))
  return { type: bool, children: [], vector: bits(values) }
}

function dates(texts: Texts): Values {
  const days = texts.map(each => {
    if (each !== null && !/^-?\d{1,9}$/.test(each)) throw unreadable('DATE')
    return each === null ? null : Number(each)
  })
  return { type: date32, children: [], vector: fixedValues(days, 4, putInt32) }
}

function times(texts: Texts, { scale }: RowtypeEntry): Values {
  return { type: int64, children: [], vector: fixedValues(unscaledAll(texts, scale ?? 9), 8, putInt64) }
}

function timestamps(texts: Texts, zoned: boolean): Values {
  const values = texts.map(each => (each === null ? null : timestampOf(each, zoned)))
  const epochs = fixedValues(values, 8, (view, at, { seconds }) => view.setBigInt64(at, seconds, true))
  const fractions = fixedValues(values, 4, (view, at, { nanoseconds }) => view.setInt32(at, nanoseconds, true))
  const zones = fixedValues(values, 4, (view, at, { zone }) => view.setInt32(at, zone, true))
  const children = [part('epoch', int64), part('fraction', int32)]
  if (!zoned) return { type: structType, children, vector: struct([epochs, fractions]) }
  return {
    type: structType,
    children: [...children, part('timezone', int32)],
    vector: struct([epochs, fractions, zones]),
  }
}

/** `<seconds>` or `<seconds> <minutes from a day before UTC>`. */
function timestampOf(text: string, zoned: boolean) {
  const [seconds = '', zone = '', ...more] = text.split(' ')
  if (more.length > 0 || zoned !== /^\d{1,4}$/.test(zone)) throw unreadable('TIMESTAMP')
  return { ...secondsOf(seconds), zone: Number(zone) }
}

function binaries(texts: Texts): Values {
  const values = texts.map(each => {
    if (each !== null && !/^(?:[0-9a-f]{2})*$/i.test(each)) throw unreadable('BINARY')
    return each === null ? null : new Uint8Array(Buffer.from(each, 'hex'))
  })
  return { type: bytes, children: [], vector: binary(values) }
}

function part(name: string, type: ArrowType): ArrowField {
  return { name, nullable: true, type, metadata: new Map(), children: [] }
}
