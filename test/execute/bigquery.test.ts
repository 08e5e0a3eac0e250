import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import { bigqueryJobId } from '#gateway/execute/bigquery.ts'
import { bigqueryApi } from '#gateway/execute/bigquery-api.ts'
import { insertOrAttach } from '#gateway/execute/bigquery-job.ts'
import { createWarehouse } from '#gateway/execute/create-warehouses.ts'
import { Unanswered } from '#gateway/execute/until-answered.ts'
import type { WireHttp } from '#gateway/execute/wire-http.ts'
import type { GatewayError } from '#src/errors.ts'
import { executeStatement } from '#src/execute/execute-statement.ts'
import type { Ports } from '#src/ports.ts'
import { type BigQuerySetUp, lakeStatement, setUpBigQuery } from './bigquery-set-up.ts'
import { keptSeal } from './kept-seal.ts'
import { rowsOf } from './snowflake-set-up.ts'

let setUp: BigQuerySetUp
before(async () => {
  setUp = await setUpBigQuery()
})
after(() => setUp.close())

const soFar = { id: '0d2f0a63-3d36-4d9a-8d1b-0d3c1f0e6a11', openedAt: Date.now(), count: 0, latest: [] }

const insert = (id: number) =>
  lakeStatement({
    sql: `insert into shop.orders (id, status) values (${id}, 'new')`,
    role: 'writer',
    classification: { kind: 'insert', writes: ['acme-lake.shop.orders'], harmless: false },
  })

test('an approved statement runs its exact text once, under an id and labels of ours, with the limits of the decision', async () => {
  const sql = "select  id, '{{projectId}}' as text -- {{projectId}}, as typed\nfrom shop.customers where id = ?"
  const authorized = lakeStatement({ sql, statement: { binds: [7] }, limits: { bytes: 5_000_000_000, seconds: 12 } })
  const { execution } = await setUp.execute(authorized)
  assert.deepEqual(await rowsOf(execution), [[7, '{{projectId}}']])
  const ran = setUp.bigquery.executed.filter(({ jobId }) => jobId === bigqueryJobId(authorized.statement.id))
  assert.equal(ran.length, 1)
  assert.equal(ran[0]?.sql, sql)
  assert.equal(ran[0]?.principal, 'ro@acme-lake.iam.example')
  assert.equal(ran[0]?.labels.qw_session, authorized.statement.id.toLowerCase())
  const configuration = ran[0]?.configuration as unknown as { jobTimeoutMs?: string; query?: Record<string, unknown> }
  assert.equal(configuration.jobTimeoutMs, '12000')
  assert.equal(configuration.query?.maximumBytesBilled, '5000000000')
  assert.equal(configuration.query?.useLegacySql, false)
})

test('a second execution of the same session id attaches to the first job: one write', async () => {
  const authorized = insert(9001)
  const first = await setUp.execute(authorized)
  const second = await setUp.execute(authorized)
  assert.equal(first.execution.affectedRows, 1)
  assert.equal(second.execution.affectedRows, 1)
  assert.equal(setUp.bigquery.timesExecuted(authorized.statement.sql), 1)
})

test('a job of that id with another statement is an integrity failure, not a result', async () => {
  const authorized = lakeStatement({ sql: 'select 1 as a' })
  await setUp.execute(authorized)
  const other = lakeStatement({ sql: 'select 2 as a', statement: { id: authorized.statement.id } })
  await assert.rejects(setUp.execute(other), { code: 'integrity' })
})

test('an insert whose answer is lost is sent again under its id, and finds its job: one write', async () => {
  const authorized = insert(9010)
  setUp.bigquery.dropNext('after', 'jobs.insert')
  assert.equal((await setUp.execute(authorized)).execution.affectedRows, 1)
  assert.equal(setUp.bigquery.timesExecuted(authorized.statement.sql), 1)
})

