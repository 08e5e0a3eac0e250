import { resolve } from 'node:path'
import type { Secret } from '../config/secret.ts'
import type { HoldStore } from './hold-store.ts'
import { RedisHoldStore, type RedisHoldStoreOptions } from './redis-hold-store.ts'
import { SqliteHoldStore } from './sqlite-hold-store.ts'

/**
 * Opens the hold store that `redis://…`, `rediss://…` or `sqlite:PATH` names. A Redis need not answer yet: `check` tells.
 * Rejects with an Error where the text names no store or the file cannot be opened.
 */
export async function openHoldStore(url: Secret, options: RedisHoldStoreOptions = {}): Promise<HoldStore> {
  const text = url.reveal()
  if (text.startsWith('sqlite:')) return new SqliteHoldStore(resolve(text.slice('sqlite:'.length)))
  if (/^rediss?:\/\//.test(text)) return new RedisHoldStore(url, options)
  throw new Error('a hold store is redis://…, rediss://… or sqlite:PATH')
}
