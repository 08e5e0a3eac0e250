import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { BigQuery } from '@google-cloud/bigquery'
import { OAuth2Client } from 'google-auth-library'
import { firstGateway } from '#test/doors/agent.ts'
import { sensitiveValues } from '#test/fakes/dataset.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { type ClientError, nodeClient } from './node-client.ts'
import { RestCaller } from './rest-caller.ts'

/** What a request to the door came to: `refused` at once, `held` for people, or answered. */
type End = 'refused' | 'held' | 'answered'

describe('BigQuery door, ways around it', { timeout: 300_000 }, () => {
  let stand: Stand
  let client: BigQuery
  let caller: RestCaller
  let raw: readonly string[]
  const heard: string[] = []
  before(async () => {
    stand = await startStand({ sizes: { customers: 100, orders: 1_000 }, bots: 0, maxPending: 1_000 })
    const token = await stand.issuer.tokenFor('release-bot')
    client = nodeClient({ url: firstGateway(stand).url, token })
    caller = await RestCaller.of(stand)
    const values = await sensitiveValues(stand.snowflake.database.admin, 1_000, { catalog: 'DEMO', schema: 'SHOP' })
    raw = [...values.email, ...values.phone, ...values.cardNumber]
  })
  after(() => stand.stop())

  /** Through the client; what it says of a refusal, and every row, is kept. */
  async function end(ask: () => Promise<unknown>): Promise<End> {
    try {
      const answer = await ask()
      const said = JSON.stringify(answer, (key, value: unknown) =>
        key === 'bigQuery' || key === 'parent' ? undefined : value,
      )
      heard.push(said)
      return said.includes('"PENDING"') ? 'held' : 'answered'
    } catch (error) {
      const { code, message } = error as ClientError
      heard.push(message)
      // A job that failed at once has no status of its own.
      if (!/\(session /.test(message))
        assert.ok(code >= 400 && code < 500 && code !== 408 && code !== 429, `${code} ${message}`)
      return 'refused'
    }
  }
  const job = (query: string, more: object = {}) =>
    end(async () => {
      const [{ metadata }] = await client.createQueryJob({ query, ...more })
      return metadata
    })
  const movedNothing = () => assert.deepEqual(stand.bigquery.moved, [])

  test('1 rows of a base table by tabledata.list, with decorators too', async () => {
    // As a query reads it: its masks are what `heard` is searched for.
    assert.equal(await end(() => client.dataset('shop').table('customers').getRows()), 'answered')
    const [[row]] = await client.dataset('shop').table('customers').getRows({ maxResults: 1 })
    assert.deepEqual([row.email, row.card_number], ['c***@***.example', '[masked]'])
    for (const table of ['customers$20240101', 'customers@-3600000', 'customers$__UNPARTITIONED__', 'custom*'])
      assert.equal(await end(() => client.dataset('shop').table(table).getRows()), 'refused')
  })

  test('2 anonymous result tables, by the API and in SQL', async () => {
    await client.query('select id, email from shop.customers limit 5')
    const { dataset, table } = stand.bigquery.jobs.at(-1)?.destination ?? { dataset: '', table: '' }
    assert.ok(dataset.startsWith('_'))
    assert.equal(await end(() => client.dataset(dataset).table(table).getRows()), 'refused')
    assert.notEqual(await job(`select * from \`${dataset}.${table}\``), 'answered')
    // What a client named itself it may be told of.
    heard.splice(0)
  })

  test('3 jobs of other agents, and of the gateway', async () => {
    const other = nodeClient({ url: firstGateway(stand).url, token: await stand.issuer.tokenFor('churn-notebook') })
    const [theirs] = await other.createQueryJob('select 1 as one')
    const ids = [String(theirs.id), ...stand.bigquery.jobs.slice(0, 5).map(({ id }) => id)]
    // Each waits for a job that might be judged still.
    const cancelled = Promise.all(ids.map(id => end(() => client.job(id).cancel())))
    for (const id of ids) {
      assert.equal(await end(() => client.job(id).getQueryResults()), 'refused')
      assert.equal(await end(() => client.job(id).getMetadata()), 'refused')
    }
    assert.deepEqual(new Set(await cancelled), new Set(['refused']))
    assert.equal((await theirs.getMetadata())[0].status.errorResult, undefined)
    const [jobs] = await client.getJobs({ allUsers: true })
    assert.ok(!jobs.some(({ id }) => id === theirs.id))
  })

  test('4 what a job says of itself is known fields only', async () => {
    const [{ id }] = await client.createQueryJob("select id from shop.customers where city = 'x'")
    const [metadata] = await client.job(String(id)).getMetadata()
    assert.deepEqual(Object.keys(metadata).sort(), [
      ...['configuration', 'etag', 'id', 'jobCreationReason', 'jobReference', 'kind', 'selfLink'],
      ...['statistics', 'status', 'user_email'],
    ])
    assert.equal(metadata.user_email, 'release-bot')
    assert.doesNotMatch(JSON.stringify(metadata), /gserviceaccount|queryPlan|referencedTables|qw_/)
  })

  test('5 other forms of answers', async () => {
    const arrow = await caller.query('select 1', { queryResultsFormat: 'ARROW' })
    assert.equal(arrow.status, 400)
    for (const query of ['alt=media', 'alt=proto', 'callback=f', '$.xgafv=1'])
      assert.equal((await caller.get(`jobs?${query}`)).status, 400, query)
  })

  test('6 batches, uploads, other methods under POST, credentials in the address', async () => {
    const configuration = { query: { query: 'select 1', useLegacySql: false } }
    for (const path of [
      ...['/batch', '/batch/bigquery/v2', '/upload/bigquery/v2/projects/lake/jobs?uploadType=resumable'],
      ...['/resumable/upload/bigquery/v2/projects/lake/jobs', '/bigquery/v2/upload/bigquery/v2/projects/lake/jobs'],
    ]) {
      const { status, headers } = await caller.ask('POST', path, { body: { configuration } })
      assert.equal(status, 403, path)
      assert.equal(headers.get('location'), null)
    }
    const override = { 'x-http-method-override': 'DELETE' }
    assert.equal((await caller.ask('GET', '/bigquery/v2/projects/lake/jobs', { headers: override })).status, 400)
    const token = await stand.issuer.tokenFor('release-bot')
    for (const name of ['access_token', 'oauth_token', 'key']) {
      assert.equal((await caller.get(`jobs?${name}=x`)).status, 400, name)
      const alone = `${firstGateway(stand).url}/bigquery/v2/projects/lake/jobs?${name}=${token}`
      assert.equal((await fetch(alone)).status, 401, name)
      assert.ok(stand.bigquery.calls.every(({ query }) => !query.has(name)))
    }
    assert.equal(
      await end(() =>
        client
          .dataset('shop')
          .table('orders')
          .load(import.meta.filename),
      ),
      'refused',
    )
  })

  test('7 the Storage API: no client holds a token that Google takes', async () => {
    const bearers = stand.bigquery.calls.map(({ principal }) => principal)
    assert.ok(bearers.every(principal => principal.endsWith('gserviceaccount.com')))
    const own = new OAuth2Client({ credentials: { access_token: await stand.issuer.tokenFor('release-bot') } })
    const direct = new BigQuery({ projectId: 'acme-lake', apiEndpoint: stand.bigquery.url, authClient: own })
    assert.equal(await end(() => direct.query('select 1')), 'refused')
  })

  test('8 changes of metadata and rights through the API', async () => {
    const dataset = client.dataset('shop')
    for (const change of [
      () => dataset.createTable('copy', { view: { query: 'select * from shop.customers', useLegacySql: false } }),
      () => dataset.table('orders').delete(),
      () => dataset.table('customers').setMetadata({ schema: { fields: [] } }),
      () => dataset.setMetadata({ access: [{ role: 'READER', specialGroup: 'allAuthenticatedUsers' }] }),
      () => dataset.table('customers').setIamPolicy({ bindings: [] }),
      () => dataset.table('customers').getIamPolicy(),
      () => dataset.createRoutine('f', { definitionBody: '1', routineType: 'SCALAR_FUNCTION' }),
      () => dataset.table('orders').insert([{ id: 1 }]),
      () => client.createDataset('mine'),
    ])
      assert.equal(await end(change), 'refused', String(change))
    movedNothing()
  })

  test('9 a destination table', async () => {
    const destination = client.dataset('shop').table('copy')
    assert.equal(await job('select * from shop.customers', { destination }), 'held')
    const elsewhere = client.dataset('shop', { projectId: 'elsewhere-1' }).table('copy')
    assert.equal(await job('select * from shop.customers', { destination: elsewhere }), 'held')
    assert.equal(await job('select 1', { writeDisposition: 'WRITE_TRUNCATE' }), 'refused')
    movedNothing()
  })

  test('10, 11 copies and extracts', async () => {
    const { orders, copy } = {
      orders: client.dataset('shop').table('orders'),
      copy: client.dataset('shop').table('copy'),
    }
    assert.equal(await end(() => orders.createCopyJob(copy).then(([{ metadata }]) => metadata)), 'held')
    const sourceTable = { projectId: 'lake', datasetId: 'shop', tableId: 'customers' }
    for (const destinationUris of [['gs://b/x-*'], ['gs://b/x'], ['gs://b/*', 'gs://c/*']]) {
      const configuration = { extract: { sourceTable, destinationUris } }
      assert.equal(await end(() => client.createJob({ configuration })), 'refused')
    }
    movedNothing()
  })

  const sql: readonly (readonly [string, readonly string[]])[] = [
    [
      '12 exports',
      [
        "export data options (uri = 'gs://b/*') as select * from shop.customers",
        "export model shop.m options (uri = 'gs://b/m')",
      ],
    ],
    ['13 loads', ["load data into shop.orders from files (format = 'CSV', uris = ['gs://b/x'])"]],
    [
      '14 copies under other names',
      [
        'create table shop.c as select * from shop.customers',
        'create view shop.v as select * from shop.customers',
        'create table shop.c clone shop.customers',
        'create snapshot table shop.c clone shop.customers',
        'insert into shop.orders (id) select id from shop.customers',
        'create table shop.c copy shop.customers',
      ],
    ],
    [
      '15 scripts and dynamic SQL',
      [
        "execute immediate 'select email from shop.customers'",
        'declare x int64; select 1',
        "call shop.p('x')",
        'begin transaction',
        'select 1; select email from shop.customers',
        'assert (select count(*) from shop.customers) > 0',
      ],
    ],
    [
      '16 functions that reach elsewhere',
      [
        "select * from external_query('eu.conn', 'select 1')",
        'create temp function f(x string) returns string language js as "return x"; select f(email) from shop.customers',
        'select * from ml.predict(model shop.m, table shop.customers)',
        'select shop.unmask(email) from shop.customers',
      ],
    ],
    ['17 external tables', ["create external table shop.x options (format = 'CSV', uris = ['gs://b/x'])"]],
    [
      '18 legacy SQL by directive',
      ['#legacySQL\nselect email from [shop.customers]', '#standardSQL\n#legacySQL\nselect 1'],
    ],
    [
      '19 names that resolve elsewhere',
      [
        "set @@dataset_id = 'hidden'; select * from customers",
        'select * from `other-project.shop.customers`',
        'select * from `region-us`.INFORMATION_SCHEMA.TABLES',
        "select * from shop.customers for system_time as of timestamp '2024-01-01'",
        'select * from shop.__TABLES__',
      ],
    ],
    [
      '24 what other people ran',
      [
        'select query from `region-us`.INFORMATION_SCHEMA.JOBS',
        'select query from `region-us`.INFORMATION_SCHEMA.JOBS_BY_USER',
        'select view_definition from shop.INFORMATION_SCHEMA.VIEWS',
      ],
    ],
  ]
  for (const [row, texts] of sql) {
    test(row, async () => {
      for (const text of texts) assert.notEqual(await job(text), 'answered', text)
      movedNothing()
    })
  }

  test('17, 18, 20, 21, 25, 26 fields of a query that change more than it says', async () => {
    for (const more of [
      { tableDefinitions: { x: { sourceFormat: 'CSV' } } },
      { userDefinedFunctionResources: [{ inlineCode: '1' }] },
      { useLegacySql: true },
      { createSession: true, connectionProperties: [{ key: 'session_id', value: 'x' }] },
      { connectionProperties: [{ key: 'session_id', value: 'x' }] },
      { connectionProperties: [{ key: 'service_account', value: 'root@acme-lake.iam.gserviceaccount.com' }] },
      { connectionProperties: [{ key: 'dataset_project_id', value: 'other' }] },
      { connectionProperties: [{ key: 'query_label', value: 'a:b' }] },
      { reservation: 'projects/x/reservations/y' },
      { maxSlots: 10_000 },
      { continuous: true },
      { secureContext: { secureParameterEntries: {} } },
      { destinationEncryptionConfiguration: { kmsKeyName: 'k' } },
      { scriptOptions: { statementTimeoutMs: '1' } },
      { schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'] },
      { fieldThatIsNewTomorrow: true },
    ]) {
      const [name = ''] = Object.keys(more)
      assert.equal((await caller.query('select 1 as one', more)).status, 400, name)
      assert.equal((await caller.insert({ query: 'select 1 as one', ...more })).status, 400, name)
    }
    const session = await caller.query('declare x int64', { createSession: true })
    assert.match(session.body.error?.message ?? '', /only temporary tables and transactions are followed here/)
  })

  test('22 results in another shape', async () => {
    for (const text of [
      'select to_json_string(c) as j from shop.customers c',
      "select format('%T', c) as t from shop.customers c",
      'select c from shop.customers c',
      'select as struct email, phone from shop.customers',
      'select array_agg(email) as a from shop.customers',
      'select * except (id) from shop.customers',
      'select email as city from shop.customers',
      'select upper(substr(email, 1, 10)) as s from shop.customers',
      'select to_hex(md5(email)) as h from shop.customers',
      'select * from (select email, phone from shop.customers) unpivot (v for k in (email, phone))',
    ])
      await end(() => client.createQueryJob(text).then(([{ metadata }]) => metadata.status))
    for (const text of [
      'select email as city, phone as id from shop.customers limit 3',
      'select * from `shop.cust*`',
    ]) {
      const [rows] = await client.query(text)
      assert.ok(rows.length > 0)
      heard.push(JSON.stringify(rows))
    }
  })

  test('23 errors that quote values', async () => {
    for (const text of [
      'select cast(email as int64) as n from shop.customers',
      'select error(email) as e from shop.customers',
      'select id from shop.customers where cast(phone as int64) > 1',
    ])
      await job(text)
  })

  test('27 request ids and page tokens of others', async () => {
    const requestId = 'counted-0001'
    const mine = await caller.query('select id from shop.orders', { requestId, maxResults: 1 })
    const other = await RestCaller.of(stand, 'churn-notebook')
    const theirs = await other.query('select id from shop.orders', { requestId, maxResults: 1, timeoutMs: 0 })
    assert.notEqual(theirs.body.jobReference.jobId, mine.body.jobReference.jobId)
    const page = `queries/${theirs.body.jobReference.jobId}?pageToken=${mine.body.pageToken}&timeoutMs=0`
    assert.notEqual((await other.get(page)).status, 200)
  })

  test('28 dry runs are judged', async () => {
    const [dry] = await client.createQueryJob({ query: 'select email from shop.customers', dryRun: true })
    heard.push(JSON.stringify(dry.metadata))
    assert.deepEqual(dry.metadata.statistics.query.referencedTables, [
      { projectId: 'lake', datasetId: 'shop', tableId: 'customers' },
    ])
    assert.equal(await job("export data options (uri = 'gs://b/*') as select 1", { dryRun: true }), 'refused')
  })

  test('nothing that any client heard holds a raw value, a name of a hidden result or a token of ours', () => {
    assert.ok(heard.length > 60, `only ${heard.length} answers`)
    const all = heard.join('\n')
    assert.deepEqual(
      raw.filter(value => all.includes(value)),
      [],
    )
    assert.ok(!stand.bigquery.jobs.some(({ destination }) => all.includes(destination.dataset)))
    assert.doesNotMatch(all, /ya29|gserviceaccount\.com"/)
  })
})
