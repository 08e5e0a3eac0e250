import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { lastEvent } from '#src/record/session-facts.ts'
import { startPostgres } from '#test/services/postgres.ts'
import { startRedis } from '#test/services/redis.ts'
import { startStand } from '#test/stand/stand.ts'
import type { StandWarehouses } from '#test/stand/warehouses.ts'
import { Agent, type Asked, type Told } from './agent.ts'
import { approveEverything, cardsOf } from './approvers.ts'
import { broken, executions } from './audit.ts'

const statements = Number(process.env.QUERYWARDEN_APPROVALS ?? 200)
const agents = 8
const stopping: (() => unknown)[] = []
after(async () => {
  for (const stop of stopping.reverse()) await stop()
})

interface Change extends Asked {
  /** Scalar SQL that says how often it took effect; `%` stands for the schema. */
  readonly effect: string
}

/** Each on a row of its own, so that what ran twice, or not at all, shows in the data. */
function change(n: number): Change {
  const connection = n % 2 === 0 ? 'shop' : 'lake'
  const table = (name: string) => (connection === 'shop' ? name : `shop.${name}`)
  const [sql, effect] = [
    [
      `UPDATE ${table('orders')} SET amount = amount + 1000000 WHERE id = ${n}`,
      `SELECT floor(amount / 1000000) FROM %.orders WHERE id = ${n}`,
    ],
    [`DELETE FROM ${table('orders')} WHERE id = ${n}`, `SELECT 1 - count(*) FROM %.orders WHERE id = ${n}`],
    [
      `INSERT INTO ${table('orders')} (id, status, amount) VALUES (${1_000_000 + n}, 'new', 1)`,
      `SELECT count(*) FROM %.orders WHERE id = ${1_000_000 + n}`,
    ],
    // Held for two people.
    [
      `UPDATE ${table('customers')} SET city = CONCAT(city, '!') WHERE id = ${n}`,
      `SELECT length(city) - length(replace(city, '!', '')) FROM %.customers WHERE id = ${n}`,
    ],
  ][(n >> 1) % 4] as [string, string]
  return { connection, key: `many-approvals-${n}`, sql, effect }
}

/** How often it took effect, asked of the tables themselves. */
async function effectOf({ snowflake, bigquery }: StandWarehouses, { connection, effect }: Change): Promise<number> {
  const [database, schema] =
    connection === 'shop' ? [snowflake.database.admin, '"DEMO"."SHOP"'] : [bigquery.connection, '"acme-lake"."shop"']
  return Number((await database.runAndReadAll(effect.replace('%', schema))).getRowsJS()[0]?.[0])
}

/** Resolves when so many have ended; rejects with the first that came to no end. */
function ended(runs: readonly Promise<unknown>[], many: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let left = many
  for (const run of runs) run.then(() => --left === 0 && resolve(), reject)
  return promise
}

test(`${statements} held statements, double clicks, repeated requests, one gateway killed and another started`, {
  timeout: 900_000,
}, async t => {
  const [redis, postgres] = [await startRedis({ own: true }), await startPostgres({ own: true })]
  stopping.push(
    () => redis?.stop(),
    () => postgres?.stop(),
  )
  if (!redis || !postgres) return t.skip('needs redis-server and PostgreSQL')
  const stand = await startStand({
    stores: { holds: redis.url, records: postgres.url },
    gatewayScript: 'test/chaos/crashing-gateway.ts',
    // A gateway that only waits for its turn on a busy machine is not to be taken for dead.
    env: { DEAD_MILLISECONDS: '15000' },
    ...{ gateways: 2, bots: 2, maxPending: statements, sizes: { customers: 500, orders: 2_000 } },
  })
  stopping.push(() => stand.stop())
  const records = await openRecordStore(new Secret(postgres.url))
  stopping.push(() => records.close())
  const dead = new Set<string>()
  const alive = () => stand.gateways.map(({ url }) => url).filter(url => !dead.has(url))
  const deadline = performance.now() + 840_000
  const all = Array.from({ length: statements }, (_, n) => change(n + 1))
  const tokens = await Promise.all(
    Array.from({ length: agents }, (_, n) => stand.issuer.tokenFor('release-bot', { claims: { sub: `agent-${n}` } })),
  )
  /** Two clients of one agent that ask for the same under the same key: a retry that overtakes the first try. */
  const clients = all.flatMap((asked, n) =>
    [0, 1].map(() => new Agent(tokens[n % agents] ?? '', alive).run(asked, deadline)),
  )
  const people = approveEverything(stand.slack, ['U0ONCALL1', 'U0ONCALL2'])
  await ended(clients, clients.length / 4)
  const victim = stand.gateways[0]
  assert.ok(victim)
  dead.add(victim.url)
  await victim.kill()
  const ran = all.filter(({ sql }) => executions(stand, sql) > 0).length
  t.diagnostic(`killed a gateway when ${ran} of ${statements} had run`)
  await ended(clients, clients.length / 2)
  await stand.startGateway()

  const told = await Promise.all(clients)
  await people.stop()
  const wrong: string[] = []
  for (const [n, asked] of all.entries()) {
    const [one, other] = [told[2 * n], told[2 * n + 1]]
    assert.ok(one && other)
    assert.equal(one.id, other.id, asked.key)
    assert.deepEqual([one.status, one.code], [other.status, other.code])
    for (const each of await broken(stand, records, asked, one))
      wrong.push(`${each}: ${asked.sql} ${JSON.stringify(one)}`)
    const cards = cardsOf(stand.slack, one.id).length
    if (cards !== 1) wrong.push(`${cards} cards: ${asked.sql}`)
  }
  assert.deepEqual(wrong, [])
  const ends = Map.groupBy(
    told.filter((_, n) => n % 2 === 0),
    ({ status, code }) => code ?? status,
  )
  t.diagnostic([...ends].map(([end, { length }]) => `${length} ${end}`).join(', '))
  // What was under way in the killed gateway may have ended unsent; everything else has run.
  const unsent = ends.get('warehouse_unavailable') ?? []
  assert.equal((ends.get('succeeded')?.length ?? 0) + unsent.length, statements)
  const claimedBy = async ({ id }: Told) => {
    const record = await records.session(id)
    return record && lastEvent(record, 'claimed')?.by
  }
  assert.ok(new Set(await Promise.all(unsent.map(claimedBy))).size <= 1, 'of one gateway only, the killed one')
  for (const [n, asked] of all.entries()) {
    const expected = told[2 * n]?.status === 'succeeded' ? 1 : 0
    assert.equal(await effectOf(stand, asked), expected, asked.sql)
  }
})
