import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { globMatches, globMeets, matchesPattern, mayMatchColumnOf } from '#src/decide/pattern.ts'

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

test('a glob meets a wildcard where some name of the wildcard matches it', () => {
  const glob = fc.stringMatching(/^[ab.*]{0,5}$/)
  // No glob of five characters needs more of a star than these.
  const parts = Array.from({ length: 6 }, (_, length) =>
    Array.from({ length: 2 ** length }, (_, n) => (2 ** length + n).toString(2).slice(1)),
  ).flatMap(words => words.map(word => word.replaceAll('0', 'a').replaceAll('1', 'b')))
  const names = (wildcard: string): readonly string[] =>
    wildcard.includes('*') ? parts.flatMap(part => names(wildcard.replace('*', part))) : [wildcard]
  fc.assert(
    fc.property(glob, fc.stringMatching(/^[ab.]{0,3}[*]?[ab.]{0,2}[*]?$/), (a, wildcard) => {
      assert.equal(
        globMeets(a, wildcard),
        names(wildcard).some(name => globMatches(a, name)),
      )
    }),
    { numRuns: 1000 },
  )
})

test('without parts it makes no difference which of the two is the wildcard', () => {
  const glob = fc.stringMatching(/^[ab*]{0,7}$/)
  fc.assert(
    fc.property(glob, glob, (a, b) => assert.equal(globMeets(a, b), globMeets(b, a))),
    { numRuns: 3000 },
  )
})

test('a glob that matches another as if it were text matches all that the other does', () => {
  const glob = fc.stringMatching(/^[ab*]{0,5}$/)
  const filled = (text: string, by: readonly string[]) => by.reduce((rest, part) => rest.replace('*', part), text)
  const parts = fc.array(fc.stringMatching(/^[abc]{0,3}$/), { minLength: 5, maxLength: 5 })
  fc.assert(
    fc.property(glob, glob, parts, (outer, inner, by) => {
      if (globMatches(outer, inner)) assert.ok(globMatches(outer, filled(inner, by)))
      else assert.equal(globMatches(outer, inner.replaceAll('*', 'z')), false)
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
  ['*.events_2026*.email', 'acme-lake.shop.events_*.email', true],
  ['*.events_2026*.email', 'acme-lake.shop.events_2025*.email', false],
  ['*.shop.*email', 'acme-lake.shop.*.user_email', true],
  ['*.customers.email', 'acme-lake.shop.*.email', true],
  ['*.customers.email', 'acme-lake.shop.*.id', false],
  ['*.customers.email', 'DEMO.SHOP.CUSTOMERS.*', true],
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
  ['*.events_20260101.email', 'acme-lake.shop.events_*', true],
  ['*.events_20260101.email', 'acme-lake.shop.events_2025*', false],
]
for (const [pattern, name, possible] of tables)
  test(`${name} ${possible ? 'may have' : 'has no'} columns of ${pattern}`, () =>
    assert.equal(mayMatchColumnOf(pattern, name), possible))
