import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectVersion } from '#src/classify/catalog.ts'
import { setUpBigQuery } from './bigquery-set-up.ts'
import { setUpSnowflake } from './snowflake-set-up.ts'

test('Snowflake tags of columns are looked up where the configuration says so, and are part of what a judgement rests on', async () => {
  const name = 'DEMO.SHOP.CUSTOMERS'
  const { warehouse, snowflake, close } = await setUpSnowflake({}, {}, { tags: true })
  const tag = (column: string, value: string) =>
    snowflake.database.admin.run(
      `insert into "DEMO"."$INFORMATION_SCHEMA"."$TAGS" values ('"DEMO"."SHOP"."CUSTOMERS"', '${column}', 'PII', '${value}')`,
    )
  try {
    await tag('EMAIL', 'high')
    const before = (await warehouse.catalog.objects([name, 'DEMO.SHOP.ORDERS'])).get(name)
    assert.deepEqual(before?.tags, { EMAIL: ['PII=high'] })
    assert.deepEqual((await warehouse.catalog.objects(['DEMO.SHOP.ORDERS'])).get('DEMO.SHOP.ORDERS')?.tags, {})
    await tag('PHONE', 'low')
    const after = (await warehouse.catalog.fresh([name])).get(name)
    assert.deepEqual(after?.tags, { EMAIL: ['PII=high'], PHONE: ['PII=low'] })
    assert.ok(before && after && objectVersion(before) !== objectVersion(after))
    // No such function: an edition without tags.
    await snowflake.database.admin.run('drop macro table "DEMO"."$INFORMATION_SCHEMA".tag_references_all_columns')
    const without = (await warehouse.catalog.fresh([name])).get(name)
    assert.deepEqual([without?.kind, without?.tags], ['table', undefined])
  } finally {
    await close()
  }
})

test('without the setting nobody asks for Snowflake tags, and they are not known', async () => {
  const { warehouse, snowflake, close } = await setUpSnowflake()
  try {
    const known = await warehouse.catalog.objects(['DEMO.SHOP.CUSTOMERS'])
    assert.equal(known.get('DEMO.SHOP.CUSTOMERS')?.tags, undefined)
    assert.ok(snowflake.statements().every(({ sqlText }) => !/tag_references/i.test(sqlText)))
  } finally {
    await close()
  }
})

test('BigQuery policy tags come with the columns', async () => {
  const policyTag = 'projects/acme-lake/locations/us/taxonomies/1/policyTags/2'
  const { warehouse, close } = await setUpBigQuery({ policyTags: { 'shop.customers.email': [policyTag] } })
  try {
    const known = await warehouse.catalog.objects(['acme-lake.shop.customers', 'acme-lake.shop.orders'])
    assert.deepEqual(known.get('acme-lake.shop.customers')?.tags, { email: [policyTag] })
    assert.deepEqual(known.get('acme-lake.shop.orders')?.tags, {})
  } finally {
    await close()
  }
})

test('a wildcard of BigQuery has the tags of all its tables; of very many nobody asks, and they are not known', async () => {
  const tag = (nth: number) => `projects/acme-lake/locations/us/taxonomies/1/policyTags/${nth}`
  const policyTags = { 'shop.customers.email': [tag(1)], 'shop.customers_new.email': [tag(2)] }
  const { warehouse, bigquery, close } = await setUpBigQuery({ policyTags })
  const known = async () =>
    (await warehouse.catalog.fresh(['acme-lake.shop.customers*'])).get('acme-lake.shop.customers*')
  const add = (table: string) => bigquery.connection.run(`create table shop.${table} as select * from shop.customers`)
  try {
    await add('customers_new')
    await add('customers_newer')
    assert.deepEqual((await known())?.tags, { email: [tag(1), tag(2)] })
    for (let nth = 0; nth < 8; nth++) await add(`customers_newest_${nth}`)
    const many = await known()
    assert.deepEqual(
      [many?.kind, many?.tags, Object.keys(many?.columns ?? {}).includes('email')],
      ['table', undefined, true],
    )
  } finally {
    await close()
  }
})

test('a table of BigQuery that answers to another spelling than its own is not known by that', async () => {
  const tableReference = { projectId: 'acme-lake', datasetId: 'shop', tableId: 'Orders' }
  const { warehouse, close } = await setUpBigQuery({ layouts: { 'shop.orders': { tableReference } } })
  try {
    const known = await warehouse.catalog.objects(['acme-lake.shop.customers', 'acme-lake.shop.orders'])
    assert.deepEqual([...known.keys()], ['acme-lake.shop.customers'])
  } finally {
    await close()
  }
})

test('both warehouses say how many rows a table has; no judgement rests on it', async () => {
  const [snowflake, bigquery] = await Promise.all([setUpSnowflake(), setUpBigQuery({})])
  try {
    const [orders, other] = [
      (await snowflake.warehouse.catalog.objects(['DEMO.SHOP.ORDERS'])).get('DEMO.SHOP.ORDERS'),
      (await bigquery.warehouse.catalog.objects(['acme-lake.shop.orders'])).get('acme-lake.shop.orders'),
    ]
    assert.deepEqual([orders?.rows, other?.rows], [2_000, 2_000])
    assert.ok(orders && objectVersion(orders) === objectVersion({ ...orders, rows: 1 }))
  } finally {
    await Promise.all([snowflake.close(), bigquery.close()])
  }
})
