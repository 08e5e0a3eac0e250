import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import type { Approvers } from '#src/decide/decision.ts'
import { grantFrom } from '#src/hold/grant.ts'
import { type HoldTerms, termsHash } from '#src/hold/hold.ts'
import { countReviews, mayReview, type Review, runBy, stateFromReviews } from '#src/hold/review.ts'
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
  test('two people by one Slack account are one, and may still deny', () => {
    const [first, again] = ['oncall-1', 'both-1'].map(id => review(two, id, { account: 'T1/U1' }))
    assert.ok(first && again)
    assert.equal(state(two, first, again), 'pending')
    assert.equal(state(two, first, { ...again, account: 'T1/U2' }), 'approved')
    assert.equal(state(two, first, { ...again, verdict: 'deny' }), 'denied')
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
    assert.equal(mayReview(people[4] as Person, one, one.createdAt), 'own_agent')
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
    assert.equal(mayReview(named, one, one.createdAt), 'own_agent')
    assert.equal(mayReview({ ...named, subject: 'p-1-sub', email: 'oncall-2' }, one, one.createdAt), 'own_agent')
    assert.equal(mayReview({ ...named, subject: 'p-1-sub', email: 'Owner-1' }, one, one.createdAt), 'own_agent')
    assert.equal(mayReview({ ...named, subject: 'p-1-sub' }, one, one.createdAt), undefined)
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

describe('what rules ask beyond a number of people', () => {
  const stages = terms({ group: 'oncall', people: 1 }, { group: 'privacy', people: 1, stage: 2 })

  test('a person counts in one stage only, and a later stage does not stand for an earlier one', () => {
    const both = [review(stages, 'both-1'), review(stages, 'both-1', { stage: 2 })]
    assert.equal(state(stages, ...both), 'pending')
    assert.equal(state(stages, review(stages, 'privacy-1', { stage: 2 })), 'pending')
    assert.equal(state(stages, review(stages, 'oncall-1'), review(stages, 'both-1')), 'pending')
    assert.equal(state(stages, review(stages, 'oncall-1'), review(stages, 'both-1', { stage: 2 })), 'approved')
  })

  test('the second group counts from the moment of the escalation, not before', () => {
    const escalating = terms({ group: 'oncall', people: 1, escalate: { group: 'privacy', afterSeconds: 60 } })
    const at = escalating.createdAt + 60_000
    assert.equal(state(escalating, review(escalating, 'privacy-1', { at: at - 1 })), 'pending')
    assert.equal(state(escalating, review(escalating, 'privacy-1', { at })), 'approved')
  })

  test('an approval counts within its window only, a denial always', () => {
    const sample = terms({ group: 'oncall', people: 1 })
    // createdAt is moved to a Saturday and a Monday, noon in Berlin.
    const on = (day: string): HoldTerms => ({
      ...sample,
      createdAt: Date.parse(`${day}T11:00:00Z`),
      expiresAt: Date.parse(`${day}T12:00:00Z`),
      decision: {
        ...sample.decision,
        approveWithin: [{ days: ['monday'], from: 12 * 60, to: 13 * 60, zone: 'Europe/Berlin' }],
      },
    })
    const [saturday, monday] = [on('2026-11-21'), on('2026-11-23')]
    assert.equal(state(saturday, review(saturday, 'oncall-1')), 'pending')
    assert.equal(state(saturday, review(saturday, 'oncall-1', { verdict: 'deny' })), 'denied')
    assert.equal(state(monday, review(monday, 'oncall-1')), 'approved')
  })

  test('an unused approval ends after its own life, counted from the last approval, at most with the hold', () => {
    const short = { ...stages, decision: { ...stages.decision, approvalExpiresSeconds: 60 } }
    const given = [review(short, 'oncall-1'), review(short, 'privacy-1', { stage: 2, at: short.createdAt + 5_000 })]
    assert.equal(runBy(short, given), short.createdAt + 65_000)
    assert.equal(runBy(stages, given), stages.expiresAt)
    const late = review(short, 'oncall-1', { at: short.expiresAt - 1 })
    assert.equal(runBy(short, [late]), short.expiresAt)
  })
})

describe('a release', () => {
  const sample = terms({ group: 'oncall', people: 2 }, { group: 'privacy', people: 1, stage: 2 })
  const decision = { ...sample.decision, releasers: ['both-1', 'owner-1', 'oncall-2'] }
  const breakable: HoldTerms = { ...sample, decision }
  const release = (reviewer: string, more: Partial<Review> = {}, of = breakable) =>
    review(of, reviewer, { verdict: 'release', reason: 'payments stand still', ...more })

  test('stands alone, for those who are named and nobody else', () => {
    assert.equal(state(breakable, release('both-1')), 'approved')
    assert.equal(state(breakable, release('oncall-1')), 'pending')
    assert.equal(state(breakable, release('nobody')), 'pending')
    assert.equal(state(sample, release('both-1', {}, sample)), 'pending')
  })

  test('is never of an own agent, nor of one that acts for them', () => {
    assert.equal(state(breakable, release('owner-1')), 'pending')
    assert.equal(state(breakable, release('oncall-2')), 'pending')
  })

  test('needs words', () => {
    for (const reason of ['', '  x ', 'x'.repeat(501)]) {
      assert.equal(state(breakable, release('both-1', { reason })), 'pending')
    }
    const { reason: _, ...silent } = release('both-1')
    assert.equal(state(breakable, silent), 'pending')
  })

  test('is worth nothing beside a denial, also one of the same person, and more than an approval of theirs', () => {
    assert.equal(state(breakable, release('both-1'), review(breakable, 'oncall-1', { verdict: 'deny' })), 'denied')
    assert.equal(state(breakable, release('both-1'), review(breakable, 'both-1', { verdict: 'deny' })), 'denied')
    for (const order of [0, 1]) {
      const both = [review(breakable, 'both-1'), release('both-1')]
      assert.equal(state(breakable, ...(order ? both : both.reverse())), 'approved')
    }
  })

  test('counts at any hour, but not after the expiry, nor of other terms', () => {
    const never = [{ days: [], from: 0, to: 1, zone: 'UTC' }]
    const closed = { ...breakable, decision: { ...decision, approveWithin: never } }
    assert.equal(state(closed, release('both-1', {}, closed)), 'approved')
    assert.equal(state(breakable, release('both-1', { at: breakable.expiresAt })), 'pending')
    assert.equal(state(closed, release('both-1')), 'pending')
  })

  test('needs the sign-in where the rule asks for one', () => {
    const grave = { ...breakable, decision: { ...decision, stepUp: true as const } }
    assert.equal(state(grave, release('both-1', {}, grave)), 'pending')
    const signedIn = { place: 'console', signedInAt: grave.createdAt } as const
    assert.equal(state(grave, release('both-1', signedIn, grave)), 'approved')
  })

  test('grants nothing, neither itself nor beside an approval that asked for it', () => {
    const grantable = { scope: 's', shape: 'delete … ?', places: 1, seconds: 60, uses: 5 }
    const offered: HoldTerms = { ...breakable, grantable }
    const grant = { seconds: 60, uses: 5 }
    assert.equal(state(offered, release('both-1', { grant }, offered)), 'pending')
    const given = [review(offered, 'oncall-1', { grant }), release('both-1', {}, offered)]
    assert.equal(state(offered, ...given), 'approved')
    assert.equal(grantFrom(offered, countReviews(offered, termsHash(offered), given, person)), undefined)
    const approvals = [review(offered, 'oncall-1', { grant })]
    assert.ok(grantFrom(offered, countReviews(offered, termsHash(offered), approvals, person)))
  })

  test('that is not used ends as an approval does', () => {
    const short = { ...breakable, decision: { ...decision, approvalExpiresSeconds: 60 } }
    assert.equal(runBy(short, [release('both-1', {}, short)]), short.createdAt + 60_001)
  })
})
