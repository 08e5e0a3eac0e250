import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import type { Approvers } from '#src/decide/decision.ts'
import { type HoldTerms, termsHash } from '#src/hold/hold.ts'
import { mayReview, type Review, stateFromReviews } from '#src/hold/review.ts'
import { reviewSigner, reviewVerifier } from '#src/hold/seal.ts'
import type { Person } from '#src/principal.ts'
import { sampleHold } from '#test/contracts/sample-hold.ts'

const people: Person[] = [
  { id: 'oncall-1', name: 'oncall-1', groups: ['oncall'] },
  { id: 'oncall-2', name: 'oncall-2', groups: ['oncall'] },
  { id: 'privacy-1', name: 'privacy-1', groups: ['privacy'] },
  { id: 'both-1', name: 'both-1', groups: ['oncall', 'privacy'] },
  { id: 'owner-1', name: 'owner-1', groups: ['oncall', 'privacy', 'admins'] },
]
const person = (id: string) => people.find(each => each.id === id)

function terms(...approvers: Approvers[]): HoldTerms {
  const sample = sampleHold().terms
  const principal = { ...sample.statement.principal, owner: 'owner-1', onBehalfOf: 'oncall-2' }
  return { ...sample, approvers, statement: { ...sample.statement, principal } }
}

function review(of: HoldTerms, reviewer: string, more: Partial<Review> = {}): Review {
  const { digest, statement, createdAt } = of
  return {
    hold: statement.id,
    digest,
    shown: termsHash(of),
    reviewer,
    verdict: 'approve',
    place: 'slack',
    at: createdAt + 1,
    ...more,
  }
}

function state(of: HoldTerms, ...reviews: Review[]) {
  return stateFromReviews(of, termsHash(of), reviews, person)
}

describe('the state that reviews lead to', () => {
  const one = terms({ group: 'oncall', people: 1 })
  const two = terms({ group: 'oncall', people: 2 })
  const groups = terms({ group: 'oncall', people: 1 }, { group: 'privacy', people: 1 })

  test('one person of the group approves what needs one', () => {
    assert.equal(state(one), 'pending')
    assert.equal(state(one, review(one, 'oncall-1')), 'approved')
  })
  test('two means two people, however often one of them clicks', () => {
    assert.equal(state(two, review(two, 'oncall-1'), review(two, 'oncall-1')), 'pending')
    assert.equal(state(two, review(two, 'oncall-1'), review(two, 'both-1')), 'approved')
  })
  test('every group has to agree, and one person counts for each group they belong to', () => {
    assert.equal(state(groups, review(groups, 'oncall-1')), 'pending')
    assert.equal(state(groups, review(groups, 'oncall-1'), review(groups, 'privacy-1')), 'approved')
    assert.equal(state(groups, review(groups, 'both-1')), 'approved')
  })
  test('one deny denies, whatever else was said', () => {
    assert.equal(state(one, review(one, 'oncall-1'), review(one, 'both-1', { verdict: 'deny' })), 'denied')
  })
  test('nobody approves for an agent they own or that acts for them, administrator or not', () => {
    assert.equal(mayReview(people[4] as Person, one), 'own_agent')
    assert.equal(state(one, review(one, 'owner-1')), 'pending')
    assert.equal(state(one, review(one, 'oncall-2')), 'pending')
    assert.equal(state(one, review(one, 'owner-1', { verdict: 'deny' })), 'pending')
  })
  test('reviews of other terms, other holds, strangers, other groups and other times count for nothing', () => {
    const worthless: Review[] = [
      review(one, 'oncall-1', { shown: termsHash(two) }),
      review(one, 'oncall-1', { digest: 'f'.repeat(64) }),
      review(one, 'oncall-1', { hold: '0000-0000-0000' }),
      review(one, 'nobody-1'),
      review(one, 'privacy-1'),
      review(one, 'oncall-1', { at: one.expiresAt }),
      review(one, 'oncall-1', { at: one.createdAt - 1 }),
    ]
    for (const each of worthless) assert.equal(state(one, each), 'pending', JSON.stringify(each))
  })
  test('what needs a fresh sign-in is approved by reviews of the console that carry one, and by no other', () => {
    const critical: HoldTerms = { ...one, decision: { ...one.decision, stepUp: true } }
    const at = critical.createdAt + 600_000
    const console = { place: 'console', at, signedInAt: at - 2_000 } as const
    const worthless: Partial<Review>[] = [
      {},
      { ...console, place: 'slack' },
      { place: 'console', at },
      { ...console, signedInAt: at - 301_000 },
      { ...console, signedInAt: at + 61_000 },
    ]
    for (const each of worthless)
      assert.equal(state(critical, review(critical, 'oncall-1', each)), 'pending', JSON.stringify(each))
    assert.equal(state(critical, review(critical, 'oncall-1', console)), 'approved')
    assert.equal(state(critical, review(critical, 'oncall-1', { verdict: 'deny' })), 'denied')
  })
  test('a person is known in an agent’s token by id, sign-in or e-mail address', () => {
    const named = { id: 'p-1', name: 'p-1', groups: ['oncall'], subject: 'owner-1', email: 'p-1@acme.example' }
    assert.equal(mayReview(named, one), 'own_agent')
    assert.equal(mayReview({ ...named, subject: 'p-1-sub', email: 'oncall-2' }, one), 'own_agent')
    assert.equal(mayReview({ ...named, subject: 'p-1-sub' }, one), undefined)
  })
})

describe('the key of one place', () => {
  const pair = () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    return { secret: new Secret(pem), verify: String(publicKey.export({ type: 'spki', format: 'pem' })) }
  }
  const [slack, console] = [pair(), pair()]
  const verifier = reviewVerifier({ slack: slack.verify, console: console.verify })
  const sample = review(terms({ group: 'oncall', people: 1 }), 'oncall-1')

  test('speaks for that place', async () => {
    assert.deepEqual(await verifier.verify(await reviewSigner(slack.secret, 'slack').sign(sample)), sample)
    const inConsole = { ...sample, place: 'console', signedInAt: 1 } as const
    assert.deepEqual(await verifier.verify(await reviewSigner(console.secret, 'console').sign(inConsole)), inConsole)
  })
  test('speaks for no other', async () => {
    const inConsole = { ...sample, place: 'console', signedInAt: 1 } as const
    assert.equal(await verifier.verify(await reviewSigner(slack.secret, 'slack').sign(inConsole)), undefined)
    assert.equal(await verifier.verify(await reviewSigner(slack.secret, 'console').sign(inConsole)), undefined)
    assert.equal(await verifier.verify(await reviewSigner(console.secret, 'slack').sign(sample)), undefined)
  })
})
