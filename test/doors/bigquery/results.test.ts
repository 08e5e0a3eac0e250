import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { BigQuery } from '@google-cloud/bigquery'
import { firstGateway } from '#test/doors/agent.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { nodeClient } from './node-client.ts'
import { RestCaller } from './rest-caller.ts'

const java = { 'x-goog-api-client': 'gl-java/21 gccl/2.60.1' }
const python = { 'x-goog-api-client': 'gl-python/3.12 gccl/3.40.0' }

/** Computing with a personal column needs nobody here, so that its masks are seen. */
const policy = standPolicy
  .replace(/ {2}- name: more-than-showing.*?\n\n/s, '')
  .replace('"*.customers.phone"', '"*.customers.phone", "*.people.homes"')

describe('BigQuery door, what is answered', { timeout: 300_000 }, () => {
  let stand: Stand
  let caller: RestCaller
  let client: BigQuery
  before(async () => {
    stand = await startStand({ sizes: { customers: 300, orders: 5_000 }, policy })
    caller = await RestCaller.of(stand)
    client = nodeClient({ url: firstGateway(stand).url, token: await stand.issuer.tokenFor('release-bot') })
  })
  after(() => stand.stop())

  const types = `select cast(9007199254740993 as int64) as i, cast(1.5 as float64) as f, cast('1.10' as numeric) as n, true as b, 'ä' as s,
    from_base64('/wA=') as y, date '2024-02-29' as d, time '10:11:12.5' as t, datetime '2024-02-29 10:11:12' as dt,
    timestamp '2024-02-29 10:11:12.123456+00' as ts, parse_json('{"a": [1, null]}') as j,
    struct(1 as x, ['p', 'q'] as y) as r, [struct(timestamp '1969-12-31 23:59:59.5+00' as at)] as rs, cast(null as string) as z`
  const cells = (ts: string, at: string) => [
    ...['9007199254740993', '1.5', '1.1', 'true', 'ä', '/wA=', '2024-02-29', '10:11:12.500000', '2024-02-29T10:11:12'],
    ...[ts, '{"a":[1,null]}'],
    { f: [{ v: '1' }, { v: [{ v: 'p' }, { v: 'q' }] }] },
    ...[[{ v: { f: [{ v: at }] } }], null],
  ]

  for (const [options, ts, at] of [
    [{}, '1.709201472123456E9', '-5E-1'],
    [{ useInt64Timestamp: true }, '1709201472123456', '-500000'],
    [{ timestampOutputFormat: 'ISO8601_STRING' }, '2024-02-29T10:11:12.123456Z', '1969-12-31T23:59:59.500000Z'],
  ] as const) {
    test(`values of every type stand as BigQuery writes them: ${JSON.stringify(options)}`, async () => {
      const { body } = await caller.query(types, { formatOptions: options })
      assert.deepEqual(
        body.rows?.[0]?.f.map(({ v }) => v),
        cells(ts, at),
      )
    })
  }

  test('the schema names types and modes, nested ones too', async () => {
    const { body } = await caller.query(types)
    const named = body.schema.fields.map(field => {
      const { name, type, mode } = field as { name: string; type: string; mode: string }
      return `${name} ${type} ${mode}`
    })
    assert.deepEqual(named, [
      ...['i INTEGER NULLABLE', 'f FLOAT NULLABLE', 'n NUMERIC NULLABLE', 'b BOOLEAN NULLABLE', 's STRING NULLABLE'],
      ...['y BYTES NULLABLE', 'd DATE NULLABLE', 't TIME NULLABLE', 'dt DATETIME NULLABLE', 'ts TIMESTAMP NULLABLE'],
      ...['j JSON NULLABLE', 'r RECORD NULLABLE', 'rs RECORD REPEATED', 'z STRING NULLABLE'],
    ])
    assert.deepEqual(body.schema.fields[11], {
      ...{ name: 'r', type: 'RECORD', mode: 'NULLABLE' },
      fields: [
        { name: 'x', type: 'INTEGER', mode: 'NULLABLE' },
        { name: 'y', type: 'STRING', mode: 'REPEATED' },
      ],
    })
  })

  test("Google's client reads them", async () => {
    const [[row]] = await client.query({ query: types, parseJSON: true, wrapIntegers: true })
    assert.equal(row.i.value, '9007199254740993')
    assert.deepEqual([row.f, row.b, row.s, row.z], [1.5, true, 'ä', null])
    assert.equal(row.ts.value, '2024-02-29T10:11:12.123456000Z')
    assert.deepEqual(row.j, { a: [1, null] })
    assert.deepEqual(row.r.y, ['p', 'q'])
  })

  test('masked values keep their types; lists and structs of them are empty', async () => {
    const { body } = await caller.query(
      'select email, date_of_birth, [phone] as phones, struct(email as e) as inside from shop.customers where id < 3',
    )
    for (const { f } of body.rows ?? []) {
      assert.equal(f[0]?.v, 'c***@***.example')
      assert.match(String(f[1]?.v), /^\d{4}-01-01$/)
      assert.deepEqual([f[2]?.v, f[3]?.v], [[], null])
    }
    assert.equal(body.rows?.length, 2)
  })

  test("Google's client reads masked ranges and intervals, which no text is", async () => {
    const [rows] = await client.query(`
      select range(date_of_birth, null) as life, case when phone is null then null else interval 25 hour end as spell,
        [range(date_of_birth, null)] as lives, range(date '2024-01-01', null) as open, interval 25 hour as plain
      from shop.customers where id < 3`)
    for (const { life, spell, lives, open, plain } of rows) {
      assert.deepEqual([life, spell, lives], [null, null, []])
      assert.equal(open.apiValue, '[2024-01-01, UNBOUNDED)')
      assert.equal(plain, '0-0 0 25:0:0')
    }
    assert.equal(rows.length, 2)
  })

  test('a field of a nested column is masked with it, also where a column around has its name', async () => {
    await stand.bigquery.connection.run(
      "create table shop.people as select [{'phone': '555-1234567', 'notes': [{'a b': 'c'}]}] as homes, [{'city': 'b'}] as plain",
    )
    const asked = async (field: string, column: string) => {
      const sql = `select (select ${field} from unnest(p.${column}) as e limit 1) as o from shop.people as p, (select 'zz' as ${field})`
      return (await caller.query(sql)).body.rows?.[0]?.f[0]?.v
    }
    assert.deepEqual([await asked('phone', 'homes'), await asked('city', 'plain')], ['[masked]', 'zz'])
  })

  test('rows come page by page, each once and in order, from results and from the table of the result', async () => {
    const sql = 'select id from shop.orders order by id limit 2500'
    const first = await caller.query(sql, { maxResults: 1000 })
    assert.equal(first.body.totalRows, '2500')
    const { jobId } = first.body.jobReference
    const second = await caller.get(`queries/${jobId}?maxResults=1000&pageToken=${first.body.pageToken}`)
    const table = `datasets/_querywarden_results/tables/${jobId.replaceAll('-', '_')}`
    const third = await caller.get(`${table}/data?maxResults=1000&pageToken=${second.body.pageToken}`)
    assert.equal(third.body.pageToken, undefined)
    const ids = [first, second, third].flatMap(({ body }) => (body.rows ?? []).map(({ f }) => Number(f[0]?.v)))
    assert.deepEqual(
      ids,
      Array.from({ length: 2500 }, (_, at) => at + 1),
    )
    const { body } = await caller.get(table)
    assert.deepEqual(body.schema, first.body.schema)
    const some = await caller.get(`${table}/data?selectedFields=id`)
    assert.deepEqual([some.status, some.body.rows], [400, undefined])
    const none = await caller.get(`queries/${jobId}?maxResults=0`)
    assert.deepEqual([none.body.rows, none.body.pageToken, none.body.totalRows], [undefined, undefined, '2500'])
    const from = await caller.get(`queries/${jobId}?startIndex=2499`)
    assert.deepEqual(from.body.rows, [{ f: [{ v: '2500' }] }])
  })

  test('rows of a table without a query: chosen columns, from a row on, page by page from what was read once', async () => {
    const path = 'datasets/shop/tables/customers/data?selectedFields=email,id'
    const ran = () => stand.bigquery.executed.filter(({ sql }) => sql.startsWith('SELECT `email`')).length
    const first = await caller.get(`${path}&maxResults=120&startIndex=100`)
    assert.deepEqual([first.body.totalRows, first.body.rows?.length], ['300', 120])
    const rest = await caller.get(`${path}&pageToken=${first.body.pageToken}`)
    assert.deepEqual([rest.body.rows?.length, rest.body.pageToken, ran()], [80, undefined, 1])
    for (const { f } of [...(first.body.rows ?? []), ...(rest.body.rows ?? [])]) {
      assert.equal(f[0]?.v, 'c***@***.example')
      assert.match(String(f[1]?.v), /^\d+$/)
    }
    const elsewhere = `datasets/shop/tables/orders/data?pageToken=${first.body.pageToken}`
    assert.equal((await caller.get(elsewhere)).status, 400)
    const other = await RestCaller.of(stand, 'churn-notebook')
    assert.equal((await other.get(`${path}&pageToken=${first.body.pageToken}`)).status, 404)
  })

  test('a listing of rows whose answer was lost is not said to wait for people, nor sent again by clients themselves', async () => {
    const path = 'datasets/shop/tables/customers/data?selectedFields=id'
    assert.equal((await caller.get(path)).status, 200)
    stand.bigquery.refuseNext('after', 'jobs.insert', 502, 'backendError')
    stand.bigquery.refuseNext('before', 'jobs.insert', 403, 'quotaExceeded')
    const lost = await caller.get(path)
    assert.deepEqual([lost.status, lost.body.error?.errors[0]?.reason], [403, 'blocked'], lost.text)
    assert.match(lost.body.error?.message ?? '', /^The answer was lost/)
    assert.equal((await caller.get(path)).status, 200)
  })

  test('a listing of rows that takes too long is ended, and says how long it may take', async () => {
    const impatience = `const over = new AbortController(); process.once('SIGUSR2', () => over.abort())
      const { timeout } = AbortSignal; AbortSignal.timeout = ms => ms === 45_000 ? over.signal : timeout.call(AbortSignal, ms)`
    const gateway = await stand.startGateway({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(impatience)}`,
    })
    const impatient = new RestCaller(await stand.issuer.tokenFor('release-bot'), gateway.url)
    const slow = stand.bigquery.holdNext()
    const listing = impatient.get('datasets/shop/tables/orders/data?selectedFields=status')
    const { cancelled } = await slow.arrived
    gateway.child.kill('SIGUSR2')
    const { status, body } = await listing
    assert.deepEqual([status, body.error?.errors[0]?.reason, cancelled.aborted], [400, 'resourcesExceeded', true])
    assert.match(body.error?.message ?? '', /takes longer than 45 seconds.*SELECT `status` FROM/)
  })

  test('rows of a table that people would be asked about are refused with the query to send, and nobody is asked', async () => {
    const other = await RestCaller.of(stand, 'churn-notebook')
    const { status, body } = await other.get('datasets/shop/tables/orders/data')
    assert.deepEqual([status, body.error?.errors[0]?.reason], [403, 'accessDenied'])
    assert.match(body.error?.message ?? '', /waits for people .*SELECT \* FROM `acme-lake`\.`shop`\.`orders`$/)
    assert.deepEqual((await other.get('jobs')).body.jobs, [])
    for (const dataset of ['_querywarden_results', '_0123456789abcdef'])
      assert.equal((await caller.get(`datasets/${dataset}/tables/anon/data`)).status, 404)
  })

  test('a page token of another job is refused, and none opens the rows of somebody else', async () => {
    const one = await caller.query('select id from shop.orders', { maxResults: 1 })
    const two = await caller.query('select id + 1 as id from shop.orders', { maxResults: 1 })
    const [{ jobId }, token] = [one.body.jobReference, one.body.pageToken]
    assert.equal((await caller.get(`queries/${two.body.jobReference.jobId}?pageToken=${token}`)).status, 400)
    const other = await RestCaller.of(stand, 'churn-notebook')
    for (const path of [
      `queries/${jobId}?pageToken=${token}`,
      `jobs/${jobId}`,
      `datasets/_querywarden_results/tables/${jobId.replaceAll('-', '_')}`,
      `datasets/_querywarden_results/tables/${jobId.replaceAll('-', '_')}/data`,
    ])
      assert.equal((await other.get(path)).status, 404, path)
    assert.equal((await other.ask('POST', `/bigquery/v2/projects/lake/jobs/${jobId}/cancel`)).status, 404)
  })

  test('a destination is named only to clients that read rows from it, and never the real one', async () => {
    const { body } = await caller.insert({ query: 'select 1 as one' })
    const path = `/bigquery/v2/projects/lake/jobs/${body.jobReference.jobId}`
    const forJava = await caller.ask('GET', path, { headers: java })
    assert.equal(forJava.body.configuration.query.destinationTable?.datasetId, '_querywarden_results')
    const forPython = await caller.ask('GET', path, { headers: python })
    assert.equal(forPython.body.configuration.query.destinationTable, undefined)
    const real = stand.bigquery.jobs.map(job => job.destination.dataset)
    for (const { text } of [forJava, forPython]) {
      assert.ok(!real.some(dataset => text.includes(dataset)))
      assert.ok(!stand.bigquery.jobs.some(job => text.includes(job.id)))
    }
  })

  test('a result that is cut at the row limit says so', async () => {
    const thrice = 'select a.id from shop.orders a cross join (select 1 as n union all select 2 union all select 3) b'
    const { body } = await caller.insert({ query: thrice })
    const { jobId } = body.jobReference
    const done = await caller.get(`queries/${jobId}?maxResults=0&timeoutMs=30000`)
    assert.equal(done.body.totalRows, '10000')
    const job = await caller.get(`jobs/${jobId}`)
    assert.match(job.text, /"querywarden_truncated":"true"/)
  })

  test('own jobs are listed, newest first, and nobody sees others', async () => {
    const { body } = await caller.get('jobs?maxResults=2&projection=full&allUsers=true')
    assert.equal(body.jobs.length, 2)
    const next = await caller.get(`jobs?maxResults=2&pageToken=${body.nextPageToken}`)
    const ids = [...body.jobs, ...next.body.jobs].map(({ jobReference }) => jobReference.jobId)
    assert.equal(new Set(ids).size, 4)
    const [job] = body.jobs
    assert.equal((await caller.get(`jobs/${job?.jobReference.jobId}`)).status, 200)
    const other = await RestCaller.of(stand, 'churn-notebook')
    assert.deepEqual((await other.get('jobs')).body.jobs, [])
  })

  test('a job is listed under the id that its client gave it, with what became of it', async () => {
    await caller.insert({ query: 'select no_such from shop.orders' }, { jobReference: { jobId: 'weekly_report' } })
    const [job] = (await caller.get('jobs?maxResults=1')).body.jobs
    assert.equal(job?.jobReference.jobId, 'weekly_report')
    assert.equal(job?.status.errorResult?.reason, 'invalidQuery')
    assert.deepEqual((await caller.get('jobs?stateFilter=running')).body.jobs, [])
  })
})
