import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { standPolicy, startStand } from '#test/stand/stand.ts'
import { Agent, type Told } from './agent.ts'

const stand = await startStand({
  gatewayScript: 'test/chaos/crashing-gateway.ts',
  bots: 0,
  sizes: { customers: 20, orders: 20 },
  policy: standPolicy.replace(
    'sensitive:\n',
    'sensitive:\n  - { columns: ["*.people.secret"], class: secret, mask: redact }\n',
  ),
})
const records = await openRecordStore(new Secret(`sqlite:${join(stand.folder, 'records.db')}`))
await stand.gateways[0]?.kill()
after(async () => {
  await records.close()
  await stand.stop()
})

const define = {
  shop: (what: string) => stand.snowflake.database.admin.run(`use "DEMO"."SHOP"; create or replace ${what}`),
  lake: (what: string) => stand.bigquery.connection.run(`create or replace ${what.replace('PEOPLE', 'shop.people')}`),
}
const asItWas = `table PEOPLE as select 'id-1' as "ID", 'raw-1' as "SECRET"`

/** A read whose gateway dies with the answer in hand; another gateway finds it in the warehouse after `meanwhile`. */
async function read(connection: 'shop' | 'lake', key: string, meanwhile: () => Promise<unknown>): Promise<Told> {
  await define[connection](asItWas)
  const deadline = performance.now() + 150_000
  let gateway = await stand.startGateway({ CRASH_AT: 'after_result' })
  const agent = new Agent(await stand.issuer.tokenFor('release-bot'), () => [gateway.url])
  const sql = 'select id from shop.people'
  const told = agent.run({ connection, key: `${key}-${connection}`, sql }, deadline)
  await gateway.exited
  await meanwhile()
  gateway = await stand.startGateway()
  try {
    return await told
  } finally {
    await gateway.kill()
  }
}

describe('a read that another gateway finishes', () => {
  for (const connection of ['shop', 'lake'] as const) {
    test(`gives its rows where nothing has changed (${connection})`, { timeout: 300_000 }, async () => {
      const told = await read(connection, 'same', async () => undefined)
      assert.deepEqual([told.status, told.body.rows], ['succeeded', [['id-1']]], JSON.stringify(told))
    })

    test(`gives none where its columns have changed since (${connection})`, { timeout: 300_000 }, async () => {
      const told = await read(connection, 'moved', () =>
        define[connection](`table PEOPLE as select 'raw-1' as "ID", 'id-1' as "SECRET", 0 as "MORE"`),
      )
      assert.deepEqual([told.status, told.code], ['failed', 'schema_changed'], JSON.stringify(told))
    })

    test(`gives none where a column became sensitive since (${connection})`, { timeout: 300_000 }, async () => {
      const table = connection === 'shop' ? 'DEMO.SHOP.PEOPLE' : 'acme-lake.shop.people'
      const column = `${table}.${connection === 'shop' ? 'ID' : 'id'}`
      const taint = {
        connection,
        table,
        column,
        class: 'secret',
        mask: 'redact',
        session: '7F3K-9Q2M-X4TB',
        at: 1,
      } as const
      const told = await read(connection, 'tainted', () => records.taint([taint]))
      assert.deepEqual([told.status, told.code], ['failed', 'schema_changed'], JSON.stringify(told))
    })
  }
})
