import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { weekdays } from '#src/decide/vocabulary.ts'
import { type Grant, grantFrom, grantOffer, mayRevoke } from '#src/hold/grant.ts'
import { type Hold, termsHash } from '#src/hold/hold.ts'
import { givenGrant, liveGrants } from '#src/hold/live-grants.ts'
import { countReviews, stateFromReviews } from '#src/hold/review.ts'
import { macGrant, macTerms, reviewSigner, reviewVerifier } from '#src/hold/seal.ts'
import type { Ports } from '#src/ports.ts'
import { findPerson, type Person } from '#src/principal.ts'
import type { SessionEvent } from '#src/record/event.ts'
import { type Changes, people, sampleHold, sampleReview } from '#test/bot/sample-hold.ts'

const grants = { seconds: 3_600, uses: 20, rules: 'r'.repeat(64) }
const offered = (changes: Changes = {}) => {
  const { statement, classification, decision, estimate } = sampleHold({
    ...changes,
    decision: { grants, ...changes.decision },
  }).terms
  return grantOffer({ statement, classification, decision, ...(estimate ? { estimate } : {}) })
}
const bounded = (bounds: object, estimate: object): Changes => ({
  decision: { grants: { ...grants, ...bounds } },
  terms: { estimate },
})

describe('what may be granted of a statement', () => {
  test('its shape, with the bounds of the policy', () => {
    const { scope, ...offer } = offered() ?? {}
    assert.match(scope ?? '', /^[0-9a-f]{64}$/)
    const shape = 'delete from shop.orders where status = ?'
    assert.deepEqual(offer, { seconds: 3_600, uses: 20, shape, places: 1 })
  })

  const nothing: readonly (readonly [what: string, changes: Changes])[] = [
    ['that is not understood', { classification: { understood: false } }],
    ['that could be read in two ways', { classification: { gate: { ambiguous: 'two ways' } } }],
    ['in a transaction', { statement: { transaction: { id: 't', openedAt: 0, count: 0, latest: [] } } }],
    ['of several', { classification: { statements: 2 } }],
    ['of another kind', { classification: { kind: 'call', kinds: ['call'] } }],
    ['that changes tables', { classification: { hazards: ['ddl'] } }],
    ['that builds SQL while it runs', { classification: { hazards: ['dynamic_sql'] } }],
    ['that calls what is not known', { classification: { hazards: ['unknown_function'] } }],
    ['that reads a view', { classification: { hazards: ['view'] } }],
    ['that reads what its text does not show', { classification: { hazards: ['other_tables'] } }],
    ['that carries data out', { classification: { hazards: ['unload'] } }],
    ['that reads tables by a wildcard', { classification: { reads: ['acme.shop.events_*'] } }],
    [
      'whose columns are not known',
      { classification: { kind: 'select', kinds: ['select'], outputs: null }, statement: { sql: 'select a from t' } },
    ],
    ['that is allowed', { decision: { verdict: 'allow' } }],
    ['whose bytes are not known', bounded({ bytes: 100 }, { rows: 1 })],
    ['of more bytes', bounded({ bytes: 100 }, { bytes: 101 })],
    ['whose rows are not known', bounded({ rows: 100 }, { bytes: 1 })],
    ['of more rows', bounded({ rows: 100 }, { rows: 101 })],
  ]
  for (const [what, changes] of nothing)
    test(`nothing of one ${what}`, () => {
      assert.equal(offered(changes), undefined)
    })

  const { principal } = sampleHold().terms.statement
  const sensitive = [{ pattern: '*.orders.status', class: 'pii', mask: 'redact' as const }]
  const others: readonly (readonly [what: string, changes: Changes])[] = [
    ['another agent', { statement: { principal: { ...principal, subject: 'agent-2' } } }],
    ['another issuer', { statement: { principal: { ...principal, issuer: 'https://other.example' } } }],
    ['another person it acts for', { statement: { principal: { ...principal, onBehalfOf: 'CI run 1' } } }],
    ['another owner', { statement: { principal: { ...principal, owner: 'oncall-2@acme.example' } } }],
    ['another purpose', { statement: { purpose: 'tidy up' } }],
    ['another connection', { statement: { connection: 'lake' } }],
    ['another database', { statement: { database: 'OTHER' } }],
    ['another schema', { statement: { schema: 'OTHER' } }],
    ['another parameter', { statement: { parameters: { TIMEZONE: 'UTC' } } }],
    ['another role', { decision: { role: 'ADMIN' } }],
    ['another limit', { decision: { limits: { rows: 1, bytes: 1, seconds: 1 } } }],
    ['other masks', { decision: { sensitive } }],
    ['other detectors', { decision: { detect: [{ detector: 'card', mask: 'redact', except: [] }] } }],
    ['another rule', { decision: { grants: { ...grants, rules: 's'.repeat(64) } } }],
    ['another table read', { classification: { reads: ['SHOP.PUBLIC.OTHERS'] } }],
    ['another table written', { classification: { writes: ['SHOP.PUBLIC.OTHERS'] } }],
    ['another column filtered', { classification: { filters: [] } }],
    ['another output', { classification: { outputs: [{ name: 'A', sources: [], indirect: [] }] } }],
    ['another column stored', { classification: { stores: [{ column: 'A.B.C.D', sources: [] }] } }],
    ['a hazard more', { classification: { hazards: ['no_where'] } }],
    ['tables that were changed', { classification: { schema: { 'SHOP.PUBLIC.ORDERS': 'v2' } } }],
    ['other tags', { classification: { tags: { 'SHOP.PUBLIC.ORDERS.STATUS': ['pii'] } } }],
  ]
  for (const [what, changes] of others)
    test(`${what} is another scope`, () => {
      assert.notEqual(offered(changes)?.scope, offered()?.scope)
      assert.ok(offered(changes))
    })

  test('another value, door, time and estimate are the same', () => {
    const sql = "delete from shop.orders\nwhere status = 'old'"
    const same = offered({ statement: { sql, door: 'mcp', receivedAt: 5 }, terms: { estimate: { rows: 9_999 } } })
    assert.equal(same?.scope, offered()?.scope)
  })
})

