import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Opens (and where needed makes) a SQLite file that several processes may use at once: WAL, and an fsync for each commit,
 * so that what was committed survives a power cut. Waits at most `busyMilliseconds` for another process's transaction.
 * Throws where the file does not keep these promises (a file system without shared memory silently refuses WAL).
 */
export function openSqlite(path: string, busyMilliseconds: number): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(path, { timeout: busyMilliseconds })
  switchToWal(db, performance.now() + busyMilliseconds)
  db.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA foreign_keys = ON')
  // What a savepoint would go back to needs no file: it is for a transaction that has not been committed.
  db.exec('PRAGMA temp_store = MEMORY')
  const journal = db.prepare('PRAGMA journal_mode').get()?.journal_mode
  const synchronous = db.prepare('PRAGMA synchronous').get()?.synchronous
  if (journal !== 'wal' || synchronous !== 2) {
    db.close()
    throw new Error(`SQLite cannot keep a write-ahead log there (journal ${journal}); put the file on a local disk`)
  }
  return db
}

/** SQLite's own waiting does not cover two processes that switch a new file at the same moment: the second is refused. */
function switchToWal(db: DatabaseSync, deadline: number): void {
  try {
    db.exec('PRAGMA journal_mode = WAL')
  } catch (error) {
    if (!isBusy(error) || performance.now() > deadline) throw error
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    switchToWal(db, deadline)
  }
}

/** SQLITE_BUSY in any of its forms: https://sqlite.org/rescode.html#busy */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5
}

/**
 * Brings the file's tables up to the newest version: `migrations[n]` leads from version n to n + 1. Throws where a newer
 * version of this program wrote the file.
 */
export function migrateSqlite(db: DatabaseSync, migrations: readonly string[]): void {
  inTransaction(db, () => {
    const version = Number(db.prepare('PRAGMA user_version').get()?.user_version)
    if (version > migrations.length)
      throw new Error(`the file has version ${version}, newer than this program knows; run the newer Querywarden`)
    for (const migration of migrations.slice(version)) db.exec(migration)
    db.exec(`PRAGMA user_version = ${migrations.length}`)
  })
}

/** Runs `work` alone among all writers, and keeps all of it or nothing. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    // SQLite itself has already rolled back where the disk was full or failed.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** What SQLite said, for the log: its own words for the code, never a value. */
export function sqliteDetail(error: unknown): string {
  if (error instanceof Error && 'errcode' in error && 'errstr' in error)
    return `SQLite ${error.errcode}: ${error.errstr}`
  if (error instanceof Error && 'code' in error) return `SQLite: ${error.code}`
  return 'SQLite failed'
}
