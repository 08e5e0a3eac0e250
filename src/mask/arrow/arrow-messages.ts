import { Builder } from 'flatbuffers'
import { malformed } from '../../execute/json-bytes.ts'
import { FlatTable } from './flat-table.ts'

/** The kinds of message (`MessageHeader` of Message.fbs) that are taken here. */
export const messageKind = { schema: 1, recordBatch: 3 } as const

export interface ArrowMessage {
  readonly kind: number
  readonly header: FlatTable
  readonly body: Uint8Array
}

const continuation = 0xffffffff
/** `MetadataVersion` of Schema.fbs; V4 differs from it only in unions. */
const v5 = 4
const v4 = 3

/**
 * The messages of an IPC stream (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format), also in the
 * framing from before Arrow 0.15. A stream without its end marker was cut, and is refused with `result_shape`.
 */
export function* readMessages(stream: Uint8Array): Generator<ArrowMessage> {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length)
  let at = 0
  for (;;) {
    const marked = at + 4 <= stream.length && view.getUint32(at, true) === continuation
    const start = at + (marked ? 8 : 4)
    if (start > stream.length) throw malformed('a stream without its end')
    const size = view.getInt32(start - 4, true)
    if (size === 0) {
      if (start !== stream.length) throw malformed('bytes behind the end of the stream')
      return
    }
    if (size < 0 || size > stream.length - start) throw malformed('metadata that runs out')
    const bodyStart = start + size
    const message = readMessage(FlatTable.root(stream.subarray(start, bodyStart)), stream.subarray(bodyStart))
    yield message
    at = bodyStart + message.body.length
  }
}

function readMessage(root: FlatTable, rest: Uint8Array): ArrowMessage {
  const version = root.short(0, 0)
  if (version !== v4 && version !== v5) throw malformed(`metadata of version ${version}`)
  const header = root.table(2)
  const length = root.long(3)
  if (!header || length < 0 || length > rest.length) throw malformed('a body that runs out')
  return { kind: root.byte(1), header, body: rest.subarray(0, length) }
}

/** The frame and metadata of a message; its body of `bodyLength` bytes is to follow. */
export function messageHead(kind: number, bodyLength: number, writeHeader: (builder: Builder) => number): Uint8Array {
  const builder = new Builder(1024)
  const header = writeHeader(builder)
  builder.startObject(5)
  builder.addFieldInt16(0, v5, 0)
  builder.addFieldInt8(1, kind, 0)
  builder.addFieldOffset(2, header, 0)
  builder.addFieldInt64(3, BigInt(bodyLength), 0n)
  builder.finish(builder.endObject())
  const metadata = builder.asUint8Array()
  const head = new Uint8Array(8 + padded(metadata.length))
  const view = new DataView(head.buffer)
  view.setUint32(0, continuation, true)
  view.setUint32(4, head.length - 8, true)
  head.set(metadata, 8)
  return head
}

export function endOfStream(): Uint8Array {
  return Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0)
}

/** Every buffer and every message ends at a multiple of 8 bytes. */
export function padded(length: number): number {
  return Math.ceil(length / 8) * 8
}
