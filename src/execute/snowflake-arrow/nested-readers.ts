import type { ArrowField } from '../arrow/arrow-schema.ts'
import { readOffsets } from '../arrow/offsets.ts'
import type { ArrowVector } from '../arrow/record-batch.ts'
import { emptySlice } from '../arrow/slice.ts'
import { snowflakeReader } from '../snowflake-text.ts'
import type { WireType } from '../warehouse.ts'
import { textReader, unlike, type ValueReader } from './text-readers.ts'

type ReadJson = (row: number) => string

/** As a list of JSON. */
export function listReader(field: ArrowField): ValueReader {
  const [item] = field.children
  const { form, members } = field.type
  if (!item) throw unlike(field, { type: 'array' })
  const read = jsonReader(item)
  return ({ length, buffers: [, raw = emptySlice], children: [items] }) => {
    const json = read(items)
    const size = members[0] ?? 0
    const offsets = form.offsetWidth ? readOffsets(raw, length, form.offsetWidth, items?.length ?? 0) : undefined
    return row => `[${each(offsets?.[row] ?? row * size, offsets?.[row + 1] ?? (row + 1) * size, json)}]`
  }
}

/** As an object of JSON, under the keys of the entries. */
export function mapReader(field: ArrowField): ValueReader {
  const [entries] = field.children
  const [key, value] = entries?.children ?? []
  if (!key || !value) throw unlike(field, { type: 'map' })
  const [readKey, readValue] = [textReader(key, typeOf(key)), jsonReader(value)]
  return ({ length, buffers: [, raw = emptySlice], children: [parts] }) => {
    const [keys, values] = parts?.children ?? []
    if (!keys) throw unlike(field, { type: 'map' })
    const [name, json] = [readKey(keys), readValue(values)]
    const offsets = readOffsets(raw, length, 4, keys.length)
    const entry = (at: number) => `${JSON.stringify(name(at) ?? '')}:${json(at)}`
    return row => `{${each(offsets[row] ?? 0, offsets[row + 1] ?? 0, entry)}}`
  }
}

/** As an object of JSON, under the names of the parts. */
export function objectReader(field: ArrowField): ValueReader {
  const readers = field.children.map(child => ({ name: JSON.stringify(child.name), read: jsonReader(child) }))
  return ({ children }) => {
    const parts = readers.map(({ name, read }, at) => ({ name, json: read(children[at]) }))
    return row => `{${parts.map(({ name, json }) => `${name}:${json(row)}`).join()}}`
  }
}

function each(from: number, to: number, read: ReadJson): string {
  return Array.from({ length: to - from }, (_, nth) => read(from + nth)).join()
}

/** A part of a value, with numbers as they stand, and dates and times as in cells. */
function jsonReader(field: ArrowField): (vector: ArrowVector | undefined) => ReadJson {
  const wire = typeOf(field)
  const read = textReader(field, wire)
  const json = jsonOf(wire)
  return vector => {
    if (!vector) throw unlike(field, wire)
    const text = read(vector)
    return row => {
      const value = text(row)
      return value === null ? 'null' : json(value)
    }
  }
}

function jsonOf(wire: WireType): (text: string) => string {
  switch (wire.type) {
    case 'fixed':
    case 'real':
    case 'decfloat':
      return text => (Number.isFinite(Number(text)) ? text : JSON.stringify(text))
    case 'boolean':
      return text => String(text === '1')
    case 'variant':
    case 'object':
    case 'array':
    case 'map':
    case 'vector':
      return text => (isJson(text) ? text : JSON.stringify(text))
    default: {
      const cell = snowflakeReader(wire)
      return text => JSON.stringify(cell(text))
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Where nothing beside a part says what it is. */
const types: Readonly<Record<string, string>> = {
  int: 'fixed',
  decimal: 'fixed',
  float: 'real',
  bool: 'boolean',
  date: 'date',
  binary: 'binary',
  struct: 'object',
  list: 'array',
  large_list: 'array',
  fixed_size_list: 'array',
  map: 'map',
}

function typeOf({ type, metadata }: ArrowField): WireType {
  const scale = Number(metadata.get('scale') ?? 0)
  return { type: metadata.get('logicalType')?.toLowerCase() ?? types[type.form.name] ?? 'text', scale }
}
