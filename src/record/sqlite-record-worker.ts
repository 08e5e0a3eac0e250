import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { inTransaction, migrateSqlite, openSqlite, sqliteDetail } from '../open-sqlite.ts'
import { recordMigrations } from './record-schema.ts'
import { type RecordOperations, readOperations, writeOperations } from './sqlite-record-operations.ts'

/** One call of an operation; `id` pairs it with its answer. */
export interface Call {
  readonly id: number
  readonly name: keyof RecordOperations
  readonly values: readonly unknown[]
}
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: string }

/** Bounds one transaction, so that the first caller of a burst does not wait for the last. */
const maxBatch = 1_000
const busyMilliseconds = 5_000
/** Their pages are well under the thousand at which SQLite copies its log into the file by itself, while the caller waits. */
const callsBetweenCheckpoints = 32

/**
 * The thread that owns one connection to the record's file. As `writer` it puts everything that waits into one transaction,
 * so that many callers share one fsync, and answers after the commit; as `reader` it keeps look-ups out of the writers' way.
 */
function serve(port: MessagePort, { path, role }: { path: string; role: 'writer' | 'reader' }): void {
  const db = openSqlite(path, busyMilliseconds)
  if (role === 'writer') migrateSqlite(db, recordMigrations)
  else db.exec('PRAGMA query_only = ON')
  const [savepoint, release] = [db.prepare('SAVEPOINT one'), db.prepare('RELEASE one')]
  const operations = { ...readOperations(db), ...writeOperations(db) }
  // The caller's types name the operation and its arguments; see SqliteRecordThread.
  const perform = ({ id, name, values }: Call): Answer => ({
    id,
    value: (operations[name] as (...all: readonly unknown[]) => unknown)(...values),
  })

  function inSavepoint(call: Call): Answer {
    savepoint.run()
    try {
      const answer = perform(call)
      release.run()
      return answer
    } catch (error) {
      // Where the disk failed, SQLite has rolled the whole transaction back: then nothing of this batch may be promised.
      if (!db.isTransaction) throw error
      db.exec('ROLLBACK TO one; RELEASE one')
      return { id: call.id, failure: sqliteDetail(error) }
    }
  }

  function commit(batch: readonly Call[]): Answer[] {
    try {
      // One that is alone has its transaction to go back.
      return inTransaction(db, () => batch.map(batch.length === 1 ? perform : inSavepoint))
    } catch (error) {
      return batch.map(({ id }) => ({ id, failure: sqliteDetail(error) }))
    }
  }

  function look(batch: readonly Call[]): Answer[] {
    return batch.map(call => {
      try {
        return perform(call)
      } catch (error) {
        return { id: call.id, failure: sqliteDetail(error) }
      }
    })
  }

  let sinceCheckpoint = 0
  /** After the answer, when nobody waits for it. */
  function checkpoint(calls: number): void {
    sinceCheckpoint += calls
    if (sinceCheckpoint < callsBetweenCheckpoints) return
    sinceCheckpoint = 0
    try {
      db.exec('PRAGMA wal_checkpoint(PASSIVE)')
    } catch {
      // What was committed stays in the log, and the next one tries again.
    }
  }

  port.on('message', (first: readonly Call[] | 'close') => {
    const { batch, closing } = drain(port, first)
    if (batch.length > 0) port.postMessage(role === 'writer' ? commit(batch) : look(batch))
    if (role === 'writer') checkpoint(batch.length)
    if (!closing) return
    db.close()
    port.close()
  })
  port.postMessage('ready')
}

/** Everything that has arrived while the last batch was written. */
function drain(port: MessagePort, first: readonly Call[] | 'close'): { batch: Call[]; closing: boolean } {
  const batch: Call[] = []
  let message: readonly Call[] | 'close' | undefined = first
  while (message !== undefined && message !== 'close') {
    batch.push(...message)
    message = batch.length < maxBatch ? receiveMessageOnPort(port)?.message : undefined
  }
  return { batch, closing: message === 'close' }
}

if (parentPort) serve(parentPort, workerData)
