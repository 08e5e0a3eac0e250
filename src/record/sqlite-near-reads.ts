import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Taint } from '../decide/taint.ts'
import { openSqlite } from '../open-sqlite.ts'
import type { SessionId } from '../statement.ts'
import { taintOf } from './taint-row.ts'

const fewLookUps = 24

/**
 * What every statement asks of the record, read on the thread that asks: three look-ups by index, in pages that the operating
 * system has in memory, take less than the way to another thread and back. Waits for nobody: what cannot be had at once is
 * `undefined`, and the reader's thread is asked, which waits and says why.
 */
export class SqliteNearReads {
  readonly #db: DatabaseSync
  readonly #session: StatementSync
  readonly #setting: StatementSync
  readonly #taints: StatementSync

  private constructor(path: string) {
    this.#db = openSqlite(path, 0)
    this.#db.exec('PRAGMA query_only = ON')
    this.#session = this.#db.prepare('SELECT 1 FROM session WHERE id = ?')
    this.#setting = this.#db.prepare('SELECT value FROM setting WHERE name = ?')
    this.#taints = this.#db.prepare(
      `SELECT connection, column_name, class, mask, session, at FROM taint
       WHERE connection = ? AND table_name = ? AND cleared_at IS NULL`,
    )
  }

  /** Of a file that is there and migrated. */
  static open(path: string): SqliteNearReads | undefined {
    return atOnce(() => new SqliteNearReads(path))
  }

  /** Whether there is a session of this id. */
  hasSession(id: SessionId): boolean | undefined {
    return atOnce(() => this.#session.get(id) !== undefined)
  }

  setting(name: string): { readonly value: string | undefined } | undefined {
    return atOnce(() => {
      const row = this.#setting.get(name)
      return { value: row && String(row.value) }
    })
  }

  /** `tables` in lower case; of many it is no near look-up. */
  taints(connections: readonly string[], tables: readonly string[]): readonly Taint[] | undefined {
    const names = [...new Set(tables)]
    if (connections.length * names.length > fewLookUps) return undefined
    // One by one: a list would have to be read as JSON, which takes longer than the look-up.
    const found = atOnce(() =>
      connections.flatMap(connection => names.flatMap(table => this.#taints.all(connection, table))),
    )
    return found?.map(taintOf).sort((a, b) => a.at - b.at || (a.column < b.column ? -1 : 1))
  }

  close(): void {
    this.#db.close()
  }
}

/** Busy, closed, or a disk that fails. */
function atOnce<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
