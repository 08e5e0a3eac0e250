import type { ArrowField } from '../../execute/arrow/arrow-schema.ts'
import { arrowType, int64 } from '../../execute/arrow/arrow-type.ts'
import type { ArrowVector } from '../../execute/arrow/record-batch.ts'
import { FreshBytes } from './fresh-bytes.ts'

/** The most digits that a number of Snowflake has. */
const mostDigits = 38

export interface SameWidth {
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
export function sameWidth(field: ArrowField): SameWidth | undefined {
  const { form, bits, members } = field.type
  if (form.name !== 'int' || members[1] !== 1 || field.metadata.get('logicalType') !== 'FIXED') return undefined
  const scale = Number(field.metadata.get('scale') ?? 0)
  if (scale > 0)
    return { field: { ...field, type: arrowType(7, [mostDigits, scale, 128], '') }, widen: widener(bits / 8, 2) }
  return bits === 64 ? undefined : { field: { ...field, type: int64 }, widen: widener(bits / 8, 1) }
}

/** `step`: how many times 64 bits a number becomes. */
function widener(width: number, step: 1 | 2): SameWidth['widen'] {
  const fresh = new FreshBytes()
  const read = numberReader(width)
  return vector => {
    const [validity = nothing, values = nothing] = vector.buffers
    const longs = fresh.longs(step * vector.length)
    const numbers = read(values, vector.length)
    if (step === 1) fill(numbers as Int32Array, longs)
    else fillPairs(numbers, longs)
    return { ...vector, buffers: [validity, new Uint8Array(longs.buffer, longs.byteOffset, longs.byteLength)] }
  }
}

const nothing = new Uint8Array(0)

/** Good until the next are read. Short ones are widened by the engine: a loop over arrays of several classes is slow. */
function numberReader(width: number): (bytes: Uint8Array, length: number) => Int32Array | BigInt64Array {
  let own = new Int32Array(0)
  return (bytes, length) => {
    const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : bytes.slice()
    if (width === 8) return new BigInt64Array(buffer, byteOffset, length)
    if (width === 4) return new Int32Array(buffer, byteOffset, length)
    if (length > own.length) own = new Int32Array(length)
    own.set(width === 1 ? new Int8Array(buffer, byteOffset, length) : new Int16Array(buffer, byteOffset, length))
    return own.subarray(0, length)
  }
}

/** The engine makes no object of such a BigInt: this takes a third of the time of writing two words of 32 bits. */
function fill(numbers: Int32Array, longs: BigInt64Array): void {
  for (let nth = 0; nth < numbers.length; nth++) longs[nth] = BigInt(numbers[nth] as number)
}

function fillPairs(numbers: Int32Array | BigInt64Array, longs: BigInt64Array): void {
  for (let nth = 0; nth < numbers.length; nth++) {
    const number = BigInt(numbers[nth] as number | bigint)
    longs[2 * nth] = number
    longs[2 * nth + 1] = number < 0n ? -1n : 0n
  }
}
