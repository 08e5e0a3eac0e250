import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { type FileHandle, open, truncate, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { wholeBytes } from '../whole-bytes.ts'

/** A frame that the operating system has: it outlives this process. */
export interface WrittenFrame {
  /** `<segment>.zst@<offset>` */
  readonly place: string
  /** Resolves when the frame outlives a power cut as well. */
  readonly durable: Promise<void>
}

/** Up to this size the way to another thread takes longer than the work. */
export const inlineBytes = 4_096

interface Waiting {
  readonly frame: Uint8Array
  resolve(written: WrittenFrame): void
  reject(error: unknown): void
}

/**
 * One append-only file of frames, written by one process. After a failed write nobody can say what the disk holds, so the
 * segment takes nothing more (`failed`), and what it promised before stays readable.
 */
export class RecordingSegment {
  readonly day: string
  readonly #name: string
  readonly #path: string
  readonly #file: Promise<FileHandle>
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  #bytes = 0
  #failed = false

  /** `day` is `yyyy-mm-dd`. */
  constructor(folder: string, day: string) {
    this.day = day
    this.#name = `${day}-${randomBytes(8).toString('hex')}.zst`
    this.#path = join(folder, this.#name)
    this.#file = openDurably(folder, this.#path)
    this.#file.catch(() => undefined)
  }

  get bytes(): number {
    return this.#bytes
  }

  get failed(): boolean {
    return this.#failed
  }

  /** Frames that arrive while one is written and synchronised share the next write. */
  append(frame: Uint8Array): Promise<WrittenFrame> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frame, resolve, reject })
      this.#writing ??= this.#writeAll()
    })
  }

  async close(): Promise<void> {
    await this.#writing
    this.#failed = true
    await this.#file.then(file => file.close()).catch(() => undefined)
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      const durable = Promise.withResolvers<void>()
      durable.promise.catch(() => undefined)
      try {
        const file = await this.#write(batch, durable.promise)
        durable.resolve(await file.datasync())
      } catch (error) {
        this.#failed = true
        durable.reject(error)
        for (const { reject } of batch) reject(error)
      }
    }
    this.#writing = undefined
  }

  async #write(batch: readonly Waiting[], durable: Promise<void>): Promise<FileHandle> {
    if (this.#failed) throw new Error('the segment failed before')
    const file = await this.#file
    const frames = batch.map(({ frame }) => frame)
    const bytes = wholeBytes(frames)
    try {
      let written = 0
      // Into the page cache: for a small frame that is quicker than the way to another thread.
      if (bytes.length <= inlineBytes) written = writeSync(file.fd, bytes, 0, bytes.length, this.#bytes)
      while (written < bytes.length) {
        written += (await file.write(bytes, written, bytes.length - written, this.#bytes + written)).bytesWritten
      }
    } catch (error) {
      await this.#giveBack()
      throw error
    }
    for (const { frame, resolve } of batch) {
      resolve({ place: `${this.#name}@${this.#bytes}`, durable })
      this.#bytes += frame.length
    }
    return file
  }

  /** Half a write takes no space on a disk that is full already, and an empty segment no name. */
  async #giveBack(): Promise<void> {
    const cut = this.#bytes === 0 ? unlink(this.#path) : truncate(this.#path, this.#bytes)
    await cut.catch(() => undefined)
  }
}

async function openDurably(folder: string, path: string): Promise<FileHandle> {
  const file = await open(path, 'wx', 0o600)
  try {
    await syncFolder(folder)
  } catch (error) {
    await file.close()
    throw error
  }
  return file
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
