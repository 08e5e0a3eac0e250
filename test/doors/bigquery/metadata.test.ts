import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { BigQuery } from '@google-cloud/bigquery'
import { firstGateway } from '#test/doors/agent.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { nodeClient } from './node-client.ts'
import { RestCaller } from './rest-caller.ts'

const policy = `${standPolicy}
  - name: no-payroll
    when: statement.reads.exists(t, t.matches("*.payroll*") || t.matches("*.aaa_*"))
    then: deny
    because: Salaries are nobody's business here.
  - name: no-shop
    when: agent.subject == "churn-notebook" && statement.reads.exists(t, t.matches("*.shop.*"))
    then: deny
    because: The shop is not for notebooks.
`

describe('BigQuery door, what there is', { timeout: 300_000 }, () => {
  let stand: Stand
  let client: BigQuery
  let caller: RestCaller
  before(async () => {
    stand = await startStand({ sizes: { customers: 100, orders: 1_000 }, policy, bots: 0 })
    const { connection } = stand.bigquery
    await connection.run('create schema secret; create table secret.payroll as select 1 as salary')
    await connection.run('create table shop.payroll_2026 as select 1 as salary')
    await connection.run(
      "create table shop.nested as select [{'a': 1}] as list, {'b': 'x'} as one, 1.5::decimal(10, 2) as n",
    )
    await connection.run('create view shop.contacts as select id, email from shop.customers')
    client = nodeClient({ url: firstGateway(stand).url, token: await stand.issuer.tokenFor('release-bot') })
    caller = await RestCaller.of(stand)
  })
  after(() => stand.stop())

  test('the description of the API names the methods that are served, at this address', async () => {
    for (const path of ['/$discovery/rest?version=v2', '/discovery/v1/apis/bigquery/v2/rest']) {
      const response = await fetch(`${firstGateway(stand).url}${path}`)
      const { rootUrl, resources } = (await response.json()) as {
        rootUrl: string
        resources: Readonly<Record<string, { methods: Readonly<Record<string, unknown>> }>>
      }
      assert.equal(rootUrl, `${firstGateway(stand).url}/`)
      assert.deepEqual(Object.keys(resources), ['projects', 'datasets', 'tables', 'tabledata', 'jobs'])
      assert.ok(resources.jobs?.methods.getQueryResults)
    }
  })

  test('every method is served as the description says it, to a client that knows nothing else', async () => {
    interface Method {
      readonly httpMethod: string
      readonly flatPath: string
      readonly parameterOrder: readonly string[]
    }
    const answer = await fetch(`${firstGateway(stand).url}/$discovery/rest?version=v2`)
    const { servicePath, resources } = (await answer.json()) as {
      servicePath: string
      resources: Readonly<Record<string, { methods: Readonly<Record<string, Method>> }>>
    }
    const query = { query: 'select id from shop.orders limit 1', useLegacySql: false }
    const bodies: Readonly<Record<string, object>> = {
      'jobs.query': query,
      'jobs.insert': { configuration: { query } },
    }
    const { jobId } = (await caller.insert(query)).body.jobReference
    const places = { projectId: 'lake', datasetId: 'shop', tableId: 'orders', jobId }
    const served: string[] = []
    for (const [resource, { methods }] of Object.entries(resources))
      for (const [name, { httpMethod, flatPath, parameterOrder }] of Object.entries(methods)) {
        const path = flatPath.replace(/\{(\w+)\}/g, (_, place) => places[place as keyof typeof places])
        assert.deepEqual(
          [...flatPath.matchAll(/\{(\w+)\}/g)].map(([, place]) => place),
          parameterOrder,
        )
        const body = bodies[`${resource}.${name}`]
        const { status, text } = await caller.ask(httpMethod, `/${servicePath}${path}`, body ? { body } : {})
        assert.equal(status, 200, `${resource}.${name}: ${text}`)
        served.push(`${resource}.${name}`)
      }
    assert.equal(served.length, 12, served.join())
  })

  test('projects are the connections to BigQuery', async () => {
    const { body } = await caller.ask('GET', '/bigquery/v2/projects')
    const { projects } = body as unknown as { projects: readonly { id: string; numericId: string }[] }
    assert.deepEqual(
      projects.map(({ id }) => id),
      ['lake'],
    )
  })

  test('data sets and tables that policy denies are not there', async () => {
    const [datasets] = await client.getDatasets()
    assert.deepEqual(
      datasets.map(({ id }) => id),
      ['shop'],
    )
    const [tables] = await client.dataset('shop').getTables()
    const names = tables.map(({ id }) => id)
    assert.ok(names.includes('customers') && names.includes('orders') && names.includes('nested'))
    assert.ok(!names.includes('payroll_2026'))
    assert.equal((await client.dataset('shop').exists())[0], true)
    assert.equal((await client.dataset('secret').exists())[0], false)
    assert.equal((await client.dataset('shop').table('payroll_2026').exists())[0], false)
    assert.equal((await client.dataset('shop').table('no_such').exists())[0], false)
  })

  test('what BigQuery does not answer for its quota is not called absent', async () => {
    const { bigquery } = stand
    bigquery.refuseNext('before', 'tables.get', 403, 'rateLimitExceeded')
    bigquery.refuseNext('before', 'tables.list', 403, 'rateLimitExceeded')
    assert.equal((await caller.get('datasets/shop/tables/nested')).status, 200)
    assert.equal((await caller.get('datasets/shop/tables')).status, 200)
    bigquery.refuseNext('before', 'tables.list', 403, 'quotaExceeded')
    assert.equal((await caller.get('datasets/shop/tables')).status, 503)
  })

  test('tables come page by page, each once', async () => {
    const pages: string[] = []
    for (let token: string | undefined = '', asked = 0; token !== undefined && asked < 20; asked++) {
      const { body } = await caller.get(`datasets/shop/tables?maxResults=2${token && `&pageToken=${token}`}`)
      const { tables } = body as unknown as { tables: readonly { tableReference: { tableId: string } }[] }
      pages.push(...tables.map(({ tableReference }) => tableReference.tableId))
      token = body.nextPageToken
    }
    assert.equal(new Set(pages).size, pages.length)
    assert.ok(pages.includes('orders') && !pages.includes('payroll_2026'))
  })

  test('a list says what is a table and what is a view', async () => {
    const [tables] = await client.dataset('shop').getTables()
    const types = Object.fromEntries(tables.map(({ id, metadata }) => [id, metadata.type]))
    assert.equal(types.orders, 'TABLE')
    assert.equal(types.contacts, 'VIEW')
  })

  test('a table shows its partitions and clusters, and of those no more than is known', async () => {
    const [orders] = await client.dataset('shop').table('orders').getMetadata()
    assert.deepEqual(orders.timePartitioning, { type: 'DAY', field: 'ordered_at', expirationMs: '94608000000' })
    assert.deepEqual(orders.clustering, { fields: ['status'] })
  })

  test('a column that a table has just got is shown at once', async () => {
    const columns = async () => {
      const { schema } = (await client.dataset('shop').table('fresh').getMetadata())[0]
      return schema.fields.map(({ name }: { name: string }) => name)
    }
    await stand.bigquery.connection.run('create table shop.fresh as select 1 as a')
    assert.deepEqual(await columns(), ['a'])
    await stand.bigquery.connection.run('alter table shop.fresh add column b varchar')
    assert.deepEqual(await columns(), ['a', 'b'])
  })

  test('a table shows its columns with their types, nested ones too, and no definition, label or tag', async () => {
    const [nested] = await client.dataset('shop').table('nested').getMetadata()
    assert.deepEqual(nested.schema.fields, [
      {
        ...{ name: 'list', type: 'RECORD', mode: 'REPEATED' },
        fields: [{ name: 'a', type: 'INTEGER', mode: 'NULLABLE' }],
      },
      { name: 'one', type: 'RECORD', mode: 'NULLABLE', fields: [{ name: 'b', type: 'STRING', mode: 'NULLABLE' }] },
      { name: 'n', type: 'NUMERIC', mode: 'NULLABLE' },
    ])
    const view = await caller.get('datasets/shop/tables/contacts')
    assert.equal(view.status, 200)
    assert.deepEqual(Object.keys(view.body).sort(), ['id', 'kind', 'location', 'schema', 'tableReference', 'type'])
  })

  test('names that reach elsewhere are not there: decorators, wildcards, hidden data sets, other paths', async () => {
    for (const path of [
      'shop/tables/orders$20240101',
      'shop/tables/*',
      'shop/tables/payroll*',
      '_anon/tables/x',
      'shop/tables/a%60b',
      'shop%2Ftables/tables/x',
      '..%2Fsecret/tables/payroll',
    ])
      assert.equal((await caller.get(`datasets/${path}`)).status, 404, path)
  })

  test('behind many tables that policy denies the others are found, in pages that each cost a bounded number of questions', async () => {
    const { bigquery } = stand
    for (let at = 0; at < 600; at++)
      await bigquery.connection.run(`create table shop.payroll_${at} as select 1 as salary`)
    await bigquery.connection.run('create table shop.zebra as select 1 as a')
    const asked = () => bigquery.calls.filter(({ method }) => method === 'tables.get').length
    const before = asked()
    const { body } = await caller.get('datasets/shop/tables')
    assert.ok(asked() - before <= 500, `${asked() - before} questions`)
    assert.ok(body.nextPageToken)
    const [tables] = await client.dataset('shop').getTables()
    const names = tables.map(({ id }) => id)
    assert.deepEqual(names, [...new Set(names)])
    assert.ok(names.includes('orders') && names.includes('zebra'))
    assert.ok(names.every(name => !name?.startsWith('payroll')))
  })

  test('a data set whose first 500 names may not be seen is there, and not for whom none of them may be', async () => {
    for (let at = 0; at < 501; at++)
      await stand.bigquery.connection.run(`create table shop.aaa_${at} as select 1 as salary`)
    assert.equal((await caller.get('datasets/shop')).status, 200)
    assert.equal((await caller.get('datasets/shop/tables')).status, 200)
    const names = (await client.dataset('shop').getTables())[0].map(({ id }) => id)
    assert.ok(names.includes('orders') && names.every(name => !name?.startsWith('aaa_')))
    const token = await stand.issuer.tokenFor('churn-notebook')
    for (const path of ['', '/tables']) {
      const at = (dataset: string) =>
        caller.ask('GET', `/bigquery/v2/projects/lake/datasets/${dataset}${path}`, { token })
      const none = await at('no_such')
      const { status, text } = await at('shop')
      assert.deepEqual([status, text], [404, none.text.replaceAll('no_such', 'shop')], path)
    }
  })

  test('a page token does not tell what it stands for, nor how much was passed over', async () => {
    const { body } = await caller.get('datasets/shop/tables?maxResults=1')
    const tokens = [body.nextPageToken ?? '']
    for (let page = 0; page < 3; page++)
      tokens.push(
        (await caller.get(`datasets/shop/tables?maxResults=1&pageToken=${tokens.at(-1)}`)).body.nextPageToken ?? '',
      )
    assert.ok(tokens.every(Boolean))
    const parts = tokens.flatMap(token => token.split('.').map(part => Buffer.from(part, 'base64url').toString()))
    assert.ok(
      parts.every(part => !/^\d{1,9} |customers|contacts|nested|aaa|payroll/.test(part)),
      parts.join('\n'),
    )
    const elsewhere = await caller.get(`datasets?pageToken=${tokens[0]}`)
    assert.equal(elsewhere.status, 400)
  })

  test('a page token that names what may not be seen tells nothing of what is there', async () => {
    const page = (name: string) => {
      const pageToken = Buffer.from(`0 ${name}`).toString('base64url')
      return Promise.all([
        caller.get(`datasets/shop/tables?pageToken=${pageToken}`),
        caller.get(`datasets?pageToken=${pageToken}`),
      ])
    }
    const [none, noSet] = await page('p')
    assert.deepEqual([none.status, noSet.status], [400, 400], none.text)
    for (const name of ['payroll_2026', 'payroll', 'secret', 'secreu', 'zzz'])
      assert.deepEqual(
        (await page(name)).map(({ status, text }) => [status, text]),
        [none, noSet].map(({ status, text }) => [status, text]),
        name,
      )
    const [behind] = await page('orders')
    assert.equal(behind.status, 400)
  })
})
