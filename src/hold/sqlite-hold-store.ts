import { randomBytes } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Clock, systemClock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import { inTransaction, migrateSqlite, openSqlite, sqliteDetail } from '../open-sqlite.ts'
import { principalKey } from '../principal.ts'
import { type SessionId, sha256 } from '../statement.ts'
import { type Hold, type HoldState, mayMove } from './hold.ts'
import {
  type HoldStore,
  type KeepOptions,
  listedAtOnce,
  maxKeptBytes,
  type Replaced,
  reservedMilliseconds,
  tooMuchKept,
} from './hold-store.ts'
import { SqliteChanges } from './sqlite-changes.ts'
import { parseStoredHold } from './stored-hold.ts'

/** After its expiry a hold stays readable this long. Milliseconds. */
const keptMilliseconds = 24 * 3_600_000
const busyMilliseconds = 4_000

const migrations = [
  `CREATE TABLE hold (
     id TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL,
     collect_at INTEGER NOT NULL, principal TEXT NOT NULL, digest TEXT NOT NULL, body TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX hold_by_state ON hold (state, created_at, id);
   CREATE INDEX hold_by_end ON hold (collect_at);
   CREATE INDEX hold_waiting ON hold (principal, digest, created_at) WHERE state IN ('pending', 'approved');
   CREATE TABLE change (n INTEGER PRIMARY KEY AUTOINCREMENT, hold TEXT NOT NULL) STRICT;
   CREATE TABLE mark (kind TEXT NOT NULL, key TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;
   CREATE INDEX mark_by_end ON mark (until);
   CREATE TABLE epoch (word TEXT NOT NULL) STRICT;`,
  `CREATE TABLE kept (key TEXT PRIMARY KEY, text TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE INDEX kept_by_end ON kept (until);`,
  `ALTER TABLE kept ADD COLUMN owner TEXT;
   ALTER TABLE kept ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX kept_by_owner ON kept (owner, bytes) WHERE owner IS NOT NULL;`,
  `CREATE TABLE place (id TEXT PRIMARY KEY, principal TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
]

/**
 * The hold store in one SQLite file, for one machine: the gateway and the bot open the same file. The host's clock decides
 * expiry. Calls run at once in the caller's thread; one that changes something costs an fsync.
 */
export class SqliteHoldStore implements HoldStore {
  readonly #db: DatabaseSync
  /** Asked with each request of a driver. */
  readonly #kept: StatementSync
  readonly #clock: Clock
  readonly #changes: SqliteChanges
  readonly #closed = new AbortController()

  /** Throws where the file cannot be opened. */
  constructor(path: string, options: { clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock
    this.#db = openSqlite(path, busyMilliseconds)
    migrateSqlite(this.#db, migrations)
    this.#kept = this.#db.prepare('SELECT text FROM kept WHERE key = ? AND until > ?')
    this.#changes = new SqliteChanges(this.#db)
  }

  async create(hold: Hold): Promise<boolean> {
    return this.#write(() => {
      this.#collect()
      const { createdAt, digest, statement } = hold.terms
      const owner = principalKey(statement.principal)
      const { changes } = this.#run(
        'INSERT INTO hold VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
        ...[hold.id, hold.version, hold.state, createdAt, this.#collectAt(hold), owner, digest, JSON.stringify(hold)],
      )
      this.#run('DELETE FROM place WHERE id = ?', hold.id)
      if (changes === 1) this.#changes.announce(hold.id)
      return changes === 1
    })
  }

  async fetch(id: SessionId): Promise<Hold | undefined> {
    const body = this.#bodyOf(id)
    if (body === undefined) return undefined
    const hold = await parseStoredHold(id, body)
    if (!hold) throw new GatewayError('integrity', { detail: `hold ${id} is not readable in the hold store` })
    return hold
  }

  async storedHash(id: SessionId): Promise<string | undefined> {
    const body = this.#bodyOf(id)
    return body === undefined ? undefined : sha256(body)
  }

  #bodyOf(id: SessionId): string | undefined {
    const row = this.#guard(() => this.#db.prepare('SELECT body FROM hold WHERE id = ?').get(id))
    return row && String(row.body)
  }

  async replace(expected: Hold, next: Hold, options: { before?: number } = {}): Promise<Replaced> {
    if (next.id !== expected.id) return 'conflict'
    if (next.state !== expected.state && !mayMove(expected.state, next.state)) return 'conflict'
    const stored = { ...next, version: expected.version + 1 }
    return this.#write(() => {
      const now = this.#db.prepare('SELECT version, state FROM hold WHERE id = ?').get(expected.id)
      if (now?.version !== expected.version || now.state !== expected.state) return 'conflict'
      if (options.before !== undefined && this.#clock.now() >= options.before) return 'late'
      this.#run(
        'UPDATE hold SET version = ?, state = ?, collect_at = ?, body = ? WHERE id = ?',
        ...[stored.version, stored.state, this.#collectAt(stored), JSON.stringify(stored), stored.id],
      )
      this.#changes.announce(stored.id)
      return 'replaced'
    })
  }

  async ids(states: readonly HoldState[]): Promise<SessionId[]> {
    const sql = `SELECT id FROM hold WHERE ${oneOf('state')} ORDER BY created_at, id`
    return this.#guard(() => this.#db.prepare(sql).all(JSON.stringify(states))).map(({ id }) => String(id))
  }

  async *list(states: readonly HoldState[]): AsyncIterable<Hold> {
    const ids = await this.ids(states)
    const sql = `SELECT id, body FROM hold WHERE ${oneOf('id')} AND ${oneOf('state')} ORDER BY created_at, id`
    for (let from = 0; from < ids.length; from += listedAtOnce) {
      const some = JSON.stringify(ids.slice(from, from + listedAtOnce))
      for (const row of this.#guard(() => this.#db.prepare(sql).all(some, JSON.stringify(states)))) {
        const hold = await parseStoredHold(String(row.id), String(row.body))
        if (hold) yield hold
      }
    }
  }

  changes(signal: AbortSignal): AsyncIterable<SessionId> {
    return this.#guard(() => this.#changes.follow(AbortSignal.any([signal, this.#closed.signal])))
  }

  async now(): Promise<number> {
    return this.#guard(() => this.#clock.now())
  }

  async findWaiting(principal: string, digest: string): Promise<SessionId | undefined> {
    return this.#guard(() => {
      const sql = `SELECT id FROM hold WHERE state IN ('pending', 'approved') AND principal = ? AND digest = ? ORDER BY created_at, id`
      const row = this.#db.prepare(`${sql} LIMIT 1`).get(principal, digest)
      return row && String(row.id)
    })
  }

  async reserve(id: SessionId, principal: string, most: number): Promise<boolean> {
    return this.#write(() => {
      this.#collect()
      const taken = `SELECT id FROM hold WHERE state = 'pending' AND principal = ? UNION SELECT id FROM place WHERE principal = ?`
      const { changes } = this.#run(
        `INSERT OR REPLACE INTO place SELECT ?, ?, ? WHERE (SELECT count(*) FROM (${taken}) WHERE id <> ?) < ?`,
        ...[id, principal, this.#clock.now() + reservedMilliseconds, principal, principal, id, most],
      )
      return changes === 1
    })
  }

  async touch(id: SessionId, milliseconds: number): Promise<void> {
    this.#write(() => this.#mark('awaited', id, milliseconds, 'DO UPDATE SET until = max(until, excluded.until)'))
  }

  async isAwaited(id: SessionId): Promise<boolean> {
    return this.#guard(() => {
      const sql = `SELECT 1 FROM mark WHERE kind = 'awaited' AND key = ? AND until > ?`
      return this.#db.prepare(sql).get(id, this.#clock.now()) !== undefined
    })
  }

  async once(key: string, seconds: number): Promise<boolean> {
    return this.#write(() => {
      this.#collect()
      return this.#mark('once', key, seconds * 1_000, 'DO NOTHING')
    })
  }

  async keep(key: string, text: string, seconds: number, { instead, owner }: KeepOptions = {}): Promise<boolean> {
    return this.#write(() => {
      this.#collect()
      const until = this.#clock.now() + seconds * 1_000
      if (owner !== undefined && this.#bytesOf(owner, key) + text.length > maxKeptBytes) throw tooMuchKept()
      const update = 'UPDATE kept SET text = ?, until = ?, bytes = ? WHERE key = ? AND text = ?'
      const { changes } = instead
        ? this.#run(update, text, until, text.length, key, instead)
        : this.#run('INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?)', key, text, until, owner ?? null, text.length)
      return changes > 0
    })
  }

  #bytesOf(owner: string, exceptKey: string): number {
    const sql = 'SELECT sum(bytes) AS bytes FROM kept WHERE owner = ? AND key <> ?'
    return Number(this.#db.prepare(sql).get(owner, exceptKey)?.bytes ?? 0)
  }

  async kept(key: string): Promise<string | undefined> {
    return this.#guard(() => {
      const row = this.#kept.get(key, this.#clock.now())
      return row && String(row.text)
    })
  }

  async forget(key: string): Promise<void> {
    this.#write(() => this.#run('DELETE FROM kept WHERE key = ?', key))
  }

  async epoch(): Promise<string> {
    return this.#write(() => {
      const sql = 'INSERT INTO epoch SELECT ? WHERE NOT EXISTS (SELECT 1 FROM epoch)'
      this.#run(sql, randomBytes(16).toString('hex'))
      return String(this.#db.prepare('SELECT word FROM epoch').get()?.word)
    })
  }

  async check(): Promise<readonly string[]> {
    const answer = this.#guard(() => this.#db.prepare('PRAGMA quick_check(1)').get()?.quick_check)
    if (answer !== 'ok') {
      throw new Error('The hold store’s file is damaged. Move it away: the gateway fills a new one from its record.')
    }
    await this.epoch()
    return []
  }

  async close(): Promise<void> {
    this.#closed.abort()
    if (this.#db.isOpen) this.#db.close()
  }

  #mark(kind: 'awaited' | 'once', key: string, milliseconds: number, onConflict: string): boolean {
    const now = this.#clock.now()
    this.#run('DELETE FROM mark WHERE kind = ? AND key = ? AND until <= ?', kind, key, now)
    return (
      this.#run(`INSERT INTO mark VALUES (?, ?, ?) ON CONFLICT ${onConflict}`, kind, key, now + milliseconds)
        .changes === 1
    )
  }

  #collect(): void {
    const now = this.#clock.now()
    this.#run('DELETE FROM hold WHERE collect_at <= ?', now)
    this.#run('DELETE FROM place WHERE until <= ?', now)
    this.#run('DELETE FROM mark WHERE until <= ?', now)
    this.#run('DELETE FROM kept WHERE until <= ?', now)
  }

  #collectAt(hold: Hold): number {
    return Math.max(hold.terms.expiresAt, this.#clock.now()) + keptMilliseconds
  }

  #run(sql: string, ...values: (string | number | null)[]) {
    return this.#db.prepare(sql).run(...values)
  }

  #write<T>(work: () => T): T {
    const result = this.#guard(() => inTransaction(this.#db, work))
    this.#changes.ring()
    return result
  }

  #guard<T>(work: () => T): T {
    if (!this.#db.isOpen) throw new GatewayError('holds_unavailable', { detail: 'the hold store is closed' })
    try {
      return work()
    } catch (error) {
      if (error instanceof GatewayError) throw error
      throw new GatewayError('holds_unavailable', { detail: sqliteDetail(error) })
    }
  }
}

/** The parameter is a list as JSON. */
function oneOf(column: string): string {
  return `${column} IN (SELECT value FROM json_each(?))`
}
