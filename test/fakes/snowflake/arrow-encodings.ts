import {
  Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  makeData,
  Struct,
  Utf8,
} from 'apache-arrow'
import type { Cell, ColumnType } from './cells.ts'

/** How the values of one column are written, in every batch of a part alike. */
interface Encoding {
  readonly type: DataType
  readonly data: (cells: readonly Cell[]) => Data
}

interface TypedValues<V> {
  readonly buffer: ArrayBuffer
  [row: number]: V
}

/** `cells`: all of the part, which the width of its numbers depends on. */
export function encodingOf({ type, scale }: ColumnType, cells: readonly Cell[]): Encoding {
  switch (type) {
    case 'fixed':
      return numbers(cells, scale ?? 0)
    case 'real':
      return fixed(new Float64(), length => new Float64Array(length), realOf)
    case 'boolean':
      return booleans()
    case 'date':
      return fixed(new DateDay(), length => new Int32Array(length), Number)
    case 'time':
      return integers(cell => unscaled(cell, scale ?? 9))
    case 'timestamp_tz':
      return timestamps(true)
    case 'timestamp_ntz':
    case 'timestamp_ltz':
      return (scale ?? 9) < 9 ? integers(cell => unscaled(cell, scale ?? 9)) : timestamps(false)
    case 'binary':
      return variable(new Binary(), cell => Buffer.from(cell, 'hex'))
    default:
      return variable(new Utf8(), cell => Buffer.from(cell))
  }
}

/** Digits without their point. */
function unscaled(text: string, scale: number): bigint {
  const [whole = '', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'))
}

const realOf = (text: string) => (/inf$/.test(text) ? (text < '0' ? -1 : 1) * Number.POSITIVE_INFINITY : Number(text))

function nulls(cells: readonly Cell[]) {
  const nullBitmap = new Uint8Array(Math.ceil(cells.length / 8))
  let nullCount = 0
  for (const [row, cell] of cells.entries()) {
    if (cell === null) nullCount++
    else nullBitmap[row >> 3] = (nullBitmap[row >> 3] ?? 0) | (1 << (row & 7))
  }
  return { length: cells.length, nullCount, nullBitmap }
}

function fixed<V>(type: DataType, make: (length: number) => TypedValues<V>, of: (cell: string) => V): Encoding {
  return {
    type,
    data: cells => {
      const data = make(cells.length)
      for (const [row, cell] of cells.entries()) if (cell !== null) data[row] = of(cell)
      return makeData({ type, ...nulls(cells), data } as never)
    },
  }
}

function integers(of: (cell: string) => bigint): Encoding {
  return fixed(new Int64(), length => new BigInt64Array(length), of)
}

/** Of the smallest width that all fit in, or of 128 bits. */
function numbers(cells: readonly Cell[], scale: number): Encoding {
  const values = cells.flatMap(cell => (cell === null ? [] : [unscaled(cell, scale)]))
  const fits = (bits: number) => values.every(value => BigInt.asIntN(bits, value) === value)
  const small = (cell: string) => Number(unscaled(cell, scale))
  if (fits(8)) return fixed(new Int8(), length => new Int8Array(length), small)
  if (fits(16)) return fixed(new Int16(), length => new Int16Array(length), small)
  if (fits(32)) return fixed(new Int32(), length => new Int32Array(length), small)
  if (fits(64)) return integers(cell => unscaled(cell, scale))
  const type = new Decimal(scale, 38, 128)
  return {
    type,
    data: cells => {
      const halves = new BigInt64Array(2 * cells.length)
      for (const [row, cell] of cells.entries())
        if (cell !== null) halves.set([unscaled(cell, scale), unscaled(cell, scale) >> 64n], 2 * row)
      return makeData({ type, ...nulls(cells), data: new Uint32Array(halves.buffer) } as never)
    },
  }
}

function booleans(): Encoding {
  const type = new Bool()
  const data: Encoding['data'] = cells => {
    const bits = nulls(cells.map(cell => (cell === '1' ? cell : null))).nullBitmap
    return makeData({ type, ...nulls(cells), data: bits } as never)
  }
  return { type, data }
}

/** Seconds, nanoseconds beyond them, and the zone's minutes from a day before UTC. */
function timestamps(zoned: boolean): Encoding {
  const whole = (cell: string) => unscaled(cell.split(' ')[0] ?? '', 9)
  const second = 1_000_000_000n
  const fraction = (cell: string) => ((whole(cell) % second) + second) % second
  const parts: readonly (readonly [name: string, encoding: Encoding])[] = [
    ['epoch', integers(cell => (whole(cell) - fraction(cell)) / second)],
    [
      'fraction',
      fixed(
        new Int32(),
        length => new Int32Array(length),
        cell => Number(fraction(cell)),
      ),
    ],
    [
      'timezone',
      fixed(
        new Int32(),
        length => new Int32Array(length),
        cell => Number(cell.split(' ')[1]),
      ),
    ],
  ]
  const used = zoned ? parts : parts.slice(0, 2)
  const type = new Struct(used.map(([name, encoding]) => new Field(name, encoding.type, true)))
  return {
    type,
    data: cells => makeData({ type, ...nulls(cells), children: used.map(([, { data }]) => data(cells)) }),
  }
}

function variable(type: Binary | Utf8, of: (cell: string) => Buffer): Encoding {
  return {
    type,
    data: cells => {
      const values = cells.map(cell => (cell === null ? Buffer.alloc(0) : of(cell)))
      const valueOffsets = new Int32Array(cells.length + 1)
      for (const [row, { length }] of values.entries()) valueOffsets[row + 1] = (valueOffsets[row] ?? 0) + length
      return makeData({ type, ...nulls(cells), valueOffsets, data: Buffer.concat(values) } as never)
    },
  }
}
