import { mkdir, open } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { constants, createZstdDecompress, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { type Clock, systemClock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { WireForm, WirePage } from '../execute/wire-page.ts'
import { freeBytes } from '../free-bytes.ts'
import { parseSessionId, type SessionId, sha256 } from '../statement.ts'
import { wholeBytes } from '../whole-bytes.ts'
import type { Frame } from './event.ts'
import { longestPlain, plainFrame } from './plain-frame.ts'
import { inlineBytes, RecordingSegment, syncFolder, type WrittenFrame } from './recording-segment.ts'
import type { RecordingStore, WrittenPage } from './recording-store.ts'
import { SparePlaces } from './spare-places.ts'

const compress = promisify(zstdCompress)
/** Of what comes out when a page is packed or unpacked: each further piece costs a buffer, and another way to the other thread. */
const pieceBytes = 256 * 1024
/** Told the size, it prepares no tables and no buffer for a larger page than this. */
const zstd = (size: number) => ({
  pledgedSrcSize: size,
  chunkSize: Math.min(size + 64, pieceBytes),
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
})
/** No page is larger, compressed or not: what is larger was not written by us, or is a bomb. */
const maxPageBytes = 64 * 1024 * 1024
/** Up to this size the way to another thread takes longer than to unpack a page here. */
const unpackedInline = 256 * 1024
const segmentBytes = 256 * 1024 * 1024
const nothing = new Uint8Array(0)
const placePattern = /^(\d{4}-\d\d-\d\d-[0-9a-f]{16})\.zst@(\d{1,15})$/

/**
 * Recordings in a folder of append-only segments, named after the day (UTC) they were begun, so that old ones can be deleted by
 * name. A segment is nothing but zstd frames one after the other: `zstdcat` prints it, one JSON object a page (and below it the
 * stream of a page in Arrow). One write and one `fdatasync` make a page durable, and pages that arrive meanwhile share the next.
 * Each process writes segments of its own.
 */
export class FolderRecordingStore implements RecordingStore {
  readonly #root: string
  readonly #clock: Clock
  readonly #places = new SparePlaces()
  #segment: RecordingSegment | undefined
  #closed = false

  private constructor(root: string, options: { clock?: Clock }) {
    this.#root = resolve(root)
    this.#clock = options.clock ?? systemClock
  }

  /** Rejects with `record_unavailable` where the folder cannot be written. */
  static async open(root: string, options: { clock?: Clock } = {}): Promise<FolderRecordingStore> {
    const store = new FolderRecordingStore(root, options)
    await orElse(unavailable, async () => {
      await mkdir(store.#root, { recursive: true, mode: 0o700 })
      await syncFolder(dirname(store.#root))
    })
    return store
  }

  async put(id: SessionId, page: number, { form, rows, pieces }: WirePage): Promise<WrittenPage> {
    const text = [head(sessionId(id), page, form), ...pieces, tail(form)]
    const length = text.reduce((sum, piece) => sum + piece.length, 0)
    if (length > maxPageBytes) throw tooLarge()
    return orElse(unavailable, async () => {
      const frame = await this.#packed(text, length)
      const { place, durable } = await this.#append(frame)
      const written = { page, rows, form, sha256: sha256(frame), bytes: frame.length, unpacked: length, place }
      freeBytes(frame)
      return { frame: written, durable: awaitedLater(orElse(unavailable, () => durable)) }
    })
  }

  async get(id: SessionId, frame: Frame): Promise<WirePage> {
    const [, segment, offset] = placePattern.exec(frame.place ?? '') ?? []
    if (!segment || !(frame.bytes > 0 && frame.bytes <= maxPageBytes)) throw lost('the frame names no place')
    return orElse(lost, async () => {
      const path = join(this.#root, `${segment}.zst`)
      const bytes = await orElse(unread(id), () => readAt(path, Number(offset), frame.bytes))
      if (sha256(bytes) !== frame.sha256) throw lost('the frame is not the one that was recorded')
      const { form, rows } = frame
      const [before, behind] = [head(id, frame.page, form), tail(form)]
      const text = await unpacked(bytes)
      freeBytes(bytes)
      const [first = nothing, ...rest] = behind.length > 0 ? [wholeBytes(text)] : text
      if (!before.equals(first.subarray(0, before.length))) throw lost('the frame belongs elsewhere')
      const pieces = [first.subarray(before.length, first.length - behind.length), ...rest]
      return { form, rows, pieces, free: () => pieces.forEach(freeBytes) }
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#segment?.close()
  }

  #packed(text: readonly Uint8Array[], length: number): Buffer | Promise<Buffer> {
    if (length <= longestPlain) return plainFrame(text, length)
    if (length <= inlineBytes) return zstdCompressSync(Buffer.concat(text), zstd(length))
    return this.#places.joined(text, bytes => compress(bytes, zstd(length)))
  }

  async #append(frame: Uint8Array): Promise<WrittenFrame> {
    if (this.#closed) throw unavailable('the recording store is closed')
    const day = new Date(this.#clock.now()).toISOString().slice(0, 10)
    const current = this.#segment
    if (!current || current.failed || current.day !== day || current.bytes >= segmentBytes) {
      void current?.close()
      this.#segment = new RecordingSegment(this.#root, day)
    }
    return (this.#segment as RecordingSegment).append(frame)
  }
}

/** Before and behind the rows: in the same line where they are JSON, else below it. */
function head(session: SessionId, page: number, form: WireForm): Buffer {
  const line = JSON.stringify({ session, page, form })
  return Buffer.from(form === 'snowflake-arrow' ? `${line}\n` : `${line.slice(0, -1)},"rows":`)
}

function tail(form: WireForm): Buffer {
  return Buffer.from(form === 'snowflake-arrow' ? '' : '}\n')
}

/** In pieces as they come, so that what was sent on can go. */
async function unpacked(frame: Uint8Array): Promise<Uint8Array[]> {
  if (frame.length <= unpackedInline)
    return [zstdDecompressSync(frame, { maxOutputLength: maxPageBytes, chunkSize: pieceBytes })]
  const unpacking = createZstdDecompress({ chunkSize: pieceBytes })
  unpacking.end(frame)
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of unpacking) {
    pieces.push(piece)
    length += piece.length
    if (length > maxPageBytes) throw lost('the page is larger than a frame may be')
  }
  return pieces
}

async function readAt(path: string, position: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function sessionId(id: SessionId): SessionId {
  if (parseSessionId(id) !== id) throw unavailable('not a session id')
  return id
}

/** Whatever the disk says (gone, full, not permitted) means the same. Names the cause by its code only. */
async function orElse<T>(failure: (detail: string) => GatewayError, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw failure(error instanceof Error && 'code' in error ? String(error.code) : 'the recording failed')
  }
}

/** Nobody may wait for it: the statement may fail before. */
function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

function unavailable(detail: string): GatewayError {
  return new GatewayError('record_unavailable', { detail })
}

/** Only a row alone can be: pages end long before that. */
function tooLarge(): GatewayError {
  return new GatewayError('limit_exceeded', {
    message: `A row of the result is larger than the ${maxPageBytes / 1024 / 1024} MiB that can be recorded.`,
    next: 'Select fewer columns, or a part of the long values.',
  })
}

/** What a disk does not give now it may give later, unless it says that there is none. */
function unread(id: SessionId): (code: string) => GatewayError {
  return code => {
    if (code === 'ENOENT') return lost(code)
    const message = 'The statement ran, but what was recorded of its result cannot be read right now.'
    const next = `Ask for ${id} again, and do not submit the statement a second time.`
    return new GatewayError('record_unavailable', { message, next, detail: code })
  }
}

/** Of a page that was recorded. */
function lost(detail: string): GatewayError {
  return new GatewayError('recording_lost', { detail })
}
