import type { ArrowField } from '../../execute/arrow/arrow-schema.ts'
import { bigAt, fixedVector, putBig, viewOf } from '../../execute/arrow/fixed-values.ts'
import { emptySlice } from '../../execute/arrow/slice.ts'
import type { ValueForm } from './value-form.ts'

const second = 1_000_000_000n
const millisecond = 1_000_000n
/** Snowflake counts a zone's minutes from a day before UTC. */
const utc = 1440n

/** Dates and times as one integer: so many times `nanoseconds` since the epoch. */
export function ticksForm(field: ArrowField, nanoseconds: bigint): ValueForm {
  const width = field.type.bits / 8
  return {
    field,
    read: vector => {
      const view = viewOf(vector)
      return row => isoText(bigAt(view, row * width, width, true) * nanoseconds)
    },
    write: texts => fixedVector(texts, width, putTicks(width, nanoseconds)),
  }
}

/**
 * Snowflake's timestamps as a struct of `epoch`, `fraction` (nanoseconds) and `timezone`, the last two where they are needed.
 * Without a fraction, the epoch counts as the scale says. `undefined` for any other struct.
 */
export function epochStructForm(field: ArrowField): ValueForm | undefined {
  const places = new Map(field.children.map(({ name, type }, at) => [name, { at, type }]))
  const [epoch, fraction, timezone] = ['epoch', 'fraction', 'timezone'].map(name => places.get(name))
  const logical = field.metadata.get('logicalType') ?? ''
  const whole = [epoch, fraction, timezone].filter(part => part?.type.form.name === 'int').length
  if (!epoch || !logical.startsWith('TIMESTAMP') || whole !== field.children.length) return undefined
  const scale = Number(field.metadata.get('scale') ?? '0')
  const unit = fraction ? second : (units[scale] ?? second)
  return {
    field,
    read: ({ children }) => {
      const [from, zone] = [epoch, timezone].map(part => {
        const child = part && children[part.at]
        const width = part ? part.type.bits / 8 : 0
        const view = child && viewOf(child)
        return (row: number) => (view ? bigAt(view, row * width, width, true) : undefined)
      })
      return row => isoText((from?.(row) ?? 0n) * unit + ((zone?.(row) ?? utc) - utc) * 60n * second)
    },
    write: texts => {
      const children = field.children.map(({ name, type }) => {
        const width = type.bits / 8
        if (name === 'epoch') return fixedVector(texts, width, putTicks(width, unit))
        return fixedVector(texts, width, (view, at) => putBig(view, at, width, name === 'timezone' ? utc : 0n))
      })
      const [{ nullCount = 0, buffers: [validity = emptySlice] = [] } = {}] = [children[epoch.at]]
      const parts = children.map(child => ({ ...child, nullCount, buffers: [validity, ...child.buffers.slice(1)] }))
      return { length: texts.length, nullCount, buffers: [validity], children: parts }
    },
  }
}

const units = Array.from({ length: 10 }, (_, scale) => second / 10n ** BigInt(scale))

/** In UTC, to the millisecond below; empty where a `Date` cannot say it. */
function isoText(nanoseconds: bigint): string {
  const rest = nanoseconds % millisecond
  const date = new Date(Number(nanoseconds / millisecond - (rest < 0n ? 1n : 0n)))
  return Number.isNaN(date.getTime()) ? '' : date.toISOString()
}

function putTicks(width: number, nanoseconds: bigint): (view: DataView, at: number, text: string) => boolean {
  return (view, at, text) => {
    const milliseconds = Date.parse(text)
    const ticks = Number.isNaN(milliseconds) ? undefined : (BigInt(milliseconds) * millisecond) / nanoseconds
    return putBig(view, at, width, ticks)
  }
}