test('an insert that never arrived is sent again', async () => {
  const authorized = insert(9011)
  setUp.bigquery.dropNext('before', 'jobs.insert')
  assert.equal((await setUp.execute(authorized)).execution.affectedRows, 1)
  assert.equal(setUp.bigquery.timesExecuted(authorized.statement.sql), 1)
})

test('an insert that is older than ten seconds is not sent again: another gateway may have found no trace of it', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const authorized = insert(9012)
  const sent: string[] = []
  const http = {
    pauses: [1, 1, 1],
    async send({ path }: { path: string }) {
      sent.push(path)
      t.mock.timers.tick(6_000)
      throw new Unanswered('ECONNRESET', true)
    },
  } as unknown as WireHttp
  const credential = await setUp.minter.mint(authorized)
  const api = bigqueryApi(http, setUp.connection, credential)
  await assert.rejects(insertOrAttach(api, { id: 'a', location: 'US' }, {}), { code: 'outcome_unknown' })
  assert.equal(sent.length, 2)
})

for (const [kind, approved, milliseconds, code] of [
  // Whoever takes it over submits it again at once, and says that nothing ran where that fails.
  ['approved', true, 10_000, 'interrupted'],
  ['allowed', false, 30_000, 'warehouse_unavailable'],
] as const)
  test(`${kind}: a gateway that stood still before its insert inserts nothing any more`, async t => {
    const authorized = { ...insert(approved ? 9013 : 9014), approved }
    const { minter, warehouse, bigquery } = setUp
    const credential = await minter.mint(authorized)
    const thawed = Date.now() + milliseconds
    t.mock.method(Date, 'now', () => thawed)
    await assert.rejects(warehouse.execute(authorized, credential, new AbortController().signal), { code })
    t.mock.restoreAll()
    assert.equal(bigquery.timesExecuted(authorized.statement.sql), 0)
  })

for (const [whose, mine] of [
  ['its own still', true],
  ["another gateway's by then", false],
] as const)
  test(`approved: after look-ups that took longer than a claim is sure, it runs where the claim is ${whose}`, async t => {
    const { minter, warehouse, bigquery } = setUp
    const authorized = insert(mine ? 9015 : 9016)
    const credential = await minter.mint(authorized)
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
    const records = {
      taints: async () => {
        t.mock.timers.tick(12_000)
        return []
      },
      append: async (_id: string, _events: unknown, { holder }: { holder?: string } = {}) => mine && holder === 'g-1',
    }
    const connection = () => ({ name: 'lake', warehouse, verify: 'risky' })
    const connections = () => [connection()]
    const clock = { now: () => Date.now() }
    const ports = { gateway: 'g-1', clock, connection, connections, records } as unknown as Ports
    const running = executeStatement(ports, authorized, credential, new AbortController().signal)
    if (mine) assert.equal((await running).execution.affectedRows, 1)
    else await assert.rejects(running, { code: 'interrupted' })
    assert.equal(bigquery.timesExecuted(authorized.statement.sql), mine ? 1 : 0)
  })

test('approved: after a session that took long to answer, it runs where the claim is its own still', async t => {
  const { minter, warehouse } = setUp
  const transaction = { ...soFar, role: 'writer' }
  const authorized = { ...insert(9017), approved: true }
  const within = { ...authorized, statement: { ...authorized.statement, transaction } }
  const credential = await minter.mint(within)
  const sealed = (await warehouse.pinnedSessions?.begin(within, credential)) ?? ''
  t.after(() => warehouse.pinnedSessions?.end(sealed))
  const thawed = Date.now() + 12_000
  t.mock.method(Date, 'now', () => thawed)
  const run = (claimedAt: number) =>
    warehouse.execute(within, credential, new AbortController().signal, {
      ...{ sealed, changed: async () => {} },
      stillClaimed: async () => ({ ...credential, claimedAt }),
    })
  await assert.rejects(run(credential.mintedAt), { code: 'interrupted' })
  assert.equal((await run(thawed)).affectedRows, 1)
})

