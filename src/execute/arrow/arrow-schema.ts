import type { Builder } from 'flatbuffers'
import { malformed } from '../json-bytes.ts'
import { type ArrowType, readType } from './arrow-type.ts'
import type { FlatTable } from './flat-table.ts'

/** Of a column, or of what a nested one is made of. */
export interface ArrowField {
  readonly name: string
  readonly nullable: boolean
  readonly type: ArrowType
  readonly metadata: ReadonlyMap<string, string>
  readonly children: readonly ArrowField[]
}

const deepest = 64
const maxFields = 10_000

/** What drivers need to decode a column. What else stands beside a field, or the schema, does not leave. */
const knownMetadata = new Set([
  'logicalType',
  'finalType',
  'precision',
  'scale',
  'charLength',
  'byteLength',
  'ARROW:extension:name',
  'ARROW:extension:metadata',
])

/** The fields of a `Schema` of Schema.fbs. Rejects with `result_shape` what is not little-endian, or not known here. */
export function readSchema(schema: FlatTable): ArrowField[] {
  if (schema.short(0, 0) !== 0) throw malformed('big-endian values')
  let fields = 0
  const read = (table: FlatTable, depth: number): ArrowField => {
    // Tables may be shared: without a bound, few bytes unfold to more fields than memory holds.
    if (++fields > maxFields || depth > deepest) throw malformed('too many fields')
    if (table.has(4)) throw malformed('a column that is encoded by a dictionary')
    const type = table.table(3)
    if (!type) throw malformed('a column without a type')
    const field = {
      name: table.text(0),
      nullable: table.byte(1) !== 0,
      type: readType(table.byte(2), type),
      metadata: readMetadata(table.tables(6)),
      children: table.tables(5).map(child => read(child, depth + 1)),
    }
    const { children = 'none' } = field.type.form
    if (children === 'any' ? false : field.children.length !== (children === 'one' ? 1 : 0))
      throw malformed(`a column of type ${field.type.form.name} made of ${field.children.length}`)
    return field
  }
  return schema.tables(1).map(field => read(field, 0))
}

function readMetadata(entries: readonly FlatTable[]): ReadonlyMap<string, string> {
  const all = entries.map(entry => [entry.text(0), entry.text(1)] as const)
  return new Map(all.filter(([name]) => knownMetadata.has(name)))
}

/** A `Schema` of these fields; the answer is where the builder put it. */
export function writeSchema(builder: Builder, fields: readonly ArrowField[]): number {
  const written = writeOffsets(
    builder,
    fields.map(field => writeField(builder, field)),
  )
  builder.startObject(4)
  builder.addFieldOffset(1, written, 0)
  return builder.endObject()
}

function writeField(builder: Builder, field: ArrowField): number {
  const children = writeOffsets(
    builder,
    field.children.map(child => writeField(builder, child)),
  )
  const metadata = writeOffsets(
    builder,
    Array.from(field.metadata, ([name, value]) => writeEntry(builder, name, value)),
  )
  const name = builder.createString(field.name)
  const type = writeType(builder, field.type)
  builder.startObject(7)
  builder.addFieldOffset(0, name, 0)
  builder.addFieldInt8(1, field.nullable ? 1 : 0, 0)
  builder.addFieldInt8(2, field.type.id, 0)
  builder.addFieldOffset(3, type, 0)
  builder.addFieldOffset(5, children, 0)
  builder.addFieldOffset(6, metadata, 0)
  return builder.endObject()
}

function writeType(builder: Builder, { form, members, timezone }: ArrowType): number {
  const zone = timezone === '' ? 0 : builder.createString(timezone)
  builder.startObject(form.members.length)
  for (const [slot, { as, fallback }] of form.members.entries()) {
    const value = members[slot] ?? fallback
    if (as === 'text') builder.addFieldOffset(slot, zone, 0)
    else if (as === 'byte') builder.addFieldInt8(slot, value, fallback)
    else if (as === 'short') builder.addFieldInt16(slot, value, fallback)
    else builder.addFieldInt32(slot, value, fallback)
  }
  return builder.endObject()
}

function writeEntry(builder: Builder, name: string, value: string): number {
  const written = [builder.createString(name), builder.createString(value)] as const
  builder.startObject(2)
  builder.addFieldOffset(0, written[0], 0)
  builder.addFieldOffset(1, written[1], 0)
  return builder.endObject()
}

function writeOffsets(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4)
  for (const offset of offsets.toReversed()) builder.addOffset(offset)
  return builder.endVector()
}
