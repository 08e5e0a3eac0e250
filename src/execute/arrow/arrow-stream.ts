import { malformed } from '../json-bytes.ts'
import { endOfStream, messageHead, messageKind, readMessages } from './arrow-messages.ts'
import { type ArrowField, readSchema, writeSchema } from './arrow-schema.ts'
import { type ArrowVector, BatchReader, batchMessage } from './record-batch.ts'

/** Rows, column by column. */
export interface ArrowBatch {
  readonly rows: number
  readonly columns: readonly ArrowVector[]
}

/** An IPC stream: one schema, and record batches of it. */
export interface ArrowStream {
  readonly fields: readonly ArrowField[]
  readonly batches: Iterable<ArrowBatch>
}

/**
 * Where the columns of a stream stand in its bytes. Batches are read when they are asked for, once. Rejects with
 * `result_shape`, there too, what is not exactly that: dictionaries, compressed bodies and types that are not known here as well.
 */
export function readArrowStream(stream: Uint8Array): ArrowStream {
  // Not a Buffer: arrays of one class only are what keeps the loops over them fast.
  const messages = readMessages(new Uint8Array(stream.buffer, stream.byteOffset, stream.length))
  const schema = messages.next().value
  if (schema?.kind !== messageKind.schema) throw malformed('a stream without a schema')
  const fields = readSchema(schema.header)
  return { fields, batches: readBatches(messages, fields) }
}

function* readBatches(messages: ReturnType<typeof readMessages>, fields: readonly ArrowField[]): Generator<ArrowBatch> {
  for (const message of messages) {
    const batch = new BatchReader(message)
    yield { rows: batch.rows, columns: batch.columns(fields) }
  }
}

/** The stream in pieces, to be sent one after the other; those that hold values are the vectors' own buffers. */
export function writeArrowStream({ fields, batches }: ArrowStream): Uint8Array[] {
  const pieces = [messageHead(messageKind.schema, 0, builder => writeSchema(builder, fields))]
  for (const { rows, columns } of batches) pieces.push(...batchMessage(rows, columns))
  return [...pieces, endOfStream()]
}
