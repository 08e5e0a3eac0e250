import { resolve } from 'node:path'
import type { Secret } from '../config/secret.ts'
import type { RecordStore } from './record-store.ts'
import { SqliteRecordStore } from './sqlite-record-store.ts'

/**
 * Opens the record store that `sqlite:PATH` names, and makes its tables where they are missing. Rejects with
 * `record_unavailable`, or with an Error where the text names no store.
 */
export async function openRecordStore(url: Secret): Promise<RecordStore> {
  const text = url.reveal()
  if (text.startsWith('sqlite:')) return SqliteRecordStore.open(resolve(text.slice('sqlite:'.length)))
  throw new Error('stores.records must be postgres://… or sqlite:PATH')
}
