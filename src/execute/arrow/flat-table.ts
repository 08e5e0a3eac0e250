import { isUtf8 } from 'node:buffer'
import { malformed } from '../json-bytes.ts'

/**
 * A table of FlatBuffers (https://flatbuffers.dev/internals/), read where it stands. Rejects with `result_shape` offsets that
 * point out of the bytes, where the `flatbuffers` package reads zeros.
 */
export class FlatTable {
  readonly #view: DataView
  readonly #at: number
  readonly #slots: number
  readonly #vtable: number

  constructor(view: DataView, at: number) {
    this.#view = view
    this.#at = at
    this.#vtable = at - view.getInt32(inside(view, at, 4), true)
    this.#slots = (view.getUint16(inside(view, this.#vtable, 2), true) - 4) / 2
  }

  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    return new FlatTable(view, view.getUint32(inside(view, 0, 4), true))
  }

  byte(slot: number): number {
    const at = this.#field(slot)
    return at === 0 ? 0 : this.#view.getUint8(inside(this.#view, at, 1))
  }

  short(slot: number, fallback: number): number {
    const at = this.#field(slot)
    return at === 0 ? fallback : this.#view.getInt16(inside(this.#view, at, 2), true)
  }

  int(slot: number, fallback: number): number {
    const at = this.#field(slot)
    return at === 0 ? fallback : this.#view.getInt32(inside(this.#view, at, 4), true)
  }

  long(slot: number): number {
    const at = this.#field(slot)
    return at === 0 ? 0 : long(this.#view, inside(this.#view, at, 8))
  }

  has(slot: number): boolean {
    return this.#field(slot) !== 0
  }

  table(slot: number): FlatTable | undefined {
    const at = this.#target(slot)
    return at === 0 ? undefined : new FlatTable(this.#view, at)
  }

  tables(slot: number): FlatTable[] {
    const { start, count } = this.#vector(slot, 4)
    return Array.from({ length: count }, (_, nth) => {
      const at = start + 4 * nth
      return new FlatTable(this.#view, at + this.#view.getUint32(inside(this.#view, at, 4), true))
    })
  }

  text(slot: number): string {
    const { start, count } = this.#vector(slot, 1)
    const bytes = Buffer.from(this.#view.buffer, this.#view.byteOffset + start, count)
    if (!isUtf8(bytes)) throw malformed('a name that is not UTF-8')
    return bytes.toString()
  }

  /** A vector of structs of so many 64-bit integers each, one after the other. */
  longs(slot: number, each: number): Longs {
    const { start, count } = this.#vector(slot, 8 * each)
    return new Longs(this.#view, start, each * count)
  }

  #field(slot: number): number {
    if (slot >= this.#slots) return 0
    const offset = this.#view.getUint16(inside(this.#view, this.#vtable + 4 + 2 * slot, 2), true)
    return offset === 0 ? 0 : this.#at + offset
  }

  #target(slot: number): number {
    const at = this.#field(slot)
    return at === 0 ? 0 : at + this.#view.getUint32(inside(this.#view, at, 4), true)
  }

  #vector(slot: number, size: number): { readonly start: number; readonly count: number } {
    const at = this.#target(slot)
    if (at === 0) return { start: 0, count: 0 }
    const count = this.#view.getUint32(inside(this.#view, at, 4), true)
    if (count * size > this.#view.byteLength - at - 4) throw malformed('metadata that runs out')
    return { start: at + 4, count }
  }
}

/** 64-bit integers, each read when it is asked for: a list of them takes longer to make than to read. Beyond the last are −1. */
export class Longs {
  readonly count: number
  readonly #view: DataView
  readonly #start: number

  constructor(view: DataView, start: number, count: number) {
    this.#view = view
    this.#start = start
    this.count = count
  }

  at(nth: number): number {
    return nth < this.count ? long(this.#view, this.#start + 8 * nth) : -1
  }
}

/** Where `size` bytes can be read. */
function inside(view: DataView, at: number, size: number): number {
  if (at < 0 || at + size > view.byteLength) throw malformed('metadata that points out of itself')
  return at
}

function long(view: DataView, at: number): number {
  const low = view.getInt32(at, true)
  const high = view.getInt32(at + 4, true)
  // Nearly all are small: as such they are kept without memory of their own.
  if (high === 0 && low >= 0) return low
  if (high < 0 || high >= 2 ** 21) throw malformed('a length beyond all bounds')
  return high * 2 ** 32 + (low >>> 0)
}
