import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { BigQuery } from '@google-cloud/bigquery'
import { agentOf, firstGateway } from '#test/doors/agent.ts'
import { approve, cardOf, deny, ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { nodeClient } from './node-client.ts'
import { type Heard, RestCaller } from './rest-caller.ts'

const table = (tableId: string) => ({ projectId: 'lake', datasetId: 'shop', tableId })
const customers = table('customers')
const path = (tableId: string) => `\`acme-lake\`.\`shop\`.\`${tableId}\``

describe('BigQuery door, jobs that move data', { timeout: 300_000 }, () => {
  let stand: Stand
  let caller: RestCaller
  let client: BigQuery
  before(async () => {
    stand = await startStand({ gateways: 2, sizes: { customers: 40, orders: 100 } })
    caller = await RestCaller.of(stand)
    client = nodeClient({ url: firstGateway(stand).url, token: await stand.issuer.tokenFor('release-bot') })
  })
  after(() => stand.stop())

  const insert = (configuration: object, more: object = {}): Promise<Heard> =>
    caller.ask('POST', '/bigquery/v2/projects/lake/jobs', { body: { configuration, ...more } })
  const copy = (to: string, more: object = {}) => ({
    copy: { sourceTable: customers, destinationTable: table(to), ...more },
  })
  const ended = async (id: string): Promise<Heard> => {
    for (;;) {
      const job = await caller.get(`jobs/${id}`)
      if (job.body.status.state === 'DONE') return job
      await caller.get(`queries/${id}?timeoutMs=20000`)
    }
  }

  test('a copy waits for people who see its SQL, runs as that, and is told as the copy that it was, at every gateway', async () => {
    const asked = copy('copied', { writeDisposition: 'WRITE_TRUNCATE' })
    const { body } = await insert(asked, { jobReference: { jobId: 'nightly_copy' } })
    assert.deepEqual([body.status.state, body.jobReference.jobId], ['PENDING', 'nightly_copy'])
    const { configuration, statistics } = body
    assert.deepEqual(configuration, { jobType: 'COPY', ...asked, labels: { ...labelsOf(body) } })
    assert.equal(statistics.query, undefined)
    const session = labelsOf(body).querywarden_session?.toUpperCase() ?? ''
    const sql = `CREATE OR REPLACE TABLE ${path('copied')} COPY ${path('customers')}`
    const card = JSON.stringify((await cardOf(stand, session)).blocks)
    assert.ok(card.includes(sql), card)
    assert.match(card, /makes sensitive: acme-lake.shop.copied.email \(contact\)/)
    await approve(stand, session)
    const done = await ended('nightly_copy')
    assert.equal(done.body.status.state, 'DONE', done.text)
    assert.deepEqual(done.body.configuration, configuration)
    const elsewhere = new RestCaller(await stand.issuer.tokenFor('release-bot'), firstGateway(stand).url)
    assert.deepEqual((await elsewhere.get('jobs/nightly_copy')).body, done.body)
    assert.deepEqual(
      ranTexts(stand).filter(text => text.includes('copied')),
      [sql],
    )
    const listed = await caller.get('jobs')
    assert.ok(listed.body.jobs.some(job => JSON.stringify(job.configuration) === JSON.stringify(configuration)))
  })

  test('what was copied is as sensitive there', async () => {
    const [rows] = await client.query('select email, phone from shop.copied where id = 7')
    assert.match(rows[0].email, /^.\*\*\*@\*\*\*\.example$/)
    assert.match(rows[0].phone, /\*/)
    const agent = await agentOf(stand)
    const filter = "select id from shop.copied where email like 'c%'"
    assert.equal((await agent.submit({ connection: 'lake', sql: filter })).body.status, 'pending_approval')
  })

  test('a copy that people deny is refused by whom and why, and nothing is there', async () => {
    const { body } = await insert(copy('unwanted'))
    await deny(stand, body.jobReference.jobId, 'not now')
    const done = await ended(body.jobReference.jobId)
    assert.equal(done.body.status.state, 'DONE')
    assert.equal(done.body.status.errorResult?.reason, 'accessDenied')
    assert.match(done.text, /denied by oncall-1: ..not now/)
    assert.ok(!ranTexts(stand).some(text => text.includes('unwanted')))
  })

  test('an extract is refused by the rule that refuses EXPORT DATA', async () => {
    const extract = { sourceTable: customers, destinationUris: ['gs://elsewhere/c-*.csv'] }
    for (const asked of [{ extract }, { extract, dryRun: true }]) {
      const { status, body } = await insert(asked)
      assert.equal(status, 403)
      assert.equal(body.error?.errors[0]?.reason, 'accessDenied')
      assert.match(body.error?.message ?? '', /no-unload: Data may not be copied out/)
    }
    assert.deepEqual(stand.bigquery.moved, [])
  })

  test('a load waits for people who see which files', async () => {
    const load = { sourceUris: ['gs://acme/orders.csv'], destinationTable: table('orders'), autodetect: true }
    const { body } = await insert({ load })
    assert.deepEqual(
      [body.status.state, body.configuration],
      ['PENDING', { jobType: 'LOAD', load, labels: labelsOf(body) }],
    )
    const card = JSON.stringify((await cardOf(stand, body.jobReference.jobId)).blocks)
    assert.ok(
      card.includes(`LOAD DATA INTO ${path('orders')} FROM FILES (format = 'CSV', uris = ['gs://acme/orders.csv'])`),
    )
    await approve(stand, body.jobReference.jobId)
    assert.equal((await ended(body.jobReference.jobId)).body.status.state, 'DONE')
    assert.deepEqual(
      stand.bigquery.moved.map(({ kind }) => kind),
      ['LOAD_DATA'],
    )
  })

  test('a copy inserted again is the same job; a table that is there is the warehouse’s own refusal', async () => {
    const more = { jobReference: { jobId: 'again' } }
    const asked = copy('orders', { sourceTable: table('orders') })
    const first = await insert(asked, more)
    assert.deepEqual((await insert(asked, more)).body, first.body)
    assert.equal((await insert(copy('elsewhere'), more)).status, 409)
    await approve(stand, labelsOf(first.body).querywarden_session?.toUpperCase() ?? '')
    const done = await ended('again')
    assert.match(done.text, /Already Exists/)
  })

  const into = (tableId: string, query: string, more: object = {}) => ({
    query: { query, useLegacySql: false, destinationTable: table(tableId), ...more },
  })

  test('a query with a destination table is the write that it is, for people, the warehouse and the columns it fills', async () => {
    const query = 'select id, email as handle from shop.customers where id < 4'
    const asked = into('handles', query)
    const { body } = await insert(asked)
    const { jobId } = body.jobReference
    assert.equal(body.status.state, 'PENDING')
    const { jobType, query: told } = body.configuration as { jobType?: string; query: object }
    assert.equal(jobType, 'QUERY')
    assert.deepEqual({ ...told, ...asked.query }, told)
    const sql = `CREATE TABLE ${path('handles')} AS\n${query}`
    const card = JSON.stringify((await cardOf(stand, jobId)).blocks)
    assert.ok(card.includes(JSON.stringify(sql).slice(1, -1)), card)
    assert.match(card, /makes sensitive: acme-lake.shop.handles.handle \(contact\)/)
    await approve(stand, jobId)
    const done = await ended(jobId)
    assert.equal(done.body.status.errorResult, undefined, done.text)
    assert.ok(ranTexts(stand).includes(sql))
    assert.deepEqual((await caller.get(`queries/${jobId}`)).body.rows, undefined)
    const [rows] = await client.query('select * from shop.handles order by id')
    assert.deepEqual(
      rows,
      [1, 2, 3].map(id => ({ id, handle: 'c***@***.example' })),
    )
  })

  test('an append fills the columns by their names, and says how many rows', async () => {
    const query = 'select email as handle, id from shop.customers where id = 9'
    const { body } = await insert(into('handles', query, { writeDisposition: 'WRITE_APPEND' }))
    await approve(stand, body.jobReference.jobId)
    const done = await ended(body.jobReference.jobId)
    assert.deepEqual(
      [done.body.status.errorResult, done.body.statistics.query],
      [undefined, { ...done.body.statistics.query, statementType: 'INSERT', numDmlAffectedRows: '1' }],
    )
    const [rows] = await client.query('select * from shop.handles where id = 9')
    assert.deepEqual(rows, [{ id: 9, handle: 'c***@***.example' }])
  })

  test('an append of columns whose names no statement can say tells none of them', async () => {
    await stand.bigquery.connection.run('create table shop.scored as select 1 as "risk:score"')
    const query = 'select * from shop.scored'
    for (const more of [{}, { dryRun: true }]) {
      const { status, text } = await insert({
        ...into('handles', query, { writeDisposition: 'WRITE_APPEND' }),
        ...more,
      })
      assert.deepEqual([status, /risk/.test(text)], [400, false], text)
      assert.match(text, /columns without a plain name/)
    }
  })

  test('a dry run of it writes nothing; what is no query has no destination', async () => {
    const dry = await insert({
      ...into('handles', 'select 1 as id', { writeDisposition: 'WRITE_TRUNCATE' }),
      dryRun: true,
    })
    assert.equal(dry.status, 200, dry.text)
    for (const query of ['delete from shop.orders where id = 1', 'select 1; select 2', 'drop table shop.orders']) {
      const { status, text } = await insert(into('handles', query))
      assert.equal(status, 400, text)
      assert.match(text, /other than for one query/)
    }
    assert.deepEqual(
      stand.bigquery.moved.filter(({ kind }) => kind === 'DESTINATION_TABLE'),
      [],
    )
  })

  test('a dry run says that it would be held, and nobody is asked', async () => {
    const { status, body } = await insert({ ...copy('dry'), dryRun: true })
    assert.deepEqual(
      [status, body.status.state, body.configuration],
      [200, 'DONE', { jobType: 'COPY', ...copy('dry'), dryRun: true }],
    )
  })

  for (const [name, configuration] of Object.entries({
    destinationEncryptionConfiguration: copy('x', { destinationEncryptionConfiguration: { kmsKeyName: 'k' } }),
    destinationExpirationTime: copy('x', { destinationExpirationTime: '2026-12-01T00:00:00Z' }),
    'writeDisposition WRITE_APPEND': copy('x', { writeDisposition: 'WRITE_APPEND' }),
    sourceTable: { extract: { sourceModel: {}, destinationUris: ['gs://b/*'] } },
    hivePartitioningOptions: { load: { destinationTable: customers, hivePartitioningOptions: {} } },
    'exactly one of': { ...copy('x'), query: { query: 'select 1' } },
  })) {
    test(`what no statement says is refused by its name: ${name}`, async () => {
      const { status, body } = await insert(configuration)
      assert.equal(status, 400)
      assert.ok(body.error?.message.includes(name), body.error?.message)
    })
  }

  for (const [path, words] of Object.entries({
    'datasets/shop/tables/orders/insertAll': /INSERT INTO … VALUES/,
    'datasets/shop/tables': /CREATE, ALTER or DROP/,
    datasets: /CREATE, ALTER or DROP/,
  })) {
    test(`POST ${path} is refused, with the SQL to use instead`, async () => {
      const { status, body } = await caller.ask('POST', `/bigquery/v2/projects/lake/${path}`, { body: {} })
      assert.equal(status, 403)
      assert.match(body.error?.message ?? '', words)
    })
  }

  test('an upload and a batch are refused, with what to send instead', async () => {
    const upload = await caller.ask('POST', '/upload/bigquery/v2/projects/lake/jobs?uploadType=multipart', { body: {} })
    assert.match(upload.body.error?.message ?? '', /LOAD DATA INTO … FROM FILES/)
    const batch = await caller.ask('POST', '/batch/bigquery/v2', { body: {} })
    assert.match(batch.body.error?.message ?? '', /by itself/)
  })
})

const labelsOf = ({ configuration }: Heard['body']): Readonly<Record<string, string>> =>
  (configuration as { labels?: Record<string, string> }).labels ?? {}
