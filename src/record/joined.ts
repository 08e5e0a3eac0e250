import type { SessionId } from '../statement.ts'
import type { SessionRecord } from './event.ts'
import type { RecordStore } from './record-store.ts'

/*
 * A statement that finds an equal one of the same principal waiting opens no session of its own. Where it was named by an
 * idempotency key, that name goes on to mean the session it found: sent again later, it must not become a second statement.
 */

/** Durable when it resolves; said again, the first one stays. */
export async function rememberJoined(records: RecordStore, id: SessionId, found: SessionId): Promise<void> {
  await records.putSetting(settingOf(id), undefined, found)
}

/** The session of that id, or the one that it joined. */
export async function findSession(records: RecordStore, id: SessionId): Promise<SessionRecord | undefined> {
  const record = await records.session(id)
  if (record) return record
  const joined = await records.setting(settingOf(id))
  return joined === undefined ? undefined : records.session(joined)
}

function settingOf(id: SessionId): string {
  return `joined:${id}`
}
