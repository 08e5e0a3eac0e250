import type { ArrowField } from '../../execute/arrow/arrow-schema.ts'
import { arrowType, int64 } from '../../execute/arrow/arrow-type.ts'
import type { ArrowVector } from '../../execute/arrow/record-batch.ts'

/**
 * Snowflake sends the numbers of a column as wide as those of each part of a result need, and there are drivers that take what the
 * first part says for all of them (Python's 5.2.0: silently other numbers). So all parts leave alike: whole numbers as
 * integers of 64 bits, those with decimals as decimals of 128. `undefined` where that is how the column comes.
 */
export function sameWidth(field: ArrowField): SameWidth | undefined {
  const { form, bits, members } = field.type
  if (form.name !== 'int' || members[1] !== 1 || field.metadata.get('logicalType') !== 'FIXED') return undefined
  const scale = Number(field.metadata.get('scale') ?? 0)
  if (scale > 0) return { field: { ...field, type: arrowType(7, [38, scale, 128], '') }, widen: widener(bits / 8, 16) }
  return bits === 64 ? undefined : { field: { ...field, type: int64 }, widen: widener(bits / 8, 8) }
}

export interface SameWidth {
  /** As it leaves. */
  readonly field: ArrowField
  readonly widen: (vector: ArrowVector) => ArrowVector
}

function widener(from: number, to: 8 | 16): SameWidth['widen'] {
  return vector => {
    const [validity = new Uint8Array(0), values = validity] = vector.buffers
    const words = lowWords(values, vector.length, from, to / 4)
    return { ...vector, buffers: [validity, new Uint8Array(words.buffer)] }
  }
}

/** Numbers of so many words of 32 bits each: the sign fills what is new. */
function lowWords(bytes: Uint8Array, length: number, from: number, width: number): Int32Array {
  const own = bytes.slice(0, length * from).buffer
  const source = from < 4 ? new Int32Array(narrow(own, from)) : new Int32Array(own)
  const step = from === 8 ? 2 : 1
  const words = new Int32Array(length * width)
  for (let at = 0, next = 0; at < words.length; at += width, next += step) {
    const high = source[next + step - 1] as number
    const sign = high >> 31
    words[at] = source[next] as number
    words[at + 1] = step === 2 ? high : sign
    if (width === 2) continue
    words[at + 2] = sign
    words[at + 3] = sign
  }
  return words
}

/** Widened by the engine first: a loop over arrays of several classes is slow. */
function narrow(own: ArrayBufferLike, width: number): Int8Array | Int16Array {
  return width === 1 ? new Int8Array(own) : new Int16Array(own)
}
