import { type DataType, Field, makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct } from 'apache-arrow'
import { encodingOf } from './arrow-encodings.ts'
import type { Cell, ColumnType } from './cells.ts'

/** A column under its name. */
interface NamedColumn extends ColumnType {
  readonly name: string
}

/**
 * A part of a result as the service's IPC stream: one record batch for each vector of DuckDB's, and in each part the forms that
 * its own values fit in. No bytes for no rows.
 */
export function arrowStream(columns: readonly NamedColumn[], vectors: readonly (readonly Cell[][])[]): Uint8Array {
  const filled = vectors.filter(rows => rows.length > 0)
  if (filled.length === 0) return new Uint8Array(0)
  const encodings = columns.map((column, at) =>
    encodingOf(
      column,
      filled.flatMap(rows => cellsOf(rows, at)),
    ),
  )
  const fields = columns.map((column, at) => fieldOf(column, encodings[at]?.type as DataType))
  const schema = new Schema(fields)
  const writer = new ExactWriter()
  for (const rows of filled) {
    const children = encodings.map(({ data }, at) => data(cellsOf(rows, at)))
    const struct = makeData({ type: new Struct(fields), length: rows.length, nullCount: 0, children })
    writer.write(new RecordBatch(schema, struct))
  }
  return writer.finish().toUint8Array(true)
}

const cellsOf = (rows: readonly Cell[][], at: number): Cell[] => rows.map(row => row[at] ?? null)

function fieldOf({ name, type, precision, scale, length, byteLength }: NamedColumn, arrowType: DataType): Field {
  const facts = {
    logicalType: type.toUpperCase(),
    precision: precision ?? 38,
    scale: scale ?? 0,
    charLength: length ?? 0,
    byteLength: type === 'timestamp_tz' ? 16 : (byteLength ?? 0),
  }
  return new Field(name, arrowType, true, new Map(Object.entries(facts).map(([key, value]) => [key, String(value)])))
}

/** Without its padding in the length of a buffer, as the service writes it: Python's driver takes a zero behind the last offset for one. */
class ExactWriter extends RecordBatchStreamWriter {
  protected override _assembleRecordBatch(batch: RecordBatch) {
    const assembled = super._assembleRecordBatch(batch)
    for (const [at, region] of assembled.bufferRegions.entries()) region.length = assembled.buffers[at]?.byteLength ?? 0
    return assembled
  }
}
