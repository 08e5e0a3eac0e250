import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { SessionId } from '../statement.ts'
import { Doorbell } from './doorbell.ts'

/** How soon another process’s change is seen: a person waits for each, and looking costs microseconds. */
const pollMilliseconds = 20
const changesKept = 10_000

/** The hints in the table `change`: numbered by whoever writes them, looked for by whoever follows. */
export class SqliteChanges {
  readonly #db: DatabaseSync
  /** Asked fifty times a second. */
  readonly #later: StatementSync
  readonly #changed = new Doorbell()

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#later = db.prepare('SELECT n, hold FROM change WHERE n > ? ORDER BY n LIMIT 1000')
  }

  /** Within the transaction of the change. */
  announce(id: SessionId): void {
    const { lastInsertRowid } = this.#db.prepare('INSERT INTO change (hold) VALUES (?)').run(id)
    this.#db.prepare('DELETE FROM change WHERE n <= ?').run(Number(lastInsertRowid) - changesKept)
  }

  /** Something was committed: who follows in this process need not wait for the next poll. */
  ring(): void {
    this.#changed.ring()
  }

  /** From the moment of this call on. Throws what SQLite throws; what it gives back never does. */
  follow(signal: AbortSignal): AsyncIterable<SessionId> {
    return this.#after(Number(this.#db.prepare('SELECT max(n) AS n FROM change').get()?.n ?? 0), signal)
  }

  async *#after(from: number, signal: AbortSignal): AsyncGenerator<SessionId> {
    let cursor = from
    while (!signal.aborted) {
      const rows = this.#read(cursor)
      if (rows.length === 0) await this.#changed.wait(pollMilliseconds, signal)
      for (const row of rows) {
        cursor = row.n
        if (signal.aborted) return
        yield row.hold
      }
    }
  }

  /** A poll that failed is tried again, and hints may be lost. */
  #read(cursor: number): { n: number; hold: SessionId }[] {
    try {
      return this.#later.all(cursor).map(row => ({ n: Number(row.n), hold: String(row.hold) }))
    } catch {
      return []
    }
  }
}