/** A hold that was approved by these, each asking for such a grant or none. */
function approved(asked: readonly (readonly [reviewer: string, grant?: Grant['uses']])[], changes: Changes = {}) {
  const made = sampleHold({ ...changes, decision: { grants, ...changes.decision } })
  const offer = grantOffer(made.terms)
  assert.ok(offer)
  const hold: Hold = { ...made, terms: { ...made.terms, grantable: offer } }
  const reviews = asked.map(([name, uses], at) =>
    sampleReview(hold, {
      reviewer: `${name}@acme.example`,
      at: hold.terms.createdAt + 1_000 * (at + 1),
      ...(uses === undefined ? {} : { grant: { seconds: 60 * uses, uses } }),
    }),
  )
  return { hold, reviews }
}

describe('what an approval grants', () => {
  const granted = (...asked: Parameters<typeof approved>[0]) => {
    const { hold, reviews } = approved(asked)
    return grantFrom(hold.terms, reviews)
  }

  test('the least of what each asks for, from the last of them on', () => {
    const { hold } = approved([])
    const { uses, until, at, by } = granted(['oncall-1', 10], ['oncall-2', 5]) ?? {}
    assert.deepEqual([uses, by], [5, ['oncall-1@acme.example', 'oncall-2@acme.example']])
    assert.equal(Number(until) - Number(at), 300_000)
    assert.ok(Math.abs(Number(at) - hold.terms.createdAt - 2_000) < 5_000)
  })

  test('nothing where one of them asks for nothing, or nobody does, or somebody releases it alone', () => {
    assert.equal(granted(['oncall-1', 10], ['oncall-2']), undefined)
    assert.equal(granted(['oncall-1']), undefined)
    assert.equal(granted(), undefined)
    const { hold, reviews } = approved([['oncall-1', 10]])
    const [review] = reviews
    assert.ok(review)
    assert.equal(grantFrom(hold.terms, [review, { ...review, verdict: 'release', reviewer: 'oncall-2' }]), undefined)
  })

  test('a review that asks for more than is offered, or for what is not, does not count at all', () => {
    const { hold, reviews } = approved([['oncall-1', 10]])
    const [review] = reviews
    assert.ok(review)
    const counted = (grant: unknown, terms = hold.terms) =>
      countReviews(terms, review.shown, [{ ...review, grant } as typeof review], findPerson(people, [])).length
    assert.equal(counted({ seconds: 3_600, uses: 20 }), 1)
    for (const wide of [
      { seconds: 3_601, uses: 20 },
      { seconds: 3_600, uses: 21 },
      { seconds: -1, uses: 1 },
      { seconds: 1, uses: 0 },
      { seconds: Number.NaN, uses: 1 },
      { uses: 1 },
    ])
      assert.equal(counted(wide), 0, JSON.stringify(wide))
    const { grantable: _, ...bare } = hold.terms
    assert.equal(counted({ seconds: 1, uses: 1 }, bare), 0)
  })

  test('approvers, also those of an escalation, and the owner may end it; others may not', () => {
    const escalate = { group: 'leads', afterSeconds: 600 }
    const approvers = [{ group: 'data-oncall', people: 1, escalate }]
    const { terms } = sampleHold({ terms: { approvers } })
    const who = (id: string, ...groups: string[]): Person => ({ id, name: id, groups })
    assert.equal(mayRevoke(who('a', 'data-oncall'), terms), true)
    assert.equal(mayRevoke(who('b', 'leads'), terms), true)
    assert.equal(mayRevoke(who('release-owner@acme.example'), terms), true)
    assert.equal(mayRevoke(who('c', 'privacy'), terms), false)
  })
})

