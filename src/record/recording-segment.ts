import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, truncate, unlink } from 'node:fs/promises'
import { join } from 'node:path'

interface Waiting {
  readonly frame: Uint8Array
  resolve(place: string): void
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

  /** Durable when it resolves, to `<segment>.zst@<offset>`. */
  append(frame: Uint8Array): Promise<string> {
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
      try {
        await this.#write(batch)
      } catch (error) {
        this.#failed = true
        await this.#giveBack()
        for (const { reject } of batch) reject(error)
      }
    }
    this.#writing = undefined
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    if (this.#failed) throw new Error('the segment failed before')
    const file = await this.#file
    const bytes = Buffer.concat(batch.map(({ frame }) => frame))
    for (let written = 0; written < bytes.length; ) {
      written += (await file.write(bytes, written, bytes.length - written, this.#bytes + written)).bytesWritten
    }
    for (const { frame, resolve } of batch) {
      resolve(`${this.#name}@${this.#bytes}`)
      this.#bytes += frame.length
    }
  }

  /** Half a write takes no space on a disk that is full already, and an empty segment no name. */
  async #giveBack(): Promise<void> {
    const cut = this.#bytes === 0 ? unlink(this.#path) : truncate(this.#path, this.#bytes)
    await cut.catch(() => undefined)
  }
}

/** `O_DSYNC`: a write returns when its data, and the length that makes them readable, are on the disk. */
async function openDurably(folder: string, path: string): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_DSYNC } = constants
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_DSYNC, 0o600)
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