test('a kill that comes while a session is asked before a statement: nothing of that runs', async t => {
  const { bigquery, minter, warehouse } = setUp
  const authorized = insert(9018)
  const within = { ...authorized, statement: { ...authorized.statement, transaction: { ...soFar, role: 'writer' } } }
  const credential = await minter.mint(within)
  const sealed = (await warehouse.pinnedSessions?.begin(within, credential)) ?? ''
  t.after(() => warehouse.pinnedSessions?.end(sealed))
  const kill = new AbortController()
  const stillClaimed = async () => {
    kill.abort()
    return credential
  }
  const kept = { sealed, changed: async () => {}, stillClaimed }
  await assert.rejects(warehouse.execute(within, credential, kill.signal, kept), { code: 'cancelled' })
  assert.ok(!bigquery.jobs.some(({ id }) => id.endsWith(within.statement.id)))
})

test('an insert whose answers stay away is unknown, then settled by its id', async () => {
  const authorized = insert(9002)
  const credential = await setUp.minter.mint(authorized)
  const impatient = createWarehouse('lake', setUp.connection, {
    minter: setUp.minter,
    seal: keptSeal,
    pausesMilliseconds: [],
  })
  setUp.bigquery.dropNext('after', 'jobs.insert')
  const lost = impatient.execute(authorized, credential, new AbortController().signal)
  await assert.rejects(lost, { code: 'outcome_unknown' })
  let found = await impatient.find(authorized, credential)
  while (found.state === 'running') found = await impatient.find(authorized, credential)
  assert.ok(found.state === 'done' && found.affectedRows === 1)
  assert.equal(setUp.bigquery.timesExecuted(authorized.statement.sql), 1)
  await impatient.close()
})

for (const [status, reason] of [
  [403, 'quotaExceeded'],
  [401, 'authError'],
  [400, 'invalid'],
] as const)
  test(`an insert that ran though its answer was 502, and is refused for ${reason} when it comes again, is not said to have failed`, async () => {
    const authorized = insert(9020 + status)
    setUp.bigquery.refuseNext('after', 'jobs.insert', 502, 'backendError')
    setUp.bigquery.refuseNext('before', 'jobs.insert', status, reason)
    await assert.rejects(setUp.execute(authorized), { code: 'outcome_unknown' })
    const credential = await setUp.minter.mint(authorized)
    let found = await setUp.warehouse.find(authorized, credential)
    while (found.state === 'running') found = await setUp.warehouse.find(authorized, credential)
    assert.ok(found.state === 'done' && found.affectedRows === 1)
  })

test('an insert of which BigQuery says that there are too many just now is sent again', async () => {
  const authorized = insert(9021)
  setUp.bigquery.refuseNext('after', 'jobs.insert', 502, 'backendError')
  setUp.bigquery.refuseNext('before', 'jobs.insert', 403, 'rateLimitExceeded')
  assert.equal((await setUp.execute(authorized)).execution.affectedRows, 1)
  assert.equal(setUp.bigquery.timesExecuted(authorized.statement.sql), 1)
})

test('a table that BigQuery is asked too often about is there still, and of a used up quota nobody hears that it is not', async () => {
  const table = 'acme-lake.shop.customers'
  const { bigquery, warehouse } = setUp
  bigquery.refuseNext('before', 'tables.get', 403, 'rateLimitExceeded')
  assert.equal((await warehouse.catalog.fresh([table])).size, 1)
  for (const reason of ['quotaExceeded', 'billingNotEnabled']) {
    bigquery.refuseNext('before', 'tables.get', 403, reason)
    await assert.rejects(warehouse.catalog.fresh([table]), { code: 'warehouse_unavailable' })
    bigquery.refuseNext('before', 'tables.list', 403, reason)
    await assert.rejects(async () => warehouse.browse?.tables('shop'), { code: 'warehouse_unavailable' })
  }
  bigquery.refuseNext('before', 'tables.get', 403, 'accessDenied')
  assert.equal((await warehouse.catalog.fresh([table])).size, 0)
})

