import type { ArrowField } from '../../execute/arrow/arrow-schema.ts'
import { fixedVector, putBig } from '../../execute/arrow/fixed-values.ts'
import { emptySlice, sliceOf } from '../../execute/arrow/slice.ts'
import { decimalFloatReader } from '../../execute/snowflake-arrow/struct-readers.ts'
import type { ValueForm } from './value-form.ts'

/** Of a significand: more than any hash has. */
const width = 8

/** Snowflake's DECFLOAT, a struct of an exponent and a significand of as many bytes as it needs. `undefined` for any other struct. */
export function decimalFloatForm(field: ArrowField): ValueForm | undefined {
  if (field.metadata.get('logicalType') !== 'DECFLOAT') return undefined
  const exponentWidth = (field.children[0]?.type.bits ?? 0) / 8
  return {
    field,
    read: decimalFloatReader(field),
    write: texts => {
      const { length } = texts
      const significands = fixedVector(texts, width, putSignificand)
      const { nullCount, buffers } = significands
      const [validity = emptySlice, values = emptySlice] = buffers
      const offsets = Int32Array.from({ length: length + 1 }, (_, row) => row * width)
      const exponents = fixedVector(texts, exponentWidth, (view, at) => putBig(view, at, exponentWidth, 0n))
      const children = [
        { ...exponents, nullCount, buffers: [validity, ...exponents.buffers.slice(1)] },
        { ...significands, buffers: [validity, sliceOf(new Uint8Array(offsets.buffer)), values] },
      ]
      return { length, nullCount, buffers: [validity], children }
    },
  }
}

/** Big-endian. Whole numbers alone, which is all that masks make of numbers. */
function putSignificand(view: DataView, at: number, text: string): boolean {
  if (!/^\d{1,18}$/.test(text)) return false
  view.setBigInt64(at, BigInt(text))
  return true
}
