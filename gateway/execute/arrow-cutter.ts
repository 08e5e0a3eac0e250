import { isDeepStrictEqual } from 'node:util'
import { GatewayError } from '#src/errors.ts'
import { type ArrowMessage, endOfStream, messageAt, messageKind } from '#src/execute/arrow/arrow-messages.ts'
import { readSchema } from '#src/execute/arrow/arrow-schema.ts'
import { batchRows } from '#src/execute/arrow/record-batch.ts'
import { columnReaders } from '#src/execute/snowflake-arrow/arrow-texts.ts'
import type { RawPage, WireType } from '#src/execute/warehouse.ts'
import { freeBytes } from '#src/free-bytes.ts'
import { room } from './room.ts'

/** Of a page, which is larger only where one record batch is. */
const enoughBytes = 4 * 1024 * 1024
/** Of what says how long a message is, or that it is longer still to say. */
const lengthBytes = 4

/**
 * Cuts Arrow streams into pages of whole record batches, about 4 MiB each, while their bytes arrive. A page is a stream of its own
 * in pieces of whole messages, and holds nothing of two: numbers may be of another width in the next one. Never more than a page
 * and one message is kept, and each byte copied once, out of the memory that it arrived in.
 * Throws `result_shape` where the bytes are not that, or their columns not the announced ones.
 */
export class ArrowCutter {
  readonly #types: readonly WireType[]
  #stream = new StreamSoFar()
  /** Of the columns, in the first stream. */
  #names: readonly string[] | undefined
  /** Rows of this stream that left in pages, this time or before; and those that are left out, because they came before. */
  #taken = 0
  #skip = 0

  constructor(types: readonly WireType[]) {
    this.#types = types
  }

  /** A stream begins: the next one, or the last one once more from its beginning, where its reading was interrupted. */
  begin(again = false): void {
    this.#stream = new StreamSoFar()
    if (!again) this.#taken = 0
    this.#skip = this.#taken
  }

  *add(bytes: Uint8Array): Generator<RawPage> {
    const stream = this.#stream
    for (const { message, bytes: framed } of stream.add(bytes)) {
      if (!stream.schema) stream.schema = this.#checked(message, framed)
      else if (!this.#skips(message)) stream.keep(message, framed)
      if (stream.kept >= enoughBytes) yield this.#take()
    }
  }

  /** The stream ends; answers with how many rows it had. */
  *end(): Generator<RawPage, number> {
    this.#stream.requireEnd()
    if (this.#stream.rows > 0) yield this.#take()
    if (this.#skip > 0) throw notArrow('it has fewer rows than before')
    return this.#taken
  }

  /** What is left when the last stream has ended. */
  *rest(): Generator<RawPage> {}

  #checked({ kind, header }: ArrowMessage, framed: Uint8Array): Uint8Array {
    if (kind !== messageKind.schema) throw notArrow('it has no schema')
    const fields = readSchema(header)
    columnReaders(fields, this.#types)
    const names = fields.map(({ name }) => name)
    this.#names ??= names
    // What masks them goes by their order.
    if (!isDeepStrictEqual(names, this.#names)) throw notArrow('its columns are others than before')
    return framed
  }

  #skips(message: ArrowMessage): boolean {
    if (this.#skip === 0) return false
    this.#skip -= batchRows(message)
    if (this.#skip < 0) throw notArrow('it is cut in other places than before')
    return true
  }

  #take(): RawPage {
    const { rows } = this.#stream
    this.#taken += rows
    return { form: 'snowflake-arrow', rows, ...this.#stream.take() }
  }
}

/** One stream, as far as it arrived. */
class StreamSoFar {
  schema: Uint8Array | undefined
  /** Of the batches that are kept. */
  rows = 0
  kept = 0
  #batches: Uint8Array[] = []
  /** Of the message that arrives: its bytes so far, how many they are, and in how few of them it cannot be found. */
  #message = room(lengthBytes)
  #length = 0
  #needed = lengthBytes
  #ended = false

  keep(message: ArrowMessage, framed: Uint8Array): void {
    this.rows += batchRows(message)
    this.kept += framed.length
    this.#batches.push(framed)
  }

  *add(part: Uint8Array): Generator<{ message: ArrowMessage; bytes: Uint8Array }> {
    for (let at = 0; at < part.length; ) {
      if (this.#ended) throw notArrow('it goes on behind its end')
      const end = Math.min(part.length, at + this.#needed - this.#length)
      this.#append(part.subarray(at, end))
      at = end
      if (this.#length < this.#needed) return
      const bytes = this.#message.subarray(0, this.#length)
      const found = messageAt(bytes, 0)
      this.#needed = found.is === 'part' ? found.end : lengthBytes
      if (found.is === 'part') continue
      this.#ended = found.is === 'end'
      this.#message = room(lengthBytes)
      this.#length = 0
      if (found.is === 'message') yield { message: found.message, bytes }
    }
  }

  /** A message says how long it is before it is there: beyond what most are, memory is taken as its bytes arrive. */
  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#message.length) {
      const larger = room(Math.min(this.#needed, Math.max(2 * length, enoughBytes)))
      larger.set(this.#message.subarray(0, this.#length))
      this.#message = larger
    }
    this.#message.set(bytes, this.#length)
    this.#length = length
  }

  take(): Pick<RawPage, 'pieces' | 'free'> {
    const batches = this.#batches
    this.rows = 0
    this.kept = 0
    this.#batches = []
    const pieces = [...(this.schema ? [this.schema] : []), ...batches, endOfStream()]
    return { pieces, free: () => batches.forEach(freeBytes) }
  }

  /** No bytes are no rows. */
  requireEnd(): void {
    if (this.#length > 0 || this.#ended !== (this.schema !== undefined)) throw notArrow('it ends early')
  }
}

function notArrow(detail: string): GatewayError {
  return new GatewayError('result_shape', { detail: `a part of the result is no stream of Arrow: ${detail}` })
}
