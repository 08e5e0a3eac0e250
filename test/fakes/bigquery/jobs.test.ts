import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { bodyOf, reader, startLake, writer } from './lake.ts'

describe('jobs of the BigQuery stand-in', () => {
  let lake: Awaited<ReturnType<typeof startLake>>

  before(async () => {
    lake = await startLake()
  })
  after(() => lake.close())

  test('a job id is taken once, a request id means one job', async () => {
    const body = {
      jobReference: { projectId: 'acme-lake', jobId: 'once_1', location: 'US' },
      configuration: { labels: { qw: '1' }, query: { query: 'SELECT 1 AS once', useLegacySql: false } },
    }
    assert.equal((await lake.rest('POST', '/jobs', { body })).status, 200)
    const again = await lake.rest('POST', '/jobs', { body })
    const { error } = await bodyOf(again)
    assert.deepEqual(
      [again.status, error.errors[0]?.reason, error.message],
      [409, 'duplicate', 'Already Exists: Job acme-lake:US.once_1'],
    )
    const [first, second] = [
      await lake.query('SELECT 2 AS once', { requestId: 'r1' }),
      await lake.query('SELECT 2 AS once', { requestId: 'r1' }),
    ]
    assert.equal((await bodyOf(first)).jobReference.jobId, (await bodyOf(second)).jobReference.jobId)
    await lake.query('SELECT 3 AS once', { requestId: 'r1' })
    await lake.rest('GET', '/queries/once_1')
    assert.deepEqual(
      [1, 2, 3].map(n => lake.bigquery.timesExecuted(`SELECT ${n} AS once`)),
      [1, 1, 1],
    )
    assert.deepEqual(lake.bigquery.executed.find(statement => statement.jobId === 'once_1')?.labels, { qw: '1' })
    assert.equal((await lake.rest('GET', '/jobs/once_1', { token: lake.auth.issue(writer) })).status, 403)
    assert.equal((await lake.rest('GET', '/jobs/never_2')).status, 404)
  })

  test('a held job is pending until released; cancelling interrupts it at any time', async () => {
    const hold = lake.bigquery.holdNext()
    const submitted = await bodyOf(lake.query('SELECT 7 AS held', { timeoutMs: 1 }))
    assert.deepEqual([submitted.jobComplete, submitted.rows], [false, undefined])
    const { id: jobId } = await hold.arrived
    assert.equal((await bodyOf(lake.rest('GET', `/jobs/${jobId}`))).status.state, 'PENDING')
    const listed = await bodyOf(lake.rest('GET', '/jobs?stateFilter=pending'))
    assert.deepEqual(
      listed.jobs.map((job: { jobReference: { jobId: string } }) => job.jobReference.jobId),
      [jobId],
    )
    const waiting = lake.rest('GET', `/queries/${jobId}?timeoutMs=60000`)
    hold.release()
    assert.equal((await bodyOf(waiting)).rows[0]?.f[0]?.v, '7')

    const second = lake.bigquery.holdNext()
    const [pending] = await lake.clientOf(reader).createQueryJob('SELECT 8 AS held')
    await second.arrived
    await pending.cancel()
    await assert.rejects(pending.getQueryResults(), /cancelled/)
    assert.equal(lake.bigquery.timesExecuted('SELECT 8 AS held'), 0)

    const sql = 'SELECT COUNT(*) FROM shop.numbers a, shop.numbers b, shop.numbers c WHERE a.n + b.n + c.n = 1'
    const [endless] = await lake.clientOf(reader).createQueryJob(sql)
    while (lake.bigquery.timesExecuted(sql) === 0) await new Promise(resolve => setImmediate(resolve))
    await endless.cancel()
    await assert.rejects(endless.getQueryResults(), /cancelled/)
    const [metadata] = await endless.getMetadata()
    assert.deepEqual([metadata.status.state, metadata.status.errorResult.reason], ['DONE', 'stopped'])
  })

  test('a failed job keeps its error; an export is noticed', async () => {
    const [failed] = await lake.clientOf(reader).createQueryJob('SELECT nope FROM shop.orders')
    await assert.rejects(failed.getQueryResults(), { code: 400 })
    const [metadata] = await failed.getMetadata()
    assert.equal(metadata.status.errorResult.reason, 'invalidQuery')
    await lake.query(
      "EXPORT DATA OPTIONS (uri = 'gs://elsewhere/*.csv', format = 'CSV') AS SELECT * FROM shop.customers",
    )
    const copy = { copy: { sourceTable: {}, destinationTable: {} } }
    await lake.rest('POST', '/jobs', { body: { configuration: copy } })
    assert.deepEqual(
      lake.bigquery.moved.map(moved => moved.kind),
      ['EXPORT_DATA', 'COPY'],
    )
  })

  test('copies a table once by its name, and demands of EXPORT DATA and LOAD DATA what the service does', async () => {
    const client = lake.clientOf(writer)
    for (const sql of [
      'CREATE TABLE shop.twin COPY shop.orders',
      'CREATE OR REPLACE TABLE `acme-lake`.`shop`.`twin` CLONE `acme-lake`.`shop`.`orders`',
      'CREATE SNAPSHOT TABLE shop.kept CLONE shop.twin',
    ])
      await client.query(sql)
    const [[{ n }]] = await client.query('SELECT COUNT(*) AS n FROM shop.kept JOIN shop.orders USING (id)')
    assert.equal(n, 2_000)
    await assert.rejects(client.query('CREATE TABLE shop.twin COPY shop.orders'), /Already Exists/)
    await assert.rejects(lake.clientOf(reader).query('CREATE TABLE shop.mine COPY shop.orders'), { code: 403 })
    for (const sql of [
      "EXPORT DATA OPTIONS (uri = 'gs://b/x.csv', format = 'CSV') AS SELECT 1 AS n",
      "EXPORT DATA OPTIONS (format = 'XML', uri = 'gs://b/*') AS SELECT 1 AS n",
      "LOAD DATA INTO shop.twin FROM FILES (format = 'CSV', uris = ['https://b/x.csv', 'gs://b/x.csv'])",
      "LOAD DATA INTO shop.twin FROM FILES (format = 'CSV')",
    ])
      await assert.rejects(client.query(sql), { code: 400 }, sql)
    for (const table of ['twin', 'kept']) await lake.bigquery.connection.run(`drop table shop.${table}`)
  })

  test('knows no upload and no batch, but remembers who tried', async () => {
    for (const path of ['/upload/bigquery/v2/projects/acme-lake/jobs', '/batch/bigquery/v2']) {
      const headers = { authorization: `Bearer ${lake.auth.issue(reader)}` }
      assert.equal((await fetch(`${lake.bigquery.url}${path}`, { method: 'POST', headers })).status, 404)
      const last = lake.bigquery.calls.at(-1)
      assert.deepEqual([last?.method, last?.path, last?.principal], ['unknown', path, reader])
    }
    const discovery = await fetch(`${lake.bigquery.url}/discovery/v1/apis/bigquery/v2/rest`)
    assert.match(await discovery.text(), /"rootUrl":"http:\/\/127\.0\.0\.1:\d+\/"/)
  })

  test('can be made to fail: unavailable, cut before, cut after', async () => {
    lake.bigquery.failNext(1)
    assert.equal((await lake.query('SELECT 1')).status, 503)
    lake.bigquery.dropNext('before', 'jobs.insert')
    const body = {
      jobReference: { jobId: 'cut' },
      configuration: { query: { query: 'SELECT 5 AS cut', useLegacySql: false } },
    }
    await assert.rejects(lake.rest('POST', '/jobs', { body }))
    assert.equal((await lake.rest('GET', '/jobs/cut')).status, 404)
    lake.bigquery.dropNext('after', 'jobs.insert')
    await assert.rejects(lake.rest('POST', '/jobs', { body }))
    assert.equal((await bodyOf(lake.rest('GET', '/queries/cut'))).rows[0]?.f[0]?.v, '5')
    lake.bigquery.slowDown(/SELECT 6 AS slow/, 300)
    assert.equal((await bodyOf(lake.query('SELECT 6 AS slow', { timeoutMs: 1 }))).jobComplete, false)
  })
})
