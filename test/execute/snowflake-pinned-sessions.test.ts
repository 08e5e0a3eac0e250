import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Authorized } from '#src/hold/authorized.ts'
import { authorizedStatement } from '#test/mint/authorized-statement.ts'
import { openSessions, type SnowflakeSetUp, setUpSnowflake } from './snowflake-set-up.ts'

let setUp: SnowflakeSetUp
before(async () => {
  setUp = await setUpSnowflake()
})
after(() => setUp.close())

function within(sql: string, schema: string, more: object = {}): Authorized {
  const place = { transaction: { id: 't', openedAt: 0, count: 1, latest: [] }, ...more }
  return authorizedStatement({
    ...{ sql, role: 'AGENT_WRITER', approved: true },
    classification: { kind: 'delete', writes: [`DEMO.${schema}.ORDERS`] },
    statement: { database: 'DEMO', schema, ...place },
  })
}

/** Opens a session and runs each statement in there; what fails is answered as its error. */
async function inOneSession(statements: readonly Authorized[]) {
  const { warehouse, minter } = setUp
  const sessions = warehouse.pinnedSessions
  assert.ok(sessions && statements[0])
  const credential = await minter.mint(statements[0])
  const own = {
    sealed: await sessions.begin(statements[0], credential),
    changed: async (sealed: string) => void Object.assign(own, { sealed }),
    stillClaimed: async () => credential,
  }
  const outcomes: unknown[] = []
  for (const authorized of statements)
    outcomes.push(
      await warehouse
        .execute(authorized, credential, new AbortController().signal, own)
        .catch((error: unknown) => error),
    )
  await minter.end(credential)
  assert.equal(await sessions.end(own.sealed), true)
  return outcomes as { code?: string; affectedRows?: number }[]
}

const temporary = { temporary: { id: 't', tables: [] }, transaction: undefined }

for (const [what, more] of [
  ['transaction', {}],
  ['session of temporary tables', temporary],
] as const)
  test(`a ${what}: whose schema was changed though nobody heard of that deletes from the schema that was approved`, async () => {
    await setUp.snowflake.database.admin.run('create or replace table "DEMO"."PUBLIC"."ORDERS" as select 1 as "ID"')
    setUp.snowflake.failNext('drop-after', 5, /query-request/, /^use schema/i)
    const [, lost, deleted] = await inOneSession([
      within('delete from orders where id = 2', 'SHOP', more),
      within('delete from orders where id = 1', 'PUBLIC', more),
      within('delete from orders where id = 1', 'SHOP', more),
    ])
    assert.equal(lost?.code, 'warehouse_unavailable')
    assert.equal(deleted?.affectedRows, 1, String(deleted))
    const left = await setUp.snowflake.database.admin.runAndReadAll('select count(*) from "DEMO"."PUBLIC"."ORDERS"')
    assert.equal(Number(left.getRows()[0]?.[0]), 1)
    assert.equal(openSessions(setUp.snowflake), 0)
    await setUp.snowflake.database.admin.run('drop table "DEMO"."PUBLIC"."ORDERS"')
  })

test('a kill that comes while the claim is asked for once more: nothing of the statement runs', async () => {
  const { warehouse, minter } = setUp
  const killed = within('delete from orders where id = 5', 'SHOP')
  const credential = await minter.mint(killed)
  const sealed = (await warehouse.pinnedSessions?.begin(killed, credential)) ?? ''
  const kill = new AbortController()
  const stillClaimed = async () => {
    kill.abort()
    return credential
  }
  const kept = { sealed, changed: async () => {}, stillClaimed }
  await assert.rejects(warehouse.execute(killed, credential, kill.signal, kept), { code: 'cancelled' })
  await warehouse.pinnedSessions?.end(sealed)
  assert.ok(!setUp.snowflake.statements().some(({ sqlText }) => sqlText === killed.statement.sql))
})

test('a session without a schema serves statements that name theirs in full', async () => {
  const [first] = await inOneSession([within('delete from demo.shop.orders where id = 3', 'NOWHERE')])
  assert.equal(first?.affectedRows, 1, String(first))
})

test('the end of a session is to be asked again while Snowflake has not said that it is gone', async () => {
  const sessions = setUp.warehouse.pinnedSessions
  const first = within('delete from orders where id = 4', 'SHOP')
  const credential = await setUp.minter.mint(first)
  const sealed = (await sessions?.begin(first, credential)) ?? ''
  setUp.snowflake.failNext('unavailable', 3, /^\/session$/)
  await assert.rejects(sessions?.end(sealed) ?? Promise.resolve(), { code: 'warehouse_unavailable' })
  assert.equal(openSessions(setUp.snowflake), 1)
  assert.equal(await sessions?.end(sealed), true)
  assert.equal(await sessions?.end(sealed), true, 'it is gone already')
  assert.equal(await sessions?.end('sealed by nobody'), false)
  assert.equal(openSessions(setUp.snowflake), 0)
})
