import { GatewayError } from '../../errors.ts'
import type { ArrowField } from '../arrow/arrow-schema.ts'
import { readArrowStream } from '../arrow/arrow-stream.ts'
import type { ArrowVector } from '../arrow/record-batch.ts'
import type { WireType } from '../warehouse.ts'
import { type TextReader, textReader } from './text-readers.ts'

/**
 * The rows of an Arrow stream of Snowflake, batch by batch, as its JSON results have them: text or null in the units of the
 * column's type. Rejects with `result_shape` a stream that is malformed, or holds a column in a form that its type has not.
 */
export function* arrowTexts(stream: Uint8Array, types: readonly WireType[]): Generator<(string | null)[][]> {
  const { fields, batches } = readArrowStream([stream])
  const readers = columnReaders(fields, types)
  for (const { rows, columns } of batches) {
    const texts = readers.map((read, at) => read(columns[at] as ArrowVector))
    yield Array.from({ length: rows }, (_, row) => texts.map(text => text(row)))
  }
}

/** How each of these columns is read. Rejects with `result_shape` where the fields of a stream are others. */
export function columnReaders(fields: readonly ArrowField[], types: readonly WireType[]): readonly TextReader[] {
  if (fields.length !== types.length)
    throw new GatewayError('result_shape', {
      detail: `the result has ${fields.length} columns, announced were ${types.length}`,
    })
  return types.map((type, at) => textReader(fields[at] as ArrowField, type))
}
