import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { BigQuery } from '@google-cloud/bigquery'
import { Impersonated, OAuth2Client } from 'google-auth-library'
import { type FakeGoogleAuth, startFakeGoogleAuth } from '../google/fake-google-auth.ts'
import { type FakeBigQuery, startFakeBigQuery } from './fake-bigquery.ts'

const gateway = 'gateway@acme-lake.iam.gserviceaccount.com'
const reader = 'reader@acme-lake.iam.gserviceaccount.com'
const writer = 'writer@acme-lake.iam.gserviceaccount.com'

/** What the answers of all methods together can hold. */
interface Body {
  readonly error: {
    readonly code: number
    readonly message: string
    readonly errors: readonly { readonly reason: string }[]
  }
  readonly rows: readonly { readonly f: readonly { readonly v: unknown }[] }[]
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: string }[] }
  readonly jobReference: { readonly jobId: string }
  readonly jobComplete: boolean
  readonly status: { readonly state: string }
  readonly jobs: readonly Pick<Body, 'jobReference'>[]
}

const bodyOf = async (response: Response | Promise<Response>) => (await (await response).json()) as Body

describe('the BigQuery stand-in, with the unmodified client', () => {
  let auth: FakeGoogleAuth
  let bigquery: FakeBigQuery

  before(async () => {
    auth = await startFakeGoogleAuth({
      serviceAccounts: { [reader]: { tokenCreators: [gateway] }, [writer]: { tokenCreators: [gateway] } },
    })
    bigquery = await startFakeBigQuery({
      auth,
      grants: { [reader]: { read: ['shop.*'] }, [writer]: { write: ['shop.*'] } },
      shop: { customers: 500, orders: 2000 },
      policyTags: { 'shop.customers.email': ['projects/acme-lake/locations/us/taxonomies/1/policyTags/2'] },
      load: async connection => {
        await connection.run('CREATE TABLE shop.numbers AS SELECT range AS n FROM range(100000)')
        await connection.run('CREATE SCHEMA hidden; CREATE TABLE hidden.payroll AS SELECT 1 AS salary')
      },
    })
  })
  after(async () => {
    await bigquery.close()
    await auth.close()
  })

  function clientOf(principal: string): BigQuery {
    const sourceClient = new OAuth2Client()
    sourceClient.setCredentials({ access_token: auth.issue(gateway), expiry_date: Date.now() + 3_600_000 })
    const authClient = new Impersonated({
      sourceClient,
      targetPrincipal: principal,
      targetScopes: ['https://www.googleapis.com/auth/bigquery'],
      lifetime: 300,
      eagerRefreshThresholdMillis: 30_000,
      endpoint: auth.url,
    })
    return new BigQuery({
      projectId: 'acme-lake',
      apiEndpoint: bigquery.url,
      authClient,
      retryOptions: { autoRetry: false },
    })
  }

  const rest = (
    method: string,
    path: string,
    { token = auth.issue(reader), body }: { token?: string; body?: unknown } = {},
  ) =>
    fetch(`${bigquery.url}/bigquery/v2/projects/acme-lake${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const query = (sql: string, more: object = {}, token?: string) =>
    rest('POST', '/queries', { body: { query: sql, useLegacySql: false, ...more }, ...(token ? { token } : {}) })

  test('answers a query as an impersonated reader, with names spelled in every way', async () => {
    const client = clientOf(reader)
    for (const from of [
      'shop.customers',
      '`acme-lake.shop.customers`',
      '`acme-lake`.shop.customers',
      'acme-lake.shop.customers',
    ]) {
      const [rows] = await client.query(`SELECT id, email FROM ${from} WHERE id <= 2 ORDER BY id -- ${from}`)
      assert.deepEqual(
        rows.map(row => row.id),
        [1, 2],
        from,
      )
    }
    const [columns] = await client.query(
      "SELECT column_name, data_type FROM shop.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'orders' ORDER BY ordinal_position",
    )
    assert.deepEqual(
      columns.map(column => column.data_type),
      ['INT64', 'INT64', 'STRING', 'NUMERIC', 'TIMESTAMP'],
    )
  })

  test('binds named, positional, array and struct parameters', async () => {
    const client = clientOf(reader)
    const [named] = await client.query({
      query: 'SELECT @s AS s, @n + 1 AS n, @s AS again',
      params: { s: 'it\'s \\ "é"\n', n: 41 },
    })
    assert.deepEqual(named, [{ s: 'it\'s \\ "é"\n', n: 42, again: 'it\'s \\ "é"\n' }])
    const [positional] = await client.query({ query: 'SELECT ? AS a, ? AS b', params: ['x', 2.5] })
    assert.deepEqual(positional, [{ a: 'x', b: 2.5 }])
    const [many] = await client.query({
      query: 'SELECT id FROM shop.orders WHERE id IN UNNEST(@ids) ORDER BY id',
      params: { ids: [3, 5] },
    })
    assert.deepEqual(many, [{ id: 3 }, { id: 5 }])
    await assert.rejects(client.query({ query: 'SELECT @nobody' }), /Query parameter 'nobody' not found/)
  })

  test('encodes every type as the REST API does', async () => {
    const sql = `SELECT 'a' AS s, b'hi' AS by, 9007199254740993 AS i, 1.5e300 AS f, CAST('NaN' AS FLOAT64) AS nan, NUMERIC '12.340' AS n,
      BIGNUMERIC '1.00000000000000000001' AS bn, TRUE AS bo, TIMESTAMP '2024-05-06 07:08:09.123456+00' AS ts, DATE '2024-05-06' AS d,
      TIME '10:11:12.5' AS ti, DATETIME '2024-05-06T07:08:09' AS dt, ST_GEOGFROMTEXT('POINT(1 2)') AS g, JSON '{"a":[1]}' AS j,
      INTERVAL 25 HOUR AS iv, RANGE(DATE '2024-01-01', NULL) AS r, [1, 2] AS l, STRUCT(1 AS a, ['x'] AS b) AS st, CAST(NULL AS STRING) AS nu`
    const body = await bodyOf(query(sql, { formatOptions: { useInt64Timestamp: true } }))
    const cells = body.rows[0]?.f.map(cell => cell.v)
    assert.deepEqual(cells, [
      'a',
      'aGk=',
      '9007199254740993',
      '1.5e+300',
      'NaN',
      '12.34',
      '1.00000000000000000001',
      'true',
      '1714979289123456',
      '2024-05-06',
      '10:11:12.500000',
      '2024-05-06T07:08:09',
      'POINT(1 2)',
      '{"a":[1]}',
      '0-0 0 25:0:0',
      '[2024-01-01, UNBOUNDED)',
      [{ v: '1' }, { v: '2' }],
      { f: [{ v: '1' }, { v: [{ v: 'x' }] }] },
      null,
    ])
    const types = body.schema.fields.map((field: { type: string }) => field.type)
    assert.deepEqual(types, [
      'STRING',
      'BYTES',
      'INTEGER',
      'FLOAT',
      'FLOAT',
      'NUMERIC',
      'BIGNUMERIC',
      'BOOLEAN',
      'TIMESTAMP',
      'DATE',
      'TIME',
      'DATETIME',
      'GEOGRAPHY',
      'JSON',
      'INTERVAL',
      'RANGE',
      'INTEGER',
      'RECORD',
      'STRING',
    ])
    const float = await bodyOf(query("SELECT TIMESTAMP '2024-05-06 07:08:09.5+00', 1, COUNT(*)"))
    assert.equal(float.rows[0]?.f[0]?.v, '1.7149792895E9')
    assert.deepEqual(
      float.schema.fields.map((field: { name: string }) => field.name),
      ['f0_', 'f1_', 'f2_'],
    )
    const iso = await bodyOf(
      query("SELECT TIMESTAMP '2024-05-06 07:08:09.5+00'", {
        formatOptions: { timestampOutputFormat: 'ISO8601_STRING' },
      }),
    )
    assert.equal(iso.rows[0]?.f[0]?.v, '2024-05-06T07:08:09.500000Z')
  })

  test('refuses what is not entitled, in the service’s own words', async () => {
    const refused: [string, () => Promise<Response>, number, string, RegExp][] = [
      [
        'no bearer',
        () => fetch(`${bigquery.url}/bigquery/v2/projects/acme-lake/jobs`),
        401,
        'authError',
        /OAuth 2 access token/,
      ],
      ['a foreign token', () => rest('GET', '/jobs', { token: 'ya29.foreign' }), 401, 'authError', /OAuth 2/],
      [
        'an expired token',
        () => rest('GET', '/jobs', { token: auth.issue(reader, { lifetimeSeconds: 0 }) }),
        401,
        'authError',
        /OAuth 2/,
      ],
      [
        'another scope',
        () =>
          rest('GET', '/jobs', { token: auth.issue(reader, { scopes: ['https://www.googleapis.com/auth/drive'] }) }),
        403,
        'insufficientPermissions',
        /scopes/,
      ],
      [
        'a stranger',
        () => query('SELECT 1', {}, auth.issue('nobody@x')),
        403,
        'accessDenied',
        /bigquery\.jobs\.create/,
      ],
      [
        'a table of others',
        () => query('SELECT * FROM hidden.payroll'),
        403,
        'accessDenied',
        /Access Denied: Table acme-lake:hidden\.payroll/,
      ],
      [
        'a write',
        () => query("DELETE FROM shop.orders WHERE status = 'test'"),
        403,
        'accessDenied',
        /bigquery\.tables\.updateData/,
      ],
      [
        'a new table',
        () => query('CREATE TABLE shop.mine AS SELECT 1 AS a'),
        403,
        'accessDenied',
        /bigquery\.tables\.create/,
      ],
      [
        'a destination',
        () => query('SELECT 1', { destinationTable: { projectId: 'acme-lake', datasetId: 'shop', tableId: 'copy' } }),
        403,
        'accessDenied',
        /tables\.create/,
      ],
      ['legacy SQL', () => query('SELECT 1', { useLegacySql: undefined }), 400, 'invalidQuery', /[Ll]egacy SQL/],
      [
        'a missing table',
        () => query('SELECT * FROM shop.nothing'),
        404,
        'notFound',
        /Not found: Table acme-lake:shop\.nothing/,
      ],
      ['another case', () => query('SELECT * FROM shop.Orders'), 404, 'notFound', /shop\.Orders/],
      [
        'an unknown column',
        () => query('SELECT wrong FROM shop.orders'),
        400,
        'invalidQuery',
        /Unrecognized name: wrong/,
      ],
      ['bad syntax', () => query('SELEC 1'), 400, 'invalidQuery', /Syntax error/],
      [
        'a failed cast',
        () => query('SELECT CAST(email AS INT64) FROM shop.customers WHERE id = 1'),
        400,
        'invalidQuery',
        /Bad int64 value: c000001/,
      ],
      [
        'a byte limit',
        () => query('SELECT * FROM shop.orders', { maximumBytesBilled: '1000' }),
        400,
        'bytesBilledLimitExceeded',
        /10485760 or higher/,
      ],
      ['a bad label', () => query('SELECT 1', { labels: { Agent: 'x' } }), 400, 'invalid', /label/],
    ]
    for (const [name, call, status, reason, message] of refused) {
      const response = await call()
      const { error } = await bodyOf(response)
      assert.deepEqual([response.status, error?.errors[0]?.reason], [status, reason], name)
      assert.match(error.message, message, name)
      assert.equal(error.code, status, name)
      if (status === 401) assert.match(response.headers.get('www-authenticate') ?? '', /invalid_token/, name)
    }
  })

  test('a disabled service account’s token stops working, and its reason reaches the client', async () => {
    const token = auth.issue(reader)
    auth.disableServiceAccount(reader)
    assert.equal((await query('SELECT 1', {}, token)).status, 401)
    auth.enableServiceAccount(reader)
    assert.equal((await query('SELECT 1', {}, token)).status, 200)
    await assert.rejects(
      clientOf('unknown@acme-lake.iam.gserviceaccount.com').query('SELECT 1'),
      /iam\.serviceAccounts\.getAccessToken/,
    )
  })

  test('a dry run tells types, tables and bytes, and runs nothing', async () => {
    const ran = bigquery.executed.length
    const [job] = await clientOf(reader).createQueryJob({ query: 'SELECT id, amount FROM shop.orders', dryRun: true })
    const { query: statistics, totalBytesProcessed } = job.metadata.statistics
    assert.equal(totalBytesProcessed, String(2000 * 24))
    assert.deepEqual(statistics.referencedTables, [{ projectId: 'acme-lake', datasetId: 'shop', tableId: 'orders' }])
    assert.deepEqual(
      statistics.schema.fields.map((field: { type: string }) => field.type),
      ['INTEGER', 'NUMERIC'],
    )
    assert.deepEqual([statistics.statementType, statistics.totalBytesProcessedAccuracy], ['SELECT', 'PRECISE'])
    assert.equal(bigquery.executed.length, ran)
    const [dml] = await clientOf(writer).createQueryJob({ query: 'DELETE FROM shop.orders WHERE id = 1', dryRun: true })
    assert.equal(dml.metadata.statistics.query.statementType, 'DELETE')
    await assert.rejects(clientOf(reader).createQueryJob({ query: 'SELECT * FROM hidden.payroll', dryRun: true }), {
      code: 403,
    })
  })

  test('pages 100,000 rows without loss, in both ways of reading them', async () => {
    const client = clientOf(reader)
    const [job] = await client.createQueryJob('SELECT n FROM shop.numbers ORDER BY n')
    const seen = new Set<number>()
    let pages = 0
    const read = async (request: object): Promise<void> => {
      const [rows, next] = await job.getQueryResults(request)
      pages++
      for (const row of rows) seen.add(row.n)
      if (next) await read(next)
    }
    await read({ maxResults: 30_000, autoPaginate: false })
    assert.deepEqual([seen.size, pages], [100_000, 4])
    const { destinationTable } = job.metadata.configuration.query
    const table = client.dataset(destinationTable.datasetId).table(destinationTable.tableId)
    const [metadata] = await table.getMetadata()
    assert.equal(metadata.numRows, '100000')
    const direct = await bodyOf(
      rest('GET', `/datasets/${destinationTable.datasetId}/tables/${destinationTable.tableId}/data?startIndex=99999`),
    )
    assert.deepEqual(direct.rows, [{ f: [{ v: '99999' }] }])
    const foreign = await rest('GET', `/datasets/${destinationTable.datasetId}/tables/${destinationTable.tableId}`, {
      token: auth.issue(writer),
    })
    assert.equal(foreign.status, 403)
  })

  test('counts what DML changed, and lets it be undone from before', async () => {
    const client = clientOf(writer)
    const affected = async (sql: string) => {
      const [job] = await client.createQueryJob(sql)
      await job.getQueryResults()
      const [{ statistics }] = await job.getMetadata()
      return statistics.query
    }
    const insert = await affected('INSERT shop.numbers (n) VALUES (-1), (-2)')
    assert.equal(insert.numDmlAffectedRows, '2')
    const merged = await affected(
      'MERGE shop.numbers t USING (SELECT -1 AS n UNION ALL SELECT -9) s ON t.n = s.n WHEN MATCHED THEN UPDATE SET n = -10 WHEN NOT MATCHED THEN INSERT (n) VALUES (s.n)',
    )
    assert.deepEqual(merged.dmlStats, { insertedRowCount: '1', updatedRowCount: '1', deletedRowCount: '0' })
    const deleted = await affected('DELETE FROM `acme-lake.shop.numbers` WHERE n < 0')
    assert.deepEqual([deleted.statementType, deleted.dmlStats.deletedRowCount], ['DELETE', '3'])
    const before =
      'SELECT COUNT(*) AS n FROM shop.numbers FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)'
    assert.deepEqual((await client.query(before))[0], [{ n: 100_003 }])
    assert.deepEqual((await client.query('SELECT COUNT(*) AS n FROM shop.numbers'))[0], [{ n: 100_000 }])
    const ddl = await affected('CREATE OR REPLACE TABLE shop.made (a INT64, b TIMESTAMP)')
    assert.deepEqual([ddl.statementType, ddl.ddlTargetTable.tableId], ['CREATE_TABLE', 'made'])
    await affected('DROP TABLE shop.made')
  })

  test('a job id is taken once, a request id means one job', async () => {
    const body = {
      jobReference: { projectId: 'acme-lake', jobId: 'once_1', location: 'US' },
      configuration: { labels: { qw: '1' }, query: { query: 'SELECT 1 AS once', useLegacySql: false } },
    }
    assert.equal((await rest('POST', '/jobs', { body })).status, 200)
    const again = await rest('POST', '/jobs', { body })
    const { error } = await bodyOf(again)
    assert.deepEqual(
      [again.status, error.errors[0]?.reason, error.message],
      [409, 'duplicate', 'Already Exists: Job acme-lake:US.once_1'],
    )
    const [first, second] = [
      await query('SELECT 2 AS once', { requestId: 'r1' }),
      await query('SELECT 2 AS once', { requestId: 'r1' }),
    ]
    assert.equal((await bodyOf(first)).jobReference.jobId, (await bodyOf(second)).jobReference.jobId)
    await query('SELECT 3 AS once', { requestId: 'r1' })
    await rest('GET', '/queries/once_1')
    assert.deepEqual(
      [1, 2, 3].map(n => bigquery.timesExecuted(`SELECT ${n} AS once`)),
      [1, 1, 1],
    )
    assert.deepEqual(bigquery.executed.find(statement => statement.jobId === 'once_1')?.labels, { qw: '1' })
    assert.equal((await rest('GET', '/jobs/once_1', { token: auth.issue(writer) })).status, 403)
    assert.equal((await rest('GET', '/jobs/never_2')).status, 404)
  })

  test('a held job is pending until released; cancelling interrupts it at any time', async () => {
    const hold = bigquery.holdNext()
    const submitted = await bodyOf(query('SELECT 7 AS held', { timeoutMs: 1 }))
    assert.deepEqual([submitted.jobComplete, submitted.rows], [false, undefined])
    const { id: jobId } = await hold.arrived
    assert.equal((await bodyOf(rest('GET', `/jobs/${jobId}`))).status.state, 'PENDING')
    const listed = await bodyOf(rest('GET', '/jobs?stateFilter=pending'))
    assert.deepEqual(
      listed.jobs.map((job: { jobReference: { jobId: string } }) => job.jobReference.jobId),
      [jobId],
    )
    const waiting = rest('GET', `/queries/${jobId}?timeoutMs=60000`)
    hold.release()
    assert.equal((await bodyOf(waiting)).rows[0]?.f[0]?.v, '7')

    const second = bigquery.holdNext()
    const [pending] = await clientOf(reader).createQueryJob('SELECT 8 AS held')
    await second.arrived
    await pending.cancel()
    await assert.rejects(pending.getQueryResults(), /cancelled/)
    assert.equal(bigquery.timesExecuted('SELECT 8 AS held'), 0)

    const sql = 'SELECT COUNT(*) FROM shop.numbers a, shop.numbers b, shop.numbers c WHERE a.n + b.n + c.n = 1'
    const [endless] = await clientOf(reader).createQueryJob(sql)
    while (bigquery.timesExecuted(sql) === 0) await new Promise(resolve => setImmediate(resolve))
    await endless.cancel()
    await assert.rejects(endless.getQueryResults(), /cancelled/)
    const [metadata] = await endless.getMetadata()
    assert.deepEqual([metadata.status.state, metadata.status.errorResult.reason], ['DONE', 'stopped'])
  })

  test('a failed job keeps its error; an export is noticed', async () => {
    const [failed] = await clientOf(reader).createQueryJob('SELECT nope FROM shop.orders')
    await assert.rejects(failed.getQueryResults(), { code: 400 })
    const [metadata] = await failed.getMetadata()
    assert.equal(metadata.status.errorResult.reason, 'invalidQuery')
    await query("EXPORT DATA OPTIONS (uri = 'gs://elsewhere/*.csv', format = 'CSV') AS SELECT * FROM shop.customers")
    const copy = { copy: { sourceTable: {}, destinationTable: {} } }
    await rest('POST', '/jobs', { body: { configuration: copy } })
    assert.deepEqual(
      bigquery.moved.map(moved => moved.kind),
      ['EXPORT_DATA', 'COPY'],
    )
  })

  test('can be made to fail: unavailable, cut before, cut after', async () => {
    bigquery.failNext(1)
    assert.equal((await query('SELECT 1')).status, 503)
    bigquery.dropNext('before', 'jobs.insert')
    const body = {
      jobReference: { jobId: 'cut' },
      configuration: { query: { query: 'SELECT 5 AS cut', useLegacySql: false } },
    }
    await assert.rejects(rest('POST', '/jobs', { body }))
    assert.equal((await rest('GET', '/jobs/cut')).status, 404)
    bigquery.dropNext('after', 'jobs.insert')
    await assert.rejects(rest('POST', '/jobs', { body }))
    assert.equal((await bodyOf(rest('GET', '/queries/cut'))).rows[0]?.f[0]?.v, '5')
    bigquery.slowDown(/SELECT 6 AS slow/, 300)
    assert.equal((await bodyOf(query('SELECT 6 AS slow', { timeoutMs: 1 }))).jobComplete, false)
  })

  test('describes datasets and tables', async () => {
    const client = clientOf(reader)
    const [datasets] = await client.getDatasets()
    assert.deepEqual(
      datasets.map(dataset => dataset.id),
      ['shop'],
    )
    const [tables] = await client.dataset('shop').getTables()
    assert.deepEqual(
      tables.map(table => table.id),
      ['customers', 'numbers', 'orders'],
    )
    const [metadata] = await client.dataset('shop').table('customers').getMetadata()
    const email = metadata.schema.fields.find((field: { name: string }) => field.name === 'email')
    assert.deepEqual([metadata.numRows, email.policyTags.names.length], ['500', 1])
    await assert.rejects(client.dataset('hidden').table('payroll').getMetadata(), { code: 403 })
    const [rows] = await client.dataset('shop').table('customers').getRows({ maxResults: 2 })
    assert.equal(rows.length, 2)
  })
})