test('lost answers while waiting are asked for again', async () => {
  const authorized = insert(9003)
  setUp.bigquery.dropNext('after', 'jobs.getQueryResults')
  setUp.bigquery.dropNext('before', 'jobs.getQueryResults')
  assert.equal((await setUp.execute(authorized)).execution.affectedRows, 1)
  assert.equal(setUp.bigquery.timesExecuted(authorized.statement.sql), 1)
})

test('find says absent, running, failed, and reads a finished result', async () => {
  const find = async (authorized: ReturnType<typeof lakeStatement>) =>
    setUp.warehouse.find(authorized, await setUp.minter.mint(authorized))
  assert.deepEqual(await find(insert(9004)), { state: 'absent' })
  const read = lakeStatement({ sql: 'select 5 as five' })
  await setUp.execute(read)
  const found = await find(read)
  assert.ok(found.state === 'done' && found.execution)
  assert.deepEqual(await rowsOf(found.execution), [[5]])
  const held = insert(9005)
  const hold = setUp.bigquery.holdNext()
  const running = setUp.execute(held)
  await hold.arrived
  assert.equal((await find(held)).state, 'running')
  hold.release()
  await running
  const failing = lakeStatement({ sql: 'select * from shop.nowhere' })
  await assert.rejects(setUp.execute(failing), { code: 'warehouse_error' })
  assert.equal((await find(failing)).state, 'failed')
})

for (const [kind, rows] of [
  ['select', true],
  ['insert', false],
] as const)
  test(`${kind}: of a job whose result BigQuery keeps no more it is known that it ran, and that rows are gone`, async () => {
    const authorized = lakeStatement({ sql: `select 24 as ${kind}ed`, classification: { kind } })
    await setUp.execute(authorized)
    setUp.bigquery.refuseNext('before', 'jobs.getQueryResults', 404, 'notFound')
    const found = await setUp.warehouse.find(authorized, await setUp.minter.mint(authorized))
    assert.ok(found.state === 'done')
    assert.equal(found.execution !== undefined, rows)
    if (found.execution) await assert.rejects(rowsOf(found.execution), { code: 'warehouse_unavailable' })
  })

test('what is found to have failed has failed for the reason for which it would have been refused', async () => {
  const authorized = lakeStatement({ sql: 'select * from shop.orders', limits: { bytes: 1 } })
  await assert.rejects(setUp.execute(authorized), { code: 'limit_exceeded' })
  const found = await setUp.warehouse.find(authorized, await setUp.minter.mint(authorized))
  assert.ok(found.state === 'failed')
  assert.equal(found.error.code, 'limit_exceeded')
})

test('what is found to have failed does not say what a hidden data set is called', async () => {
  const hidden = `_${'0123456789abcdef'.repeat(2)}`
  const authorized = lakeStatement({ sql: `select * from \`acme-lake.${hidden}.kept\`` })
  await assert.rejects(setUp.execute(authorized), { code: 'warehouse_error' })
  const found = await setUp.warehouse.find(authorized, await setUp.minter.mint(authorized))
  assert.ok(found.state === 'failed')
  assert.match(found.error.message, /_SESSION\.kept/)
  assert.ok(!found.error.message.includes(hidden))
})

test('a session whose location nobody configured is opened where its data are', async t => {
  const regional = await setUpBigQuery({ regional: true })
  t.after(() => regional.close())
  const { location: _, ...connection } = regional.connection
  const warehouse = createWarehouse('lake', connection, { minter: regional.minter, seal: keptSeal })
  t.after(() => warehouse.close())
  const authorized = insert(9030)
  const credential = await regional.minter.mint(authorized)
  assert.ok(await warehouse.pinnedSessions?.begin(authorized, credential))
  assert.equal(regional.bigquery.sessions.length, 1)
})

