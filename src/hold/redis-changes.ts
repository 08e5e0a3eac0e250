import type { Redis } from 'ioredis'
import type { SessionId } from '../statement.ts'
import { Doorbell } from './doorbell.ts'

const hintsAtOnce = 1_000
/** After a failed read. Milliseconds. */
const pauseMilliseconds = 200
const blockMilliseconds = 5_000

/** The stream of hints in Redis, each read from the entry before it, whatever happens to the connection meanwhile. */
export class RedisChanges {
  readonly #redis: Redis
  readonly #stream: string

  constructor(redis: Redis, stream: string) {
    this.#redis = redis
    this.#stream = stream
  }

  /** From the moment of this call on. Never rejects. */
  follow(signal: AbortSignal): AsyncIterable<SessionId> {
    return this.#after(this.#newest(), signal)
  }

  async *#after(last: Promise<string | undefined>, signal: AbortSignal): AsyncGenerator<SessionId> {
    // A connection of its own: a read that blocks would keep every other command waiting.
    const reader = this.#redis.duplicate({ commandTimeout: undefined, socketTimeout: blockMilliseconds + 3_000 })
    reader.on('error', () => undefined)
    const stop = () => reader.disconnect()
    signal.addEventListener('abort', stop)
    const pause = new Doorbell()
    let cursor = await last
    try {
      while (!signal.aborted) {
        cursor ??= await this.#newest()
        const hints = cursor === undefined ? undefined : await this.#hintsAfter(reader, cursor)
        if (!hints) await pause.wait(pauseMilliseconds, signal)
        for (const [entry, [, hold]] of hints ?? []) {
          cursor = entry
          if (signal.aborted) return
          if (hold !== undefined) yield hold
        }
      }
    } finally {
      signal.removeEventListener('abort', stop)
      stop()
    }
  }

  async #hintsAfter(reader: Redis, cursor: string): Promise<[entry: string, fields: string[]][] | undefined> {
    try {
      const from = ['STREAMS', this.#stream, cursor] as const
      const answer = await reader.xread('COUNT', hintsAtOnce, 'BLOCK', blockMilliseconds, ...from)
      return answer?.[0]?.[1] ?? []
    } catch {
      return undefined
    }
  }

  /** The newest entry, or undefined where Redis cannot be asked. Never rejects. */
  async #newest(): Promise<string | undefined> {
    const newest = await this.#redis.xrevrange(this.#stream, '+', '-', 'COUNT', 1).catch(() => undefined)
    return newest && (newest[0]?.[0] ?? '0-0')
  }
}
