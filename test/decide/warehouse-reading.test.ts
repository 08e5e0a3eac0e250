import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Classification } from '#src/classify/classification.ts'
import { isVerified, withWarehouseReading } from '#src/decide/warehouse-reading.ts'
import { maskPlan } from '#src/mask/mask-plan.ts'
import { decisionInput, policyOf } from './decision-input.ts'

const classificationOf = (classification: Partial<Classification>) => decisionInput({ classification }).classification

const query = classificationOf({
  dialect: 'snowflake',
  reads: ['DEMO.SHOP.ORDERS', 'DEMO."my.schema".T'],
  summary: 'reads ID from DEMO.SHOP.ORDERS',
})

test('what the warehouse reads and we saw changes nothing, nor what we saw and it leaves out', () => {
  for (const tables of [['DEMO.SHOP.ORDERS'], ['"DEMO".SHOP."ORDERS"', 'DEMO."my.schema".T'], []])
    assert.equal(withWarehouseReading(query, tables), query)
})

test('what the warehouse reads and we did not see is a hazard, and no lineage is believed', () => {
  for (const table of ['DEMO.SHOP.CUSTOMERS', 'DEMO.SHOP."orders"', 'DEMO.my.schema.T']) {
    const answer = withWarehouseReading(query, ['DEMO.SHOP.ORDERS', table])
    assert.deepEqual([answer.harmless, answer.outputs], [false, null])
    assert.ok(answer.hazards.includes('other_tables'))
    assert.ok(answer.reads.includes(table))
    assert.equal(answer.summary, `reads ID from DEMO.SHOP.ORDERS; the warehouse also reads ${table}`)
  }
})

test('what only the warehouse reads may be in what is written, whatever was followed', () => {
  const stores = [{ column: 'DEMO.SHOP.COPY.A', sources: ['DEMO.SHOP.ORDERS.N'], copied: true }] as const
  const answer = withWarehouseReading({ ...query, stores }, ['DEMO.SHOP.PEOPLE'])
  assert.deepEqual(answer.stores, [
    { column: 'DEMO.SHOP.COPY.A', sources: ['DEMO.SHOP.ORDERS.N', 'DEMO.SHOP.PEOPLE.*'] },
  ])
})

test('a warehouse that does not say is no proof', () => {
  const answer = withWarehouseReading(query, undefined)
  assert.equal(answer.harmless, false)
  assert.ok(answer.hazards.includes('other_tables'))
})

test('what the tags are of columns that only the warehouse reads is not known, so they count as tagged and are masked', () => {
  const policy = policyOf(`
defaults: { as: READER, approvers: { group: oncall } }
sensitive: [{ tags: ["pii=high"], class: pii, mask: hash }]
rules: [{ name: all, when: 'true', then: hold }]
`)
  const column = { name: 'N', type: 'string', warehouseType: 'TEXT', nullable: true } as const
  const masks = (tags: Classification['tags'], tables: readonly string[] | undefined) => {
    const classification = withWarehouseReading({ ...query, harmless: false, ...(tags && { tags }) }, tables)
    const { sensitive } = policy.decide(decisionInput({ classification }))
    return [...sensitive.map(({ pattern }) => pattern), maskPlan(classification, sensitive, [column])[0]?.mask]
  }
  const own = { 'DEMO.SHOP.ORDERS.N': [] }
  assert.deepEqual(masks(own, ['DEMO.SHOP.ORDERS']), [undefined])
  assert.deepEqual(masks(own, ['DEMO.SHOP.PEOPLE']), ['DEMO.SHOP.PEOPLE.*', 'null'])
  for (const answer of [masks(own, undefined), masks(undefined, ['DEMO.SHOP.PEOPLE'])])
    assert.deepEqual(answer, ['*', 'null'])
})

test('a wildcard table stands for the tables of its name, in BigQuery', () => {
  const events = classificationOf({ dialect: 'bigquery', reads: ['acme-lake.shop.events_*'] })
  assert.equal(withWarehouseReading(events, ['acme-lake.shop.events_20260101']), events)
  assert.equal(withWarehouseReading(events, ['acme-lake.shop.other']).harmless, false)
})

test('risky is what does more than read, and what may read a sensitive column', () => {
  const sensitive = [{ pattern: '*.customers.email', class: 'contact', mask: 'partial' }] as const
  assert.equal(isVerified('always', query, []), true)
  assert.equal(isVerified('risky', query, sensitive), false)
  assert.equal(isVerified('risky', { ...query, reads: ['DEMO.SHOP.CUSTOMERS'] }, sensitive), true)
  assert.equal(isVerified('risky', { ...query, harmless: false }, []), true)
})

test('risky is what reads a name that the catalog of BigQuery does not know: it may be an array in a table', () => {
  const path = { dialect: 'bigquery', reads: ['acme-lake.shop.customers.addresses'] } as const
  assert.equal(isVerified('risky', classificationOf(path), []), true)
  const schema = { 'acme-lake.shop.customers.addresses': 'v1' }
  assert.equal(isVerified('risky', classificationOf({ ...path, schema }), []), false)
})
