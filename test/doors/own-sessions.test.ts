import assert from 'node:assert/strict'
import test from 'node:test'
import { visibilityOf } from '#gateway/oncall/visibility.ts'
import { viewersOf } from '#src/record/viewer.ts'
import { people, sampleHold } from '#test/bot/sample-hold.ts'

const [person] = people
const { statement } = sampleHold().terms

for (const [owner, sees] of [
  ['oncall-1@acme.example', true],
  ['ONCALL-1@Acme.example', true],
  ['oncall-11@acme.example', false],
] as const)
  test(`a session of ${owner}'s agent ${sees ? 'stands' : 'does not stand'} in the lists of oncall-1@acme.example`, () => {
    assert.ok(person)
    const principal = { ...statement.principal, owner }
    const viewers = viewersOf([{ kind: 'received', at: 0, statement: { ...statement, principal } }])
    const seen = visibilityOf(person, { lookups: [], operators: [] })?.viewers ?? []
    assert.equal(
      viewers.some(viewer => seen.includes(viewer)),
      sees,
    )
  })
