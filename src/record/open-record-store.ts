import { resolve } from 'node:path'
import type { Secret } from '../config/secret.ts'
import { PostgresRecordStore } from './postgres-record-store.ts'
import type { RecordStore } from './record-store.ts'
import { SqliteRecordStore } from './sqlite-record-store.ts'

/**
 * Opens the record store that `postgres://…` or `sqlite:PATH` names, and makes its tables where they are missing. Rejects with
 * `record_unavailable`, or with an Error where the text names no store. `say` hears what takes longer than two seconds.
 */
export async function openRecordStore(
  url: Secret,
  say: (words: string) => void = () => undefined,
): Promise<RecordStore> {
  const text = url.reveal()
  if (text.startsWith('sqlite:')) return SqliteRecordStore.open(resolve(text.slice('sqlite:'.length)))
  if (/^postgres(ql)?:\/\//.test(text)) return PostgresRecordStore.open(url, say)
  throw new Error('a record store is postgres://… or sqlite:PATH')
}
