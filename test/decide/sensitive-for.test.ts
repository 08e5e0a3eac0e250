import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Classification } from '#src/classify/classification.ts'
import { explainRules } from '#src/decide/decide.ts'
import { decisionInput, policyOf, rules } from './decision-input.ts'

const policy = policyOf(`
sensitive:
  - { columns: ["*.people.phone"], class: contact, mask: partial }
  - { tags: ["pii=high", "*/policyTags/7"], class: pii, mask: hash }
  - { tags: [secret], class: secret, mask: redact }
rules:
  - { name: one, when: 'true', then: hold, approvers: { group: privacy } }
defaults: { as: READER }
`)
const sensitiveOf = (tags: Classification['tags'], understood = true, hazards: Classification['hazards'] = []) => {
  const classification = { understood, hazards, ...(tags ? { tags } : {}) }
  return policy.decide(decisionInput({ classification })).sensitive.map(({ pattern, mask }) => `${pattern} ${mask}`)
}
const declared = '*.people.phone partial'

test('columns that carry a declared tag are sensitive, by name and value or by name alone', () => {
  const answer = sensitiveOf({
    'D.S.T.EMAIL': ['PII=High', 'OWNER=crm'],
    'D.S.T.CITY': ['PII=low'],
    'D.S.T.CODE': ['SECRET=anything'],
    'p.s.t.ssn': ['projects/acme/locations/us/taxonomies/1/policyTags/7'],
    'D.S.U.*': ['pii=high'],
  })
  assert.deepEqual(answer, [declared, 'D.S.T.EMAIL hash', 'D.S.T.CODE redact', 'p.s.t.ssn hash', 'D.S.U.* hash'])
})

test('where tags are not known, every column counts as tagged', () => {
  assert.deepEqual(sensitiveOf({ 'D.S.T.*': null }), [declared, 'D.S.T.* hash', 'D.S.T.* hash', 'D.S.T.* redact'])
  for (const answer of [sensitiveOf(undefined), sensitiveOf({}, false), sensitiveOf({}, true, ['opaque_source'])])
    assert.deepEqual(answer, [declared, '* hash', '* hash', '* redact'])
})

test('a column that holds a field of a declared name is sensitive, and one that holds others is not', () => {
  const fields = {
    'p.s.people.contact': ['home', 'home.phone'],
    'p.s.t.people': ['phone', 'town'],
    'p.s.t.x': ['people'],
  }
  const sensitive = (declared: string) =>
    policyOf(`
sensitive: [{ columns: ["${declared}"], class: contact, mask: redact }]
rules: [{ name: one, when: 'true', then: hold, approvers: { group: privacy } }]
defaults: { as: READER }
`)
      .decide(decisionInput({ classification: { fields } }))
      .sensitive.slice(1)
  const of = (declared: string) => sensitive(declared).map(({ pattern }) => pattern)
  assert.deepEqual(of('*.people.contact.home.phone'), ['p.s.people.contact'])
  assert.deepEqual(of('*.Contact.home*'), ['p.s.people.contact'])
  assert.deepEqual(of('*.people.phone'), ['p.s.t.people'])
  assert.deepEqual(of('*.phone'), ['p.s.people.contact', 'p.s.t.people'])
  assert.deepEqual(of('*.people.contact'), [])
  assert.deepEqual(of('*.people.town.phone'), [])
})

test('a column of JSON is sensitive, and masked whole, where a name behind its own is declared', () => {
  const fields = {
    'D.S.EVENTS.PAYLOAD': ['*'],
    'p.s.t.extra': ['town', 'notes', 'notes.*'],
    'p.s.unseen.who': ['*'],
    'p.s.hidden.*': ['*'],
  }
  const of = (pattern: string, mask: string) =>
    policyOf(`
sensitive: [{ columns: ["${pattern}"], class: contact, mask: ${mask} }]
rules: [{ name: one, when: 'true', then: hold, approvers: { group: privacy } }]
defaults: { as: READER }
`)
      .decide(decisionInput({ classification: { fields } }))
      .sensitive.slice(1)
      .map(({ pattern, mask }) => `${pattern} ${mask}`)
  assert.deepEqual(of('*.events.payload.email', 'partial'), ['D.S.EVENTS.PAYLOAD redact'])
  assert.deepEqual(of('d.s.events.payload.user.email', 'null'), ['D.S.EVENTS.PAYLOAD null'])
  assert.deepEqual(of('*.payload.*', 'hash'), ['D.S.EVENTS.PAYLOAD redact'])
  assert.deepEqual(of('*.extra.notes.email', 'partial'), ['p.s.t.extra redact'])
  assert.deepEqual(of('*.extra.town', 'partial'), ['p.s.t.extra partial'])
  assert.deepEqual(of('*.unseen.who.name', 'partial'), ['p.s.unseen.who redact'])
  assert.deepEqual(of('*.hidden.who.name', 'partial'), ['p.s.hidden.* redact'])
  for (const other of [
    '*.email',

    '*.extra.other.email',
    '*.events.other.email',
    'x.s.events.payload.email',
  ])
    assert.deepEqual(of(other, 'redact'), [], other)
})

test('an explanation finds sensitive what the decision does: by tags as well', () => {
  const head =
    'sensitive:\n  - { tags: [pii], class: pii, mask: hash }\ndefaults: { as: READER, approvers: { group: privacy } }'
  const asks = rules([['pii', 'hold', 'statement.sensitive.exists(c, c.class == "pii")']], head)
  const explained = (tags: Classification['tags']) => {
    const input = decisionInput({ classification: { ...(tags ? { tags } : {}) } })
    const [rule] = explainRules(asks, input)
    return [rule?.clauses[0]?.answer, asks.decide(input).rule]
  }
  const column = 'ANALYTICS.MARTS.DAILY.N'
  assert.deepEqual(explained({ [column]: ['pii=high'] }), [true, 'pii'])
  assert.deepEqual(explained({ [column]: [] }), [false, 'default'])
})
