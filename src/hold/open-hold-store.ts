import { resolve } from 'node:path'
import type { Secret } from '../config/secret.ts'
import type { HoldStore } from './hold-store.ts'
import { SqliteHoldStore } from './sqlite-hold-store.ts'

/** Opens the hold store that `sqlite:PATH` names. Rejects with an Error where the text names no store. */
export async function openHoldStore(url: Secret): Promise<HoldStore> {
  const text = url.reveal()
  if (text.startsWith('sqlite:')) return new SqliteHoldStore(resolve(text.slice('sqlite:'.length)))
  throw new Error('stores.holds must be redis://…, rediss://… or sqlite:PATH')
}
