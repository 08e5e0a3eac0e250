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
const sensitiveOf = (tags: Classification['tags'], understood = true) => {
  const classification = { understood, ...(tags ? { tags } : {}) }
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
  for (const answer of [sensitiveOf(undefined), sensitiveOf({}, false)])
    assert.deepEqual(answer, [declared, '* hash', '* hash', '* redact'])
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