test('a job whose location nobody configured is found where its data are, and is not called absent where they cannot be asked', async t => {
  const regional = await setUpBigQuery({ regional: true })
  t.after(() => regional.close())
  const { location: _, ...connection } = regional.connection
  const warehouse = createWarehouse('lake', connection, { minter: regional.minter, seal: keptSeal })
  t.after(() => warehouse.close())
  const ran = insert(9013)
  const credential = await regional.minter.mint(ran)
  await warehouse.execute(ran, credential, new AbortController().signal)
  assert.equal((await warehouse.find(ran, credential)).state, 'done')
  assert.equal((await warehouse.find(insert(9014), credential)).state, 'absent')
  const elsewhere = {
    ...ran,
    classification: { ...ran.classification, writes: ['acme-lake.gone.orders'] },
  } as typeof ran
  await assert.rejects(warehouse.find(elsewhere, credential), { code: 'outcome_unknown' })
  const held = insert(9015)
  const hold = regional.bigquery.holdNext()
  const running = assert.rejects(warehouse.execute(held, credential, new AbortController().signal), {
    code: 'cancelled',
  })
  await hold.arrived
  await warehouse.cancel(held, credential, bigqueryJobId(held.statement.id))
  hold.release()
  await running
  assert.equal(regional.bigquery.timesExecuted(held.statement.sql), 0)
})

test('a session that begins with a temporary table is opened where the data are that are read into it', async t => {
  const regional = await setUpBigQuery({ regional: true })
  t.after(() => regional.close())
  const { location: _, dataset: __, ...connection } = regional.connection
  const warehouse = createWarehouse('lake', connection, { minter: regional.minter, seal: keptSeal })
  t.after(() => warehouse.close())
  const authorized = lakeStatement({
    sql: 'create temp table t as select id from shop.orders',
    statement: { temporary: { ...soFar, tables: ['t'], creates: 't' } },
    classification: { kind: 'create', writes: ['t'], reads: ['acme-lake.shop.orders'], harmless: false },
  })
  const credential = await regional.minter.mint(authorized)
  assert.ok(await warehouse.pinnedSessions?.begin(authorized, credential))
})

test('a COMMIT that ran where its session is, is found there, and not called absent where nobody knows that place', async t => {
  const regional = await setUpBigQuery({ regional: true })
  t.after(() => regional.close())
  const { location: _, ...connection } = regional.connection
  const warehouse = createWarehouse('lake', connection, { minter: regional.minter, seal: keptSeal })
  t.after(() => warehouse.close())
  const begun = insert(9031)
  const credential = await regional.minter.mint(begun)
  const sealed = (await warehouse.pinnedSessions?.begin(begun, credential)) ?? ''
  const commit = lakeStatement({
    sql: 'COMMIT TRANSACTION',
    role: 'writer',
    statement: { transaction: { ...soFar, role: 'writer', count: 1 } },
    classification: { kind: 'transaction', harmless: false },
  })
  const kept = { sealed, changed: async () => {}, stillClaimed: async () => credential }
  await warehouse.execute(commit, credential, new AbortController().signal, kept)
  assert.equal(regional.bigquery.timesExecuted(commit.statement.sql), 1)
  assert.equal((await warehouse.find(commit, credential, sealed)).state, 'done')
  await assert.rejects(warehouse.find(commit, credential), { code: 'outcome_unknown' })
  assert.equal((await warehouse.find(lakeStatement(), credential)).state, 'absent')
})

test('a session that is used is good for as long as BigQuery has it: seven days', async t => {
  const begun = insert(9032)
  const sealed = (await setUp.warehouse.pinnedSessions?.begin(begun, await setUp.minter.mint(begun))) ?? ''
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 6 * 86_400_000 })
  const next = insert(9033)
  const credential = await setUp.minter.mint(next)
  const kept = { sealed, changed: async () => {}, stillClaimed: async () => credential }
  await setUp.warehouse.execute(next, credential, new AbortController().signal, kept)
  assert.equal(setUp.bigquery.timesExecuted(next.statement.sql), 1)
})

