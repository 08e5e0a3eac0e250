import type { ArrowField } from '../../execute/arrow/arrow-schema.ts'
import { arrowType, int64 } from '../../execute/arrow/arrow-type.ts'
import { maxDigits } from '../../execute/arrow/decimal-text.ts'
import type { FreshBytes } from '../../execute/arrow/fresh-bytes.ts'
import type { ArrowVector } from '../../execute/arrow/record-batch.ts'
import { bytesOf, emptySlice, type Slice } from '../../execute/arrow/slice.ts'

interface SameWidth {
  /** As it leaves. */
  readonly field: ArrowField
  readonly widen: (vector: ArrowVector) => ArrowVector
}

/**
 * Snowflake sends the numbers of a column as wide as those of each part of a result need, and there are drivers that take what the
 * first part says for all of them (Python's 5.2.0: silently other numbers). So all parts leave alike: as integers of 64 bits
 * what is whole, as decimals of 128 what is not, whose nulls Go's 2.1.0 shows as 0 in any narrower form. `undefined` where that
 * is how the column comes.
 */
export function sameWidth(field: ArrowField, fresh: FreshBytes): SameWidth | undefined {
  const { form, bits, members } = field.type
  if (form.name !== 'int' || members[1] !== 1 || field.metadata.get('logicalType') !== 'FIXED') return undefined
  const scale = Number(field.metadata.get('scale') ?? 0)
  if (scale > 0)
    return { field: { ...field, type: arrowType(7, [maxDigits, scale, 128], '') }, widen: widener(bits / 8, 2, fresh) }
  return bits === 64 ? undefined : { field: { ...field, type: int64 }, widen: widener(bits / 8, 1, fresh) }
}

/** `step`: how many times 64 bits a number becomes. */
function widener(width: number, step: 1 | 2, fresh: FreshBytes): SameWidth['widen'] {
  const numbersOf = numberReader(width)
  return vector => {
    const { length } = vector
    const [validity = emptySlice, values = emptySlice] = vector.buffers
    const wide = fresh.bytes(8 * step * length)
    const longs = new BigInt64Array(wide.bytes.buffer, wide.bytes.byteOffset + wide.start, step * length)
    if (width === 8) pairLongs(longsOf(values, length), longs)
    else if (step === 2) pair(numbersOf(values, length), longs)
    else widen(numbersOf(values, length), longs)
    return { length, nullCount: vector.nullCount, buffers: [validity, wide], children: [] }
  }
}

/**
 * Of numbers of at most 32 bits, good until the next are read. Short ones are widened by the engine: a loop over arrays of several
 * classes is slow.
 */
function numberReader(width: number): (values: Slice, length: number) => Int32Array {
  let own = new Int32Array(0)
  return (values, length) => {
    const { buffer, at } = aligned(values)
    if (width === 4) return new Int32Array(buffer, at, length)
    if (length !== own.length) own = new Int32Array(length)
    own.set(width === 1 ? new Int8Array(buffer, at, length) : new Int16Array(buffer, at, length))
    return own
  }
}

function longsOf(values: Slice, length: number): BigInt64Array {
  const { buffer, at } = aligned(values)
  return new BigInt64Array(buffer, at, length)
}

/** Where they stand in their memory, or in a copy, where numbers of 64 bits may begin. */
function aligned(values: Slice): { readonly buffer: ArrayBufferLike; readonly at: number } {
  const { buffer, byteOffset } = values.bytes
  const at = byteOffset + values.start
  return at % 8 === 0 ? { buffer, at } : { buffer: bytesOf(values).slice().buffer, at: 0 }
}

/**
 * The engine makes no object of such a BigInt: this takes a third of the time of writing two words of 32 bits. Four in each turn of
 * the loop take a third less than one.
 */
function widen(numbers: Int32Array, longs: BigInt64Array): void {
  const { length } = numbers
  const fours = length - (length % 4)
  for (let nth = 0; nth < fours; nth += 4) {
    longs[nth] = BigInt(numbers[nth] as number)
    longs[nth + 1] = BigInt(numbers[nth + 1] as number)
    longs[nth + 2] = BigInt(numbers[nth + 2] as number)
    longs[nth + 3] = BigInt(numbers[nth + 3] as number)
  }
  for (let nth = fours; nth < length; nth++) longs[nth] = BigInt(numbers[nth] as number)
}

/** Each with another 64 bits of its sign. Two are read at once, which takes a fifth less time than one. */
function pair(numbers: Int32Array, longs: BigInt64Array): void {
  const { buffer, byteOffset, length } = numbers
  const twos = new BigInt64Array(buffer, byteOffset, length >> 1)
  for (let nth = 0; nth < twos.length; nth++) {
    const two = twos[nth] as bigint
    longs[4 * nth] = BigInt.asIntN(32, two)
    longs[4 * nth + 1] = BigInt.asIntN(32, two) >> 63n
    longs[4 * nth + 2] = two >> 32n
    longs[4 * nth + 3] = two >> 63n
  }
  if (length % 2 === 0) return
  const last = numbers[length - 1] as number
  longs[2 * length - 2] = BigInt(last)
  longs[2 * length - 1] = BigInt(last >> 31)
}

function pairLongs(numbers: BigInt64Array, longs: BigInt64Array): void {
  const { length } = numbers
  for (let nth = 0; nth < length; nth++) {
    const number = numbers[nth] as bigint
    longs[2 * nth] = number
    longs[2 * nth + 1] = number < 0n ? -1n : 0n
  }
}
