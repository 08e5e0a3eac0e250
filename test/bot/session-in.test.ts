import assert from 'node:assert/strict'
import test from 'node:test'
import { renderCard } from '#bot/card.ts'
import { parseKilling } from '#bot/commands/kill.ts'
import { sessionIn, sessionNamed } from '#bot/commands/session-in.ts'
import { noteMessage } from '#bot/note-message.ts'
import { dueNotes } from '#bot/notes.ts'
import { releaseAlert, reviewedAlert, reviewReminder } from '#bot/release-alert.ts'
import { type Hold, holdStates } from '#src/hold/hold.ts'
import { quorums } from '#src/hold/review.ts'
import { people, sampleHold, sampleReview } from './sample-hold.ts'

const other = '7F3K-9Q2M-X4TB'

/** Another session is named wherever an agent, a warehouse or a reviewer may write. */
function naming(state: Hold['state']): Hold {
  return sampleHold({
    statement: {
      ...{ sql: `delete from "${other}" -- ${other}`, database: other, purpose: other, parameters: { A: other } },
      principal: { issuer: other, subject: other, name: other, groups: [], owner: 'release-owner@acme.example' },
    },
    classification: { reads: [other], writes: [other], filters: [other], summary: other, hazards: ['no_where'] },
    decision: {
      ...{ rule: other, role: other, remindSeconds: [1] },
      approvers: [{ group: other, people: 2, escalate: { group: 'data-oncall', afterSeconds: 1 } }],
    },
    terms: { createdAt: Date.now() - 60_000 },
    hold: { state, outcome: { error: other, message: other, wayBack: other, cancelledBy: other } },
  })
}

for (const state of holdStates)
  test(`a card and its notes are about their own session, whatever is written in them: ${state}`, () => {
    const hold = naming(state)
    const reviews = [sampleReview(hold, { verdict: 'deny', reason: other, suggestedSql: other })]
    const quorum = quorums(hold.terms, [])
    const around = { quorum, nameOf: () => other, postedAt: Date.now(), awaited: true, together: true }
    const forged = { ...hold, terms: { ...hold.terms, digest: 'f'.repeat(64) } }
    for (const shown of [hold, forged])
      assert.equal(sessionIn(renderCard(shown, { ...around, reviews, consoleUrl: `https://c/${other}` })), hold.id)
    const [first] = people
    assert.ok(first)
    const counted = reviews.map(review => ({ ...review, person: { ...first, name: other } }))
    const notes = (['thread', 'direct'] as const).flatMap(tellOwners =>
      dueNotes(hold, { now: Date.now(), people, reviews: state === 'denied' ? counted : [], tellOwners }),
    )
    for (const { words } of notes) assert.equal(sessionIn(noteMessage(words)), hold.id)
    const told = ['pending', 'denied', 'expired', 'failed'].includes(state)
    assert.equal(notes.length > 0, told)
  })

test('so is what is said of a release', () => {
  const id = 'AAAA-BBBB-CCCC'
  const line = {
    id,
    receivedAt: 0,
    agent: other,
    connection: other,
    kind: other,
    tables: [other],
    rule: other,
    sql: other,
  }
  const session = { ...line, state: 'completed' as const }
  const release = { by: other, reason: other, at: 0, reviewed: { by: other, comment: other, at: 1 } }
  const told = { session, release, summary: other, needed: other }
  for (const message of [
    releaseAlert(told, { people: [], mention: 'here' }),
    reviewedAlert(session, release, []),
    noteMessage(reviewReminder(told, 'here')),
  ])
    assert.equal(sessionIn(message), id)
})

test('an id is read as it is copied out of a sentence, or as a phone writes it, be it to kill', () => {
  for (const word of [
    '`7F3K-9Q2M-X4TB`',
    '“7f3k-9q2m-x4tb”',
    '‘7F3K-9Q2M-X4TB’,',
    '(7F3K9Q2MX4TB).',
    '*7F3K-9Q2M-X4TB*:',
  ]) {
    assert.equal(sessionNamed(word), '7F3K-9Q2M-X4TB')
    assert.deepEqual(parseKilling(`${word}|runs away`), { id: '7F3K-9Q2M-X4TB', reason: 'runs away' })
  }
  assert.equal(sessionNamed('7F3K-9Q2M'), undefined)
})
