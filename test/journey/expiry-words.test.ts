import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Review } from '#src/hold/review.ts'
import type { Ports } from '#src/ports.ts'
import type { SessionRecord } from '#src/record/event.ts'
import { outcomeOf } from '#src/record/read-outcome.ts'
import { people, sampleHold, sampleReview } from '#test/bot/sample-hold.ts'

const hold = sampleHold({ decision: { approvers: [{ group: 'data-oncall', people: 2 }] } })
const { id, terms } = hold

test('what ran out says whether nobody, too few, or enough people had decided', async () => {
  const one = sampleReview(hold)
  const two = [one, sampleReview(hold, { reviewer: 'oncall-2@acme.example' })]
  assert.match(await said([]), /^Nobody decided in time; nothing ran\. Submit it again when/)
  assert.match(await said([one]), /^Not enough people decided in time; nothing ran\. Submit it again when/)
  assert.match(await said(two), /^Approved, but not used in time; nothing ran\. Submit it again, and wait/)
})

async function said(reviews: readonly Review[]): Promise<string> {
  const { statement, decision, classification } = terms
  const events = [
    { kind: 'received', at: 1, statement },
    { kind: 'classified', at: 1, classification },
    { kind: 'decided', at: 1, decision },
    { kind: 'held', at: 1, terms },
    { kind: 'expired', at: 2, reviews },
  ]
  const ports = { person: (name: string) => people.find(person => person.id === name) } as unknown as Ports
  const outcome = await outcomeOf(ports, { id, state: 'expired', events } as unknown as SessionRecord)
  assert.equal(outcome.status, 'expired')
  return outcome.status === 'expired' ? `${outcome.message} ${outcome.next}` : ''
}
