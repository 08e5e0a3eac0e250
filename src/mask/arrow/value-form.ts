import type { ArrowField } from '../../execute/arrow/arrow-schema.ts'
import { int64 } from '../../execute/arrow/arrow-type.ts'
import { decimalText, doubleText, maxDigits } from '../../execute/arrow/decimal-text.ts'
import { bigAt, fixedVector, putBig, viewOf } from '../../execute/arrow/fixed-values.ts'
import type { ArrowVector } from '../../execute/arrow/record-batch.ts'
import { decimalFloatForm } from './decimal-float-form.ts'
import { epochStructForm, ticksForm } from './epoch-form.ts'

/** How the values of a column that is not text are read as text, and written again. */
export interface ValueForm {
  /** The column as it leaves: of a type that what is written fits into. */
  readonly field: ArrowField
  readonly read: (vector: ArrowVector) => (row: number) => string
  /** What does not fit becomes null, as what is null. */
  readonly write: (texts: readonly (string | null)[]) => ArrowVector
}

const second = 1_000_000_000n
const units = [second, 1_000_000n, 1000n, 1n] as const

/** `undefined` for types whose values no mask but `null` can change. */
export function valueForm(field: ArrowField): ValueForm | undefined {
  const { form, members, bits } = field.type
  const [unit = 0] = members
  const logical = field.metadata.get('logicalType') ?? ''
  if (form.name === 'date') return ticksForm(field, bits === 32 ? 86_400n * second : 1_000_000n)
  if (form.name === 'timestamp') return ticksForm(field, units[unit] ?? 1n)
  if (form.name === 'struct') return decimalFloatForm(field) ?? epochStructForm(field)
  if (form.name === 'int' && logical.startsWith('TIMESTAMP')) return ticksForm(field, second / 10n ** scaleOf(field))
  if (form.name === 'int') return integerForm(field, members[1] === 1, scaleOf(field))
  if (form.name === 'decimal') return decimalForm(field, BigInt(members[1] ?? 0), logical === '')
  return form.name === 'float' && bits === 64 ? doubleForm(field) : undefined
}

/** Snowflake sends a number as an integer and says beside it where the point belongs. */
function scaleOf({ metadata }: ArrowField): bigint {
  const scale = metadata.get('scale') ?? '0'
  return /^\d{1,2}$/.test(scale) ? BigInt(scale) : 0n
}

/** Leaves as 64 bits: how many there are depends on the values of one chunk, and a masked value needs more. */
function integerForm(field: ArrowField, signed: boolean, scale: bigint): ValueForm {
  const width = field.type.bits / 8
  return {
    field: { ...field, type: int64 },
    read: vector => {
      const view = viewOf(vector)
      return row => decimalText(bigAt(view, row * width, width, signed), scale)
    },
    write: texts => fixedVector(texts, 8, (view, at, text) => putBig(view, at, 8, unscaled(text, scale))),
  }
}

/** `trimmed`: without zeros at the end, as BigQuery writes numbers; Snowflake writes as many digits as the type has. */
function decimalForm(field: ArrowField, scale: bigint, trimmed: boolean): ValueForm {
  const width = field.type.bits / 8
  return {
    field,
    read: vector => {
      const view = viewOf(vector)
      return row => {
        const text = decimalText(bigAt(view, row * width, width, true), scale)
        return trimmed && scale > 0n ? text.replace(/\.?0+$/, '') : text
      }
    },
    write: texts => fixedVector(texts, width, (view, at, text) => putBig(view, at, width, unscaled(text, scale))),
  }
}

function doubleForm(field: ArrowField): ValueForm {
  return {
    field,
    read: vector => {
      const view = viewOf(vector)
      return row => doubleText(view.getFloat64(8 * row, true))
    },
    write: texts => fixedVector(texts, 8, putDouble),
  }
}

function putDouble(view: DataView, at: number, text: string): boolean {
  const value = unscaled(text, 0n)
  view.setFloat64(at, Number(value ?? 0n), true)
  return value !== undefined
}

/** Of whole numbers alone, which is all that masks make of numbers; of those with so many decimals that none fits before them, none. */
function unscaled(text: string, scale: bigint): bigint | undefined {
  return /^\d{1,20}$/.test(text) && scale >= 0n && text.length + Number(scale) <= maxDigits
    ? BigInt(text) * 10n ** scale
    : undefined
}
