import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { globMatches, matchesPattern, mayMatchColumnOf } from '#src/decide/pattern.ts'

test('globs: a star stands for anything, all else for itself', () => {
  const simple = fc.stringMatching(/^[ab.*]{0,8}$/)
  const text = fc.stringMatching(/^[ab.]{0,10}$/)
  fc.assert(
    fc.property(simple, text, (glob, name) => {
      const expected = new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name)
      assert.equal(globMatches(glob, name), expected)
    }),
    { numRuns: 2000 },
  )
})

test('a glob of many stars does not take long', () => {
  const start = performance.now()
  assert.equal(globMatches(`${'*a'.repeat(50)}b`, 'a'.repeat(5000)), false)
  assert.ok(performance.now() - start < 1000)
})

const table: readonly [pattern: string, column: string, sensitive: boolean][] = [
  ['*.customers.email', 'SHOP.PUBLIC.CUSTOMERS.EMAIL', true],
  ['*.customers.email', 'CUSTOMERS.EMAIL', true],
  ['*.customers.email', 'EMAIL', true],
  ['*.customers.email', 'SHOP.PUBLIC.CUSTOMERS.EMAIL_HASH', false],
  ['*.customers.email', 'SHOP.PUBLIC.OLD_CUSTOMERS.EMAIL', false],
  ['*.customers.email', 'SHOP.PUBLIC.ORDERS.ID', false],
  ['*.CUSTOMERS.Email', 'shop.public.customers.email', true],
  ['SHOP.PUBLIC.CUSTOMERS.EMAIL', 'PUBLIC.CUSTOMERS.EMAIL', true],
  ['SHOP.PUBLIC.CUSTOMERS.EMAIL', 'OTHER.PUBLIC.CUSTOMERS.EMAIL', false],
  ['hr.*', 'HR.PUBLIC.SALARY.AMOUNT', true],
  ['*email*', 'A.B.C.WORK_EMAIL_2', true],
  ['*.customers.address', 'acme-lake.shop.customers.address.street', true],
  ['*.address', 'acme-lake.address.t.c', false],
  ['acme-lake.shop.events_20260101.email', 'acme-lake.shop.events_*.email', true],
  ['acme-lake.shop.events_20260101.email', 'acme-lake.shop.other_*.email', false],
]
for (const [pattern, column, sensitive] of table)
  test(`${column} is ${sensitive ? '' : 'not '}meant by ${pattern}`, () =>
    assert.equal(matchesPattern(pattern, column), sensitive))

const tables: readonly [pattern: string, table: string, possible: boolean][] = [
  ['*.customers.email', 'SHOP.PUBLIC.CUSTOMERS', true],
  ['*.customers.email', 'CUSTOMERS', true],
  ['*.customers.email', 'SHOP.PUBLIC.ORDERS', false],
  ['hr.*', 'HR.PUBLIC.SALARY', true],
  ['hr.*', 'SHOP.HR.SALARY', false],
  ['*email', 'SHOP.PUBLIC.ORDERS', true],
  ['*.customers.*email*', 'SHOP.PUBLIC.CUSTOMERS', true],
  ['*.customers.*email*', 'SHOP.PUBLIC.ORDERS', false],
  ['SHOP.PUBLIC.CUSTOMERS.EMAIL', 'SHOP.PUBLIC.CUSTOMERS', true],
  ['SHOP.PUBLIC.CUSTOMERS.EMAIL', 'SHOP.PUBLIC.ORDERS', false],
]
for (const [pattern, name, possible] of tables)
  test(`${name} ${possible ? 'may have' : 'has no'} columns of ${pattern}`, () =>
    assert.equal(mayMatchColumnOf(pattern, name), possible))
