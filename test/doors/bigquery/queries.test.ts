import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { BigQuery } from '@google-cloud/bigquery'
import { firstGateway } from '#test/doors/agent.ts'
import { approve, cardOf, ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { nodeClient } from './node-client.ts'
import { RestCaller } from './rest-caller.ts'

const policy = standPolicy.replace(
  '  - name: reads-of-the-shop',
  `  - name: looks-at-numbers
    when: statement.kind == "describe" && statement.reads.all(t, t.matches("acme-lake.shop.numbers"))
    then: allow

  - name: numbers
    when: statement.reads.exists(t, t.matches("*.hushed") || (t.matches("*.numbers") && statement.kind != "describe"))
    then: hold
    because: Somebody looks at who reads these.

  - name: reads-of-the-shop`,
)

describe('BigQuery door, what is asked', { timeout: 300_000 }, () => {
  let stand: Stand
  let caller: RestCaller
  let client: BigQuery
  before(async () => {
    stand = await startStand({ sizes: { customers: 300, orders: 5_000 }, policy })
    caller = await RestCaller.of(stand)
    client = nodeClient({ url: firstGateway(stand).url, token: await stand.issuer.tokenFor('release-bot') })
  })
  after(() => stand.stop())

  const ran = (sql: string) => ranTexts(stand).filter(text => text === sql).length

  test('parameters by name and by position, with arrays and structs, arrive as values', async () => {
    const named = await client.query({
      query: 'select @text as text, @list as list, @deep.label as label, @none as none',
      params: { text: "x'; drop table shop.orders; --", list: [1, 2], deep: { label: 'a' }, none: null },
      types: { text: 'STRING', list: ['INT64'], deep: { label: 'STRING' }, none: 'INT64' },
    })
    assert.deepEqual(named[0], [{ text: "x'; drop table shop.orders; --", list: [1, 2], label: 'a', none: null }])
    // As SQLAlchemy writes them.
    const quoted = await client.query({ query: 'select @`a_1` as a', params: { a_1: 7 } })
    assert.deepEqual(quoted[0], [{ a: 7 }])
    const positional = await client.query({ query: 'select ? + 1 as n, ? as day', params: [41, 'x'] })
    assert.deepEqual(positional[0], [{ n: 42, day: 'x' }])
  })

  test('who approves sees each parameter with its name, type and value, and other values need another approval', async () => {
    const query = {
      query: 'update shop.orders set status = @status where id = @id',
      types: { status: 'STRING', id: 'INT64' },
    }
    const [job] = await client.createQueryJob({ ...query, params: { status: 'open', id: 5 } })
    const { body } = await caller.get(`jobs/${job.id}`)
    assert.equal(body.status.state, 'PENDING')
    const card = await stand.slack.waitForMessage(({ blocks }) => JSON.stringify(blocks).includes('bind @id'))
    const shown = JSON.stringify(card.blocks)
    assert.match(shown, /bind @status STRING = \\+"open\\+"/)
    assert.match(shown, /bind @id INT64 = \\+"5\\+"/)
    const [other] = await client.createQueryJob({ ...query, params: { status: 'open', id: 6 } })
    await stand.slack.click('U0ONCALL1', card.channel, card.ts, 'hold_approve')
    await job.getQueryResults()
    const [{ status }] = await other.getMetadata()
    assert.equal(status.state, 'PENDING')
    await other.cancel()
  })

  for (const [what, parameter] of Object.entries({
    'of a type that is none': { parameterType: { type: 'TABLE' }, parameterValue: { value: 'shop.customers' } },
    'whose value does not fit': { parameterType: { type: 'INT64' }, parameterValue: { arrayValues: [{ value: '1' }] } },
    'with a field that is not known': { parameterType: { type: 'INT64' }, parameterValue: { value: '1', raw: true } },
    'that nests without end': { parameterType: nested(40), parameterValue: {} },
  })) {
    test(`a parameter ${what} is refused`, async () => {
      const { status, body } = await caller.query('select @p as p', { queryParameters: [{ name: 'p', ...parameter }] })
      assert.equal(status, 400)
      assert.equal(body.error?.errors[0]?.reason, 'invalid')
    })
  }

  test('the same request id is the same statement; with other content it is another', async () => {
    const sql = 'select count(*) as n from shop.orders'
    const requestId = randomUUID()
    const first = await caller.query(sql, { requestId })
    const again = await caller.query(sql, { requestId, timeoutMs: 3_000 })
    assert.equal(again.body.jobReference.jobId, first.body.jobReference.jobId)
    assert.equal(ran(sql), 1)
    const other = await caller.query('select count(*) as m from shop.orders', { requestId })
    assert.notEqual(other.body.jobReference.jobId, first.body.jobReference.jobId)
  })

  test('a job that is inserted again is the same job; under its id another statement is a duplicate', async () => {
    const jobReference = { projectId: 'lake', jobId: 'nightly_2026-11-21' }
    const query = { query: 'select max(id) as m from shop.orders' }
    const first = await caller.insert(query, { jobReference })
    assert.equal(first.body.status.state, 'DONE')
    assert.equal(first.body.jobReference.jobId, jobReference.jobId)
    const again = await caller.insert(query, { jobReference })
    assert.deepEqual(again.body, first.body)
    assert.equal(ran(query.query), 1)
    const other = await caller.insert({ query: 'select 2 as two' }, { jobReference })
    assert.equal(other.status, 409)
    assert.equal(other.body.error?.errors[0]?.reason, 'duplicate')
    assert.match(other.body.error?.message ?? '', /Already Exists: Job/)
  })

  test('a statement sent anew under another job id while it waits finds its hold; both jobs come to the same end', async () => {
    const query = { query: "update shop.orders set status = 'open' where id = 9" }
    const [one, two] = [
      await caller.insert(query),
      await caller.insert(query, { jobReference: { jobId: 'second_try' } }),
    ]
    assert.deepEqual([one.body.status.state, two.body.status.state], ['PENDING', 'PENDING'])
    await approve(stand, one.body.jobReference.jobId)
    const done = await caller.get('queries/second_try?timeoutMs=20000')
    assert.equal(done.body.jobComplete, true)
    assert.equal(done.body.numDmlAffectedRows, '1')
    assert.equal(ran(query.query), 1)
    const again = await caller.insert(query, { jobReference: { jobId: 'second_try' } })
    assert.equal(again.body.status.state, 'DONE')
    assert.equal(ran(query.query), 1)
  })

  test('an approved write whose insert got no answer, and then a refusal, runs once, and its client hears how it ended', async () => {
    const query = "update shop.orders set status = 'paid' where id = 10"
    const { jobId } = (await caller.insert({ query })).body.jobReference
    stand.bigquery.refuseNext('after', 'jobs.insert', 502, 'backendError')
    stand.bigquery.refuseNext('before', 'jobs.insert', 403, 'quotaExceeded')
    await approve(stand, jobId)
    const [, , answer] = await client.job(jobId).getQueryResults()
    assert.equal(answer?.numDmlAffectedRows, '1')
    assert.equal(ran(query), 1)
  })

  test('a table that grew while people thought does not bill more than they were shown: BigQuery refuses it, and sent again it waits with the new number', async t => {
    const query = "select count(*) as n from shop.customers where email like 'c%'"
    const { jobId } = (await caller.insert({ query })).body.jobReference
    await cardOf(stand, jobId, 'hold_approve')
    stand.bigquery.weigh('shop.customers', 90 * 2 ** 30)
    t.after(() => stand.bigquery.weigh('shop.customers', 10_000))
    await approve(stand, jobId)
    const refused = await caller.get(`queries/${jobId}?timeoutMs=20000`)
    assert.equal(refused.status, 400)
    assert.match(refused.body.error?.message ?? '', /more bytes than it may.*submit it again/)
    assert.equal(ran(query), 0)
    const again = (await caller.insert({ query })).body.jobReference
    await cardOf(stand, again.jobId, '97 GB')
    await approve(stand, again.jobId)
    const done = await caller.get(`queries/${again.jobId}?timeoutMs=20000`)
    assert.deepEqual(done.body.rows, [{ f: [{ v: '300' }] }])
  })

  test('asking with timeoutMs 0 answers at once, with a bound the question waits for people', async () => {
    const { body } = await caller.query('delete from shop.orders where id = 11', { timeoutMs: 0 })
    assert.equal(body.jobComplete, false)
    const { jobId } = body.jobReference
    await cardOf(stand, jobId, 'hold_approve')
    const started = performance.now()
    const waited = await caller.get(`queries/${jobId}?timeoutMs=1500&maxResults=0`)
    assert.equal(waited.body.jobComplete, false)
    assert.ok(performance.now() - started > 1_400)
    assert.equal((await caller.ask('POST', `/bigquery/v2/projects/lake/jobs/${jobId}/cancel`)).status, 200)
  })

  test("a job is cancelled by Java's client too, which sends gzip of nothing as a form", async () => {
    const { body } = await caller.insert({ query: 'delete from shop.orders where id = 12' })
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' }
    const path = `/bigquery/v2/projects/lake/jobs/${body.jobReference.jobId}`
    const cancelled = await caller.ask('POST', `${path}/cancel`, { headers, body: new Uint8Array(gzipSync('')) })
    assert.equal(cancelled.status, 200, cancelled.text)
    assert.equal((await caller.get(`jobs/${body.jobReference.jobId}`)).body.status.errorResult?.reason, 'stopped')
  })

  test('a job is not deleted by who ran it, and of a job of somebody else nothing is said', async () => {
    const { body } = await caller.insert({ query: 'select 12 as n' })
    const path = `/bigquery/v2/projects/lake/jobs/${body.jobReference.jobId}/delete`
    const refused = await caller.ask('DELETE', path)
    assert.equal(refused.status, 403)
    assert.match(refused.body.error?.message ?? '', /on record and stays there/)
    const other = await RestCaller.of(stand, 'churn-notebook')
    assert.equal((await other.ask('DELETE', path)).status, 404)
    assert.equal((await caller.get(`jobs/${body.jobReference.jobId}`)).body.status.state, 'DONE')
  })

  test('a statement that runs longer than its request goes on as a running job', async () => {
    stand.bigquery.slowDown(/as slow/, 4_000)
    const { body } = await caller.insert({ query: 'select 7 as slow' })
    assert.equal(body.status.state, 'RUNNING')
    const done = await caller.get(`queries/${body.jobReference.jobId}?timeoutMs=20000`)
    assert.deepEqual(done.body.rows, [{ f: [{ v: '7' }] }])
  })

  test('a dry run is judged and priced; nothing runs, waits or is shown to people', async () => {
    const sql = 'delete from shop.orders where id = 4711'
    const [job] = await client.createQueryJob({ query: sql, dryRun: true })
    assert.equal(job.metadata.status.state, 'DONE')
    assert.equal(job.metadata.statistics.query.statementType, 'DELETE')
    const quick = await caller.query('select id from shop.orders', { dryRun: true })
    assert.ok(Number(quick.body.totalBytesProcessed) > 0)
    const hidden = await caller.query("select id from shop.customers where email = 'x'", { dryRun: true })
    assert.equal(hidden.body.totalBytesProcessed, '0')
    const denied = await caller.query("export data options (uri = 'gs://b/*') as select 1", { dryRun: true })
    assert.equal(denied.status, 403)
    assert.equal(ran(sql), 0)
    assert.ok(!stand.slack.state.messages.some(message => JSON.stringify(message).includes('id = 4711')))
  })

  test('a dry run tells the columns as they would leave, and the tables; of what people decide it tells no columns', async () => {
    const sql =
      'select o.id, c.email, c.created_at as since from shop.orders o join shop.customers c on c.id = o.customer_id'
    const { query } = (await caller.insert({ query: sql }, { dryRun: true })).body.statistics
    const ran = await caller.query(`${sql} limit 1`)
    assert.deepEqual(query.schema, ran.body.schema)
    assert.deepEqual(
      query.referencedTables,
      ['orders', 'customers'].map(tableId => ({ projectId: 'lake', datasetId: 'shop', tableId })),
    )
    assert.deepEqual((await caller.query(sql, { dryRun: true })).body.schema, ran.body.schema)
    const held = await caller.insert({ query: 'select * from shop.customers where email is null' }, { dryRun: true })
    assert.equal(held.body.statistics.query.schema, undefined)
    assert.equal(held.body.statistics.query.statementType, 'SELECT')
    const several = await caller.insert({ query: 'select 1 as a; select 2 as b' }, { dryRun: true })
    assert.equal(several.body.statistics.query.statementType, 'SCRIPT')
  })

  test('a table that there is not is not found, as clients tell it from a wrong query', async () => {
    const { jobId } = (await caller.insert({ query: 'select 1 as one from shop.nothing' })).body.jobReference
    await approve(stand, jobId)
    const { status, body } = await caller.get(`queries/${jobId}?timeoutMs=20000`)
    assert.deepEqual([status, body.error?.errors[0]?.reason], [404, 'notFound'])
    assert.match(body.error?.message ?? '', /^Not found: Table acme-lake:shop\.nothing was not found/)
    const job = await caller.get(`jobs/${jobId}`)
    assert.deepEqual([job.status, job.body.status.errorResult?.reason], [200, 'notFound'])
  })

  test('an empty list of schema updates, as the cursor of Airflow sends it, says nothing; one that is not is refused', async () => {
    const asked = (schemaUpdateOptions: string[]) => caller.insert({ query: 'select 1 as one', schemaUpdateOptions })
    assert.equal((await asked([])).status, 200)
    const { status, body } = await asked(['ALLOW_FIELD_ADDITION'])
    assert.equal(status, 400)
    assert.match(body.error?.message ?? '', /schemaUpdateOptions/)
  })

  test('a dry run of what does not compile is an invalid query, be it something that would run or wait', async () => {
    await stand.bigquery.connection.run('create table shop.numbers as select 1 as n')
    for (const table of ['shop.orders', 'shop.numbers']) {
      const { status, body } = await caller.query(`select nothing_of_that from ${table}`, { dryRun: true })
      assert.equal(status, 400, table)
      assert.equal(body.error?.errors[0]?.reason, 'invalidQuery')
      assert.match(body.error?.message ?? '', /nothing_of_that/)
    }
    assert.equal((await caller.query('select n from shop.numbers', { dryRun: true })).status, 200)
  })

  test('a dry run of what would be held tells nothing of the columns of tables that may not be looked at', async () => {
    await stand.bigquery.connection.run('create table shop.hushed as select 1 as salary')
    const right = await caller.query('select salary from shop.hushed', { dryRun: true })
    const wrong = await caller.query('select salry from shop.hushed', { dryRun: true })
    assert.equal(right.status, 200, right.text)
    assert.equal(wrong.status, 200, wrong.text)
    assert.ok(!wrong.text.includes('salry'))
  })

  test("the label purpose is what approvers read as the agent's words", async () => {
    const { body } = await caller.query('delete from shop.orders where id = 12', {
      labels: { purpose: 'Remove a test order', team: 'shop' },
      timeoutMs: 0,
    })
    assert.match(JSON.stringify(await cardOf(stand, body.jobReference.jobId, 'hold_approve')), /Remove a test order/)
  })

  test('a body may come as gzip, with or without the service path, for the project of the connection too', async () => {
    const body = gzipSync(JSON.stringify({ query: 'select 1 as one', useLegacySql: false }))
    for (const path of [
      '/bigquery/v2/projects/lake/queries',
      '/projects/lake/queries',
      '/projects/acme-lake/queries',
    ]) {
      const heard = await caller.ask('POST', path, {
        body: new Uint8Array(body),
        headers: { 'content-encoding': 'gzip' },
      })
      assert.equal(heard.status, 200, heard.text)
      assert.deepEqual(heard.body.rows, [{ f: [{ v: '1' }] }])
    }
  })

  test('a default data set resolves names; one of another project is refused', async () => {
    const [rows] = await client.query({
      query: 'select count(*) as n from orders',
      defaultDataset: { datasetId: 'shop' },
    })
    assert.equal(rows.length, 1)
    const elsewhere = await caller.query('select 1 as one', {
      defaultDataset: { projectId: 'other', datasetId: 'shop' },
    })
    assert.equal(elsewhere.status, 400)
  })

  test('what is refused for the form of its answer has not run', async () => {
    const sql = 'select 4242 as n'
    const { status } = await caller.query(sql, { formatOptions: { timestampOutputFormat: 'ROMAN' } })
    assert.equal(status, 400)
    assert.equal(ran(sql), 0)
  })

  test('what the client wants billed at most goes along', async () => {
    const { status } = await caller.query('select id from shop.orders', { maximumBytesBilled: '1' })
    assert.equal(status, 400)
    assert.equal((await caller.query('select id from shop.orders', { maximumBytesBilled: '100000000' })).status, 200)
  })
})

function nested(depth: number): object {
  return depth === 0 ? { type: 'INT64' } : { type: 'ARRAY', arrayType: nested(depth - 1) }
}
