import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { bodyOf, reader, startLake, writer } from './lake.ts'

describe('what the BigQuery stand-in refuses', () => {
  let lake: Awaited<ReturnType<typeof startLake>>

  before(async () => {
    lake = await startLake()
  })
  after(() => lake.close())

  test('refuses what is not entitled, in the service’s own words', async () => {
    const refused: [string, () => Promise<Response>, number, string, RegExp][] = [
      [
        'no bearer',
        () => fetch(`${lake.bigquery.url}/bigquery/v2/projects/acme-lake/jobs`),
        401,
        'authError',
        /OAuth 2 access token/,
      ],
      ['a foreign token', () => lake.rest('GET', '/jobs', { token: 'ya29.foreign' }), 401, 'authError', /OAuth 2/],
      [
        'an expired token',
        () => lake.rest('GET', '/jobs', { token: lake.auth.issue(reader, { lifetimeSeconds: 0 }) }),
        401,
        'authError',
        /OAuth 2/,
      ],
      [
        'another scope',
        () =>
          lake.rest('GET', '/jobs', {
            token: lake.auth.issue(reader, { scopes: ['https://www.googleapis.com/auth/drive'] }),
          }),
        403,
        'insufficientPermissions',
        /scopes/,
      ],
      [
        'a stranger',
        () => lake.query('SELECT 1', {}, lake.auth.issue('nobody@x')),
        403,
        'accessDenied',
        /bigquery\.jobs\.create/,
      ],
      [
        'a table of others',
        () => lake.query('SELECT * FROM hidden.payroll'),
        403,
        'accessDenied',
        /Access Denied: Table acme-lake:hidden\.payroll/,
      ],
      [
        'a write',
        () => lake.query("DELETE FROM shop.orders WHERE status = 'test'"),
        403,
        'accessDenied',
        /bigquery\.tables\.updateData/,
      ],
      [
        'a new table',
        () => lake.query('CREATE TABLE shop.mine AS SELECT 1 AS a'),
        403,
        'accessDenied',
        /bigquery\.tables\.create/,
      ],
      [
        'a destination',
        () =>
          lake.query('SELECT 1', { destinationTable: { projectId: 'acme-lake', datasetId: 'shop', tableId: 'copy' } }),
        403,
        'accessDenied',
        /tables\.create/,
      ],
      ['legacy SQL', () => lake.query('SELECT 1', { useLegacySql: undefined }), 400, 'invalidQuery', /[Ll]egacy SQL/],
      [
        'a missing table',
        () => lake.query('SELECT * FROM shop.nothing'),
        404,
        'notFound',
        /Not found: Table acme-lake:shop\.nothing/,
      ],
      ['another case', () => lake.query('SELECT * FROM shop.Orders'), 404, 'notFound', /shop\.Orders/],
      [
        'an unknown column',
        () => lake.query('SELECT wrong FROM shop.orders'),
        400,
        'invalidQuery',
        /Unrecognized name: wrong/,
      ],
      ['bad syntax', () => lake.query('SELEC 1'), 400, 'invalidQuery', /Syntax error/],
      [
        'a failed cast',
        () => lake.query('SELECT CAST(email AS INT64) FROM shop.customers WHERE id = 1'),
        400,
        'invalidQuery',
        /Bad int64 value: c000001/,
      ],
      [
        'a byte limit',
        () => lake.query('SELECT * FROM shop.orders', { maximumBytesBilled: '1000' }),
        400,
        'bytesBilledLimitExceeded',
        /10485760 or higher/,
      ],
      ['a bad label', () => lake.query('SELECT 1', { labels: { Agent: 'x' } }), 400, 'invalid', /label/],
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
    const token = lake.auth.issue(reader)
    lake.auth.disableServiceAccount(reader)
    assert.equal((await lake.query('SELECT 1', {}, token)).status, 401)
    lake.auth.enableServiceAccount(reader)
    assert.equal((await lake.query('SELECT 1', {}, token)).status, 200)
    await assert.rejects(
      lake.clientOf('unknown@acme-lake.iam.gserviceaccount.com').query('SELECT 1'),
      /iam\.serviceAccounts\.getAccessToken/,
    )
  })

  test('a dry run tells types, tables and bytes, and runs nothing', async () => {
    const ran = lake.bigquery.executed.length
    const [job] = await lake
      .clientOf(reader)
      .createQueryJob({ query: 'SELECT id, amount FROM shop.orders', dryRun: true })
    const { query: statistics, totalBytesProcessed } = job.metadata.statistics
    assert.equal(totalBytesProcessed, String(2000 * 24))
    assert.deepEqual(statistics.referencedTables, [{ projectId: 'acme-lake', datasetId: 'shop', tableId: 'orders' }])
    assert.deepEqual(
      statistics.schema.fields.map((field: { type: string }) => field.type),
      ['INTEGER', 'NUMERIC'],
    )
    assert.deepEqual([statistics.statementType, statistics.totalBytesProcessedAccuracy], ['SELECT', 'PRECISE'])
    assert.equal(lake.bigquery.executed.length, ran)
    const [dml] = await lake
      .clientOf(writer)
      .createQueryJob({ query: 'DELETE FROM shop.orders WHERE id = 1', dryRun: true })
    assert.equal(dml.metadata.statistics.query.statementType, 'DELETE')
    await assert.rejects(
      lake.clientOf(reader).createQueryJob({ query: 'SELECT * FROM hidden.payroll', dryRun: true }),
      {
        code: 403,
      },
    )
  })
})
