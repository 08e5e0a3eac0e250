import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { openHoldStore } from '#src/hold/open-hold-store.ts'
import { startRedis } from '#test/services/redis.ts'
import { holdStoreContract } from './hold-store-contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'querywarden-holds-'))
const redis = await startRedis()
after(async () => {
  rmSync(folder, { recursive: true })
  await redis?.stop()
})

holdStoreContract('SQLite', () => openHoldStore(new Secret(`sqlite:${folder}/deeper/holds.db`)))

describe('where Redis is', { skip: redis ? false : 'needs redis-server' }, () => {
  const tenant = randomUUID()
  holdStoreContract('Redis', () => openHoldStore(new Secret(redis?.url ?? ''), { tenant }))
})