test('aborting cancels the job in BigQuery', async () => {
  const authorized = insert(9006)
  const hold = setUp.bigquery.holdNext()
  const controller = new AbortController()
  const refused = assert.rejects(setUp.execute(authorized, controller.signal), { code: 'cancelled' })
  await hold.arrived
  controller.abort()
  await refused
  hold.release()
  assert.equal(setUp.bigquery.timesExecuted(authorized.statement.sql), 0)
})

test('a statement over its byte limit is stopped by BigQuery', async () => {
  const authorized = lakeStatement({ sql: 'select * from shop.orders', limits: { bytes: 1 } })
  await assert.rejects(setUp.execute(authorized), { code: 'limit_exceeded' })
})

test("a role's account cannot do more than it was granted; nothing secret is in the error", async () => {
  const authorized = lakeStatement({
    sql: "delete from shop.orders where status = 'test'",
    classification: { kind: 'delete' },
  })
  await assert.rejects(setUp.execute(authorized), (error: GatewayError) => {
    assert.equal(error.code, 'warehouse_error')
    const seen = inspect(error, { depth: 12, showHidden: true })
    for (const { token } of setUp.google.mints) assert.ok(!seen.includes(token))
    return true
  })
})

test('a token that Google no longer honours is refused before anything runs', async () => {
  const authorized = insert(9007)
  const credential = await setUp.minter.mint(authorized)
  setUp.google.revoke(credential.secret.reveal())
  await assert.rejects(
    setUp.warehouse.execute(authorized, credential, new AbortController().signal),
    (error: GatewayError) => {
      assert.equal(error.code, 'warehouse_unavailable')
      assert.ok(!inspect(error, { depth: 12, showHidden: true }).includes(credential.secret.reveal()))
      return true
    },
  )
  assert.equal(setUp.bigquery.timesExecuted(authorized.statement.sql), 0)
})

test('a BigQuery that is not there is warehouse_unavailable; one that goes on failing leaves open what became of it', async () => {
  const credential = await setUp.minter.mint(lakeStatement())
  const deps = { seal: keptSeal, minter: setUp.minter, pausesMilliseconds: [10] }
  const gone = createWarehouse('lake', { ...setUp.connection, url: 'http://127.0.0.1:1' }, deps)
  await assert.rejects(gone.execute(lakeStatement(), credential, new AbortController().signal), {
    code: 'warehouse_unavailable',
  })
  setUp.bigquery.failNext(4)
  await assert.rejects(setUp.execute(lakeStatement({ sql: 'select 77 as a' })), { code: 'outcome_unknown' })
})

test('an emulator address in the environment redirects nothing', async () => {
  process.env.BIGQUERY_EMULATOR_HOST = 'http://127.0.0.1:1'
  try {
    assert.deepEqual(await rowsOf((await setUp.execute(lakeStatement({ sql: 'select 8 as a' }))).execution), [[8]])
  } finally {
    delete process.env.BIGQUERY_EMULATOR_HOST
  }
})

test('parameters that an agent may not set are refused before anything is sent', async () => {
  const authorized = lakeStatement({ statement: { parameters: { service_account: 'x@y' } } })
  await assert.rejects(setUp.execute(authorized), { code: 'invalid_request' })
})

test('a server that closes connections while they idle costs nothing but another attempt: look-ups, inserts, results and pages', async t => {
  const idle = await setUpBigQuery({ shop: { customers: 10, orders: 12_000 } })
  t.after(() => idle.close())
  idle.bigquery.closeIdle()
  for (let round = 0; round < 3; round++) {
    const read = lakeStatement({ sql: `select id from shop.orders -- ${round}` })
    assert.equal((await rowsOf((await idle.execute(read)).execution)).length, 12_000)
    const table = 'acme-lake.shop.customers'
    assert.equal((await idle.warehouse.catalog.fresh([table])).size, 1)
    const { bytes } = await idle.warehouse.estimate(read.statement, read.classification)
    assert.ok(bytes !== undefined)
    assert.equal(idle.bigquery.timesExecuted(read.statement.sql), 1)
  }
})