describe('whether a recorded grant counts', () => {
  const holdKey = new Secret('k'.repeat(64))
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const pem = new Secret(String(privateKey.export({ type: 'pkcs8', format: 'pem' })))
  const slack = String(publicKey.export({ type: 'spki', format: 'pem' }))

  interface World {
    readonly people?: readonly Person[]
    readonly slackGroups?: readonly string[]
    readonly now?: number
    readonly grant?: Partial<Grant>
    readonly mac?: string
    readonly termsMac?: string
    /** What the recorded reviews say instead. */
    readonly review?: object
    readonly signedBy?: Secret
    readonly changes?: Changes
    /** The statement that comes now. */
    readonly next?: Changes
  }

  /** How many grants the next statement could run under. */
  async function live(world: World = {}): Promise<number> {
    const { hold, reviews } = approved([['oncall-1', 10]], world.changes)
    const { terms } = hold
    const real = grantFrom(terms, reviews)
    assert.ok(real)
    const grant = { ...real, ...world.grant }
    const signer = reviewSigner(world.signedBy ?? pem, 'slack')
    const given = await Promise.all(
      reviews.map(async review => ({ ...review, jws: await signer.sign({ ...review, ...world.review }) })),
    )
    const events: SessionEvent[] = [
      { kind: 'held', at: 1, terms, mac: world.termsMac ?? macTerms(terms, holdKey) },
      { kind: 'claimed', at: 2, by: 'g', digest: terms.digest, decision: terms.decision, reviews: given },
    ]
    const ports = {
      holdKey,
      reviews: () => reviewVerifier({ slack }),
      person: findPerson(world.people ?? people, world.slackGroups ?? []),
      log: { warn: () => {} },
      holds: { now: async () => world.now ?? terms.createdAt + 5_000 },
      records: {
        grants: async () => [{ grant, mac: world.mac ?? macGrant(grant, holdKey), used: 0 }],
        session: async () => ({ id: hold.id, state: 'completed', events }),
      },
    } as unknown as Ports
    const next = sampleHold({ ...world.changes, ...world.next, decision: { grants, ...world.changes?.decision } })
    return (await liveGrants(ports, next.terms)).length
  }

  test('one that people gave does', async () => {
    assert.equal(await live(), 1)
  })

  test('one that the gateway did not seal, or that says more than it sealed or people signed, does not', async () => {
    assert.equal(await live({ mac: 'f'.repeat(64) }), 0)
    assert.equal(await live({ mac: '' }), 0)
    for (const grant of [{ uses: 11 }, { until: Date.now() + 9_000_000 }, { by: ['oncall-2@acme.example'] }])
      assert.equal(await live({ grant }), 0, JSON.stringify(grant))
    assert.equal(await live({ termsMac: 'f'.repeat(64) }), 0)
  })

  test('one whose reviews are not those of the people, or of another statement or verdict, does not', async () => {
    const other = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
    assert.equal(await live({ signedBy: new Secret(String(other)) }), 0)
    for (const review of [
      { grant: undefined },
      { verdict: 'deny', reason: 'not now' },
      { hold: 'AAAA-BBBB-CCCC' },
      { shown: 'f'.repeat(64) },
      { reviewer: 'release-owner@acme.example' },
      { grant: { seconds: 3_600, uses: 1_000 } },
    ])
      assert.equal(await live({ review }), 0, JSON.stringify(review))
  })

  test('one whose approval is not complete does not', async () => {
    assert.equal(await live({ changes: { decision: { approvers: [{ group: 'data-oncall', people: 2 }] } } }), 0)
  })

  test('one of somebody who has left the group, or the company, does not', async () => {
    assert.equal(await live({ people: people.map(person => ({ ...person, groups: [] })) }), 0)
    assert.equal(await live({ people: [] }), 0)
  })

  test('one that rests on what Slack said of a user group does not: nobody hears when somebody leaves it', async () => {
    const strangers = people.map(person => ({ ...person, groups: [] }))
    const slackGroups = ['data-oncall']
    assert.equal(await live({ people: strangers, slackGroups, review: { groups: slackGroups } }), 0)
    const { hold, reviews } = approved([['oncall-1', 10]])
    const said = reviews.map(review => ({ ...review, groups: slackGroups }))
    assert.equal(
      stateFromReviews(hold.terms, termsHash(hold.terms), said, findPerson(strangers, slackGroups)),
      'approved',
    )
    assert.equal(givenGrant(hold.terms, said, findPerson(strangers, slackGroups)), undefined)
    assert.ok(givenGrant(hold.terms, said, findPerson(people, slackGroups)))
  })

  test('one whose time is over, whatever the store says, does not', async () => {
    assert.equal(await live({ now: Date.now() + 700_000 }), 0)
  })

  test('one for another statement does not, whatever the store says', async () => {
    assert.equal(await live({ next: { statement: { purpose: 'something else' } } }), 0)
    assert.equal(await live({ next: { statement: { sql: 'delete from shop.orders' } } }), 0)
  })

  test('outside of the times at which such statements are approved, it does not', async () => {
    const now = new Date()
    const from = now.getUTCHours() * 60 + now.getUTCMinutes()
    const window = { days: weekdays, from, to: (from + 2) % 1_440, zone: 'UTC' }
    const changes = { decision: { approveWithin: [window] } }
    assert.equal(await live({ changes }), 1)
    assert.equal(await live({ changes, now: now.getTime() + 300_000 }), 0)
    assert.equal(await live({ now: now.getTime() + 300_000 }), 1)
  })
})
