import { malformed } from '../json-bytes.ts'
import type { FlatTable } from './flat-table.ts'

/** Which buffers hold the values of a type: https://arrow.apache.org/docs/format/Columnar.html#buffer-listing-for-each-layout */
type Layout = 'none' | 'validity' | 'fixed' | 'list' | 'variable'

/** A member of a type's table in Schema.fbs, with the default that is left out on the wire. */
interface Member {
  readonly as: 'byte' | 'short' | 'int' | 'text'
  readonly fallback: number
}

interface TypeForm {
  readonly name: string
  readonly members: readonly Member[]
  readonly layout: Layout
  /** Of the offsets into the values, in bytes. */
  readonly offsetWidth?: 4 | 8
  /** Bits of one value. */
  readonly bits?: (members: readonly number[]) => number
  readonly children?: 'one' | 'any'
}

const short = (fallback = 0): Member => ({ as: 'short', fallback })
const int = (fallback = 0): Member => ({ as: 'int', fallback })
const byte: Member = { as: 'byte', fallback: 0 }
const text: Member = { as: 'text', fallback: 0 }
const first = ([bits = 0]: readonly number[]) => bits

/**
 * By their number in the union `Type` of Schema.fbs. Unions, run ends and views are not among them: no warehouse sends
 * them, so they are refused.
 */
const typeForms: Readonly<Record<number, TypeForm>> = {
  1: { name: 'null', members: [], layout: 'none' },
  2: { name: 'int', members: [int(), byte], layout: 'fixed', bits: first },
  3: { name: 'float', members: [short()], layout: 'fixed', bits: ([precision = 0]) => 16 << precision },
  4: { name: 'binary', members: [], layout: 'variable', offsetWidth: 4 },
  5: { name: 'utf8', members: [], layout: 'variable', offsetWidth: 4 },
  6: { name: 'bool', members: [], layout: 'fixed', bits: () => 1 },
  7: { name: 'decimal', members: [int(), int(), int(128)], layout: 'fixed', bits: ([, , bits = 0]) => bits },
  8: { name: 'date', members: [short(1)], layout: 'fixed', bits: ([unit]) => (unit === 0 ? 32 : 64) },
  9: { name: 'time', members: [short(1), int(32)], layout: 'fixed', bits: ([, bits = 0]) => bits },
  10: { name: 'timestamp', members: [short(), text], layout: 'fixed', bits: () => 64 },
  11: { name: 'interval', members: [short()], layout: 'fixed', bits: ([unit = 0]) => [32, 64, 128][unit] ?? 0 },
  12: { name: 'list', members: [], layout: 'list', offsetWidth: 4, children: 'one' },
  13: { name: 'struct', members: [], layout: 'validity', children: 'any' },
  15: { name: 'fixed_size_binary', members: [int()], layout: 'fixed', bits: ([bytes = 0]) => 8 * bytes },
  16: { name: 'fixed_size_list', members: [int()], layout: 'validity', children: 'one' },
  17: { name: 'map', members: [byte], layout: 'list', offsetWidth: 4, children: 'one' },
  18: { name: 'duration', members: [short(1)], layout: 'fixed', bits: () => 64 },
  19: { name: 'large_binary', members: [], layout: 'variable', offsetWidth: 8 },
  20: { name: 'large_utf8', members: [], layout: 'variable', offsetWidth: 8 },
  21: { name: 'large_list', members: [], layout: 'list', offsetWidth: 8, children: 'one' },
}

/** A type as a schema declares it. */
export interface ArrowType {
  readonly id: number
  readonly form: TypeForm
  /** The values of `form.members`; 0 in place of a text. */
  readonly members: readonly number[]
  /** Of a timestamp; empty where it has none. */
  readonly timezone: string
  /** Bits of one value of a `fixed` layout, else 0. */
  readonly bits: number
}

/** 64-bit and signed: what any masked integer fits into. */
export const int64: ArrowType = arrowType(2, [64, 1], '')

export function arrowType(id: number, members: readonly number[], timezone: string): ArrowType {
  const form = typeForms[id]
  if (!form) throw malformed(`a column of Arrow type ${id}, which is not known here`)
  const bits = form.bits?.(members) ?? 0
  if (form.layout === 'fixed' && !(bits === 1 || (bits > 0 && bits % 8 === 0)))
    throw malformed(`values of ${bits} bits`)
  return { id, form, members, timezone, bits }
}

export function readType(id: number, table: FlatTable): ArrowType {
  const members = typeForms[id]?.members ?? []
  const values = members.map(({ as, fallback }, slot) => {
    if (as === 'text') return 0
    return as === 'byte' ? table.byte(slot) : table[as](slot, fallback)
  })
  const zone = members.findIndex(({ as }) => as === 'text')
  return arrowType(id, values, zone >= 0 && table.has(zone) ? table.text(zone) : '')
}
