import { malformed } from '../json-bytes.ts'
import { type ArrowMessage, endOfStream, messageHead, messageKind, readMessages } from './arrow-messages.ts'
import { type ArrowField, writeSchema } from './arrow-schema.ts'
import { BatchWriter } from './batch-writer.ts'
import { FreshBytes } from './fresh-bytes.ts'
import { type ArrowVector, BatchReader } from './record-batch.ts'
import { SchemaReader } from './schema-reader.ts'

/** Rows, column by column. */
export interface ArrowBatch {
  readonly rows: number
  readonly columns: readonly ArrowVector[]
}

/** An IPC stream: one schema, and record batches of it. */
interface ArrowStream {
  readonly fields: readonly ArrowField[]
  readonly batches: Iterable<ArrowBatch>
}

/**
 * Where the columns of a stream stand in its bytes, which come in pieces of whole messages. Batches are read when they are asked
 * for, once. `schemas` may be kept from stream to stream: then `fields` is the same array where the schema is the same. Rejects
 * with `result_shape`, there too, what is not exactly that: dictionaries, compressed bodies and types that are not known here as
 * well.
 */
export function readArrowStream(stream: readonly Uint8Array[], schemas = new SchemaReader()): ArrowStream {
  // Not Buffers: arrays of one class only are what keeps the loops over them fast.
  const messages = readMessages(stream.map(piece => new Uint8Array(piece.buffer, piece.byteOffset, piece.length)))
  const schema = messages.next().value
  if (schema?.kind !== messageKind.schema) throw malformed('a stream without a schema')
  const fields = schemas.read(schema)
  return { fields, batches: readBatches(messages, fields) }
}

function* readBatches(messages: Iterable<ArrowMessage>, fields: readonly ArrowField[]): Generator<ArrowBatch> {
  for (const message of messages) {
    const batch = new BatchReader(message)
    yield { rows: batch.rows, columns: batch.columns(fields) }
  }
}

/** Writes streams of one schema. */
export class ArrowWriter {
  readonly #schema: Uint8Array
  readonly #batches: BatchWriter

  constructor(fields: readonly ArrowField[], fresh = new FreshBytes()) {
    this.#batches = new BatchWriter(fresh)
    this.#schema = messageHead(messageKind.schema, builder => writeSchema(builder, fields)).head
  }

  /** A stream in pieces, to be sent one after the other; those that hold values are the vectors' own buffers. */
  stream(batches: Iterable<ArrowBatch>): Uint8Array[] {
    const pieces = [this.#schema]
    for (const { rows, columns } of batches) this.#batches.addMessage(rows, columns, pieces)
    pieces.push(endOfStream())
    return pieces
  }
}
