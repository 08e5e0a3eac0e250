import type { ArrowField } from '../arrow/arrow-schema.ts'
import { decimalText } from '../arrow/decimal-text.ts'
import { bigAt, viewOf } from '../arrow/fixed-values.ts'
import { readOffsets } from '../arrow/offsets.ts'
import type { ArrowVector } from '../arrow/record-batch.ts'
import { bytesOf, emptySlice } from '../arrow/slice.ts'
import { decimalFloatText } from '../decimal-float.ts'
import { unlike, type ValueReader } from './text-readers.ts'

const nanoseconds = 9n

/**
 * `epoch` in seconds with its `fraction` in nanoseconds, or in units of the scale without one; `timezone` in minutes from a day
 * before UTC, where the type has one: as seconds with their fraction, and the zone behind them.
 */
export function timestampReader(field: ArrowField, scale: bigint, type: string): ValueReader {
  const names = field.children.map(({ name }) => name).join()
  const expected = type === 'timestamp_tz' ? ['epoch,timezone', 'epoch,fraction,timezone'] : ['epoch,fraction']
  if (!expected.includes(names) || scale > nanoseconds) throw unlike(field, { type })
  const fractional = names.startsWith('epoch,fraction')
  const zoned = names.endsWith('timezone')
  return vector => {
    const [epoch, ...parts] = field.children.map((_, at) => wholeNumbers(field, vector, at))
    const [fraction, zone] = fractional ? parts : [undefined, ...parts]
    const unit = 10n ** (nanoseconds - scale)
    return row => {
      const whole = epoch?.(row) ?? 0n
      const units = fraction ? (whole * 10n ** nanoseconds + fraction(row)) / unit : whole
      return `${decimalText(units, scale)}${zoned ? ` ${zone?.(row)}` : ''}`
    }
  }
}

/** `significand`, big-endian two's complement, times ten to the power of `exponent`. */
export function decimalFloatReader(field: ArrowField): ValueReader {
  const [, significand] = field.children
  const names = field.children.map(({ name }) => name).join()
  if (names !== 'exponent,significand' || significand?.type.form.name !== 'binary')
    throw unlike(field, { type: 'decfloat' })
  return vector => {
    const exponents = wholeNumbers(field, vector, 0)
    const { length = 0, buffers: [, raw = emptySlice, values = emptySlice] = [] } = vector.children[1] ?? {}
    const offsets = readOffsets(raw, length, 4, values.length)
    const bytes = bytesOf(values)
    return row => decimalFloatText(bigEndian(bytes.subarray(offsets[row], offsets[row + 1])), exponents(row))
  }
}

function wholeNumbers(field: ArrowField, { children }: ArrowVector, at: number): (row: number) => bigint {
  const part = field.children[at]
  const child = children[at]
  if (!child || part?.type.form.name !== 'int') throw unlike(field, { type: 'struct' })
  const width = part.type.bits / 8
  const view = viewOf(child)
  return row => bigAt(view, row * width, width, true)
}

function bigEndian(bytes: Uint8Array): bigint {
  const value = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)
  return BigInt.asIntN(8 * bytes.length, value)
}
