import { Builder } from 'flatbuffers'
import { malformed } from '../json-bytes.ts'
import { FlatTable } from './flat-table.ts'

/** The kinds of message (`MessageHeader` of Message.fbs) that are taken here. */
export const messageKind = { schema: 1, recordBatch: 3 } as const

export interface ArrowMessage {
  readonly kind: number
  /** As bytes, and of it what the message is about. */
  readonly metadata: Uint8Array
  readonly header: FlatTable
  readonly body: Uint8Array
}

const continuation = 0xffffffff
/** `MetadataVersion` of Schema.fbs; V4 differs from it only in unions. */
const v5 = 4
const v4 = 3
/** No warehouse sends more: a part of a result is at most 160 MB as Snowflake packs it. */
const maxMetadata = 2 ** 24
const maxBody = 2 ** 29

/** What stands at a place of a stream, and where it ends. */
type Found =
  | { readonly is: 'message'; readonly end: number; readonly message: ArrowMessage }
  | { readonly is: 'end'; readonly end: number }
  /** Not all of it is there: it reaches at least that far. */
  | { readonly is: 'part'; readonly end: number }

/**
 * The messages of an IPC stream (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format), also in the
 * framing from before Arrow 0.15, that comes in pieces of whole messages. A stream without its end marker was cut, and is refused
 * with `result_shape`.
 */
export function* readMessages(pieces: readonly Uint8Array[]): Generator<ArrowMessage> {
  let ended = false
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      if (ended) throw malformed('bytes behind the end of the stream')
      const found = messageAt(piece, at)
      if (found.is === 'part') throw malformed('a stream without its end')
      if (found.is === 'message') yield found.message
      ended = found.is === 'end'
      at = found.end
    }
  }
  if (!ended) throw malformed('a stream without its end')
}

/** Rejects with `result_shape` what cannot become a message, however much follows. */
export function messageAt(stream: Uint8Array, at: number): Found {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length)
  const marked = at + 4 <= stream.length && view.getUint32(at, true) === continuation
  const start = at + (marked ? 8 : 4)
  if (start > stream.length) return { is: 'part', end: at + 8 }
  const size = view.getInt32(start - 4, true)
  if (size === 0) return { is: 'end', end: start }
  if (size < 0 || size > maxMetadata) throw malformed(`metadata of ${size} bytes`)
  const bodyStart = start + size
  if (bodyStart > stream.length) return { is: 'part', end: bodyStart }
  const metadata = stream.subarray(start, bodyStart)
  const root = FlatTable.root(metadata)
  const version = root.short(0, 0)
  if (version !== v4 && version !== v5) throw malformed(`metadata of version ${version}`)
  const header = root.table(2)
  const length = root.long(3)
  if (!header || length < 0 || length > maxBody) throw malformed(`a body of ${length} bytes`)
  const end = bodyStart + length
  if (end > stream.length) return { is: 'part', end }
  return {
    is: 'message',
    end,
    message: { kind: root.byte(1), metadata, header, body: stream.subarray(bodyStart, end) },
  }
}

interface MessageHead {
  readonly head: Uint8Array<ArrayBuffer>
  /** Where it says how many bytes follow. */
  readonly lengthAt: number
}

/** The frame and metadata of a message that has no body, until its length is written at `lengthAt`. */
export function messageHead(kind: number, writeHeader: (builder: Builder) => number): MessageHead {
  const builder = new Builder(1024)
  const header = writeHeader(builder)
  builder.startObject(5)
  builder.addFieldInt16(0, v5, 0)
  builder.addFieldInt8(1, kind, 0)
  builder.addFieldOffset(2, header, 0)
  builder.addFieldInt64(3, 0n, null)
  const lengthAt = builder.offset()
  builder.finish(builder.endObject())
  const metadata = builder.asUint8Array()
  const head = new Uint8Array(8 + padded(metadata.length))
  const view = new DataView(head.buffer)
  view.setUint32(0, continuation, true)
  view.setUint32(4, head.length - 8, true)
  head.set(metadata, 8)
  return { head, lengthAt: 8 + metadata.length - lengthAt }
}

export function endOfStream(): Uint8Array {
  return Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0)
}

/** Every buffer and every message ends at a multiple of 8 bytes. */
export function padded(length: number): number {
  return length + (-length & 7)
}
