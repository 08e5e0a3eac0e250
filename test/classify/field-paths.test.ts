import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CatalogObject } from '#src/classify/catalog.ts'
import type { Classification } from '#src/classify/classification.ts'
import { fieldPaths } from '#src/classify/field-paths.ts'

const contact = 'STRUCT<email STRING, homes ARRAY<STRUCT<phone STRING, notes JSON>>>'
const people = (more: Partial<CatalogObject> = {}): CatalogObject => ({
  kind: 'table',
  columns: { id: 'INT64', contact, payload: 'JSON', tags: 'ARRAY<STRING>' },
  ...more,
})
const paths = ['email', 'homes', 'homes.phone', 'homes.notes', 'homes.notes.*']

function pathsOf(sources: readonly string[], given: Partial<Classification> = {}, table = people()) {
  const outputs = [{ name: 'x', sources, indirect: [] }]
  const judgement = { understood: true, reads: ['p.d.people'], writes: [], outputs, filters: [], hazards: [], ...given }
  return fieldPaths(judgement as unknown as Classification, new Map([['p.d.people', table]]))
}

test('of a column that is used, the fields that its type or the warehouse names, and any where it is JSON', () => {
  assert.deepEqual(pathsOf(['p.d.people.Contact']), { 'p.d.people.contact': paths })
  assert.deepEqual(pathsOf(['p.d.people.payload']), { 'p.d.people.payload': ['*'] })
  assert.equal(pathsOf(['p.d.people.id', 'p.d.people.tags']), undefined)
  const unread = people({ columns: { one: 'STRUCT<a b STRING>', list: 'ARRAY<RECORD>' } })
  assert.deepEqual(pathsOf(['p.d.people.*'], {}, unread), { 'p.d.people.one': ['*'], 'p.d.people.list': ['*'] })
  const told = people({ columns: { contact: 'RECORD' }, fields: { contact: ['email'] } })
  assert.deepEqual(pathsOf(['p.d.people.contact'], {}, told), { 'p.d.people.contact': ['email'] })
})

test('of every column where it may be any of them', () => {
  const all = { 'p.d.people.contact': paths, 'p.d.people.payload': ['*'] }
  assert.deepEqual(pathsOf(['p.d.people.*']), all)
  assert.deepEqual(pathsOf([], { outputs: null }), all)
  assert.deepEqual(pathsOf([], { understood: false }), all)
})

test('of a table that nobody knows every column may hold any, also where it is only a filter or is stored', () => {
  assert.deepEqual(pathsOf(['p.d.secret.contact'], { reads: ['p.d.secret'], filters: ['p.d.secret.extra'] }), {
    'p.d.secret.extra': ['*'],
    'p.d.secret.contact': ['*'],
  })
  const stores = [{ column: 'p.d.copy.x', sources: ['p.d.secret.contact'] }]
  assert.deepEqual(pathsOf([], { outputs: null, reads: [], writes: [], stores }), { 'p.d.secret.contact': ['*'] })
  assert.equal(pathsOf(['@stage.x']), undefined)
})
