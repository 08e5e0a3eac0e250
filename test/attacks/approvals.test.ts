import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { weekdays } from '#src/decide/vocabulary.ts'
import type { Review } from '#src/hold/review.ts'
import { approvalOf, botSigner, Forger } from '#test/chaos/forge.ts'
import { until } from '#test/chaos/until.ts'
import { Visitor } from '#test/console/visitor.ts'
import { Agent as TokenAgent } from '#test/doors/agent.ts'
import { BotRequests } from '#test/doors/bot-request.ts'
import { cardOf, deny, ranTexts } from '#test/doors/reviewers.ts'
import { Agent, approve } from '#test/journey/agent.ts'
import { type Stand, type StandGateway, standPolicy, startStand } from '#test/stand/stand.ts'

const rule = (name: string, rest: string) =>
  `\n  - name: ${name}\n    when: statement.purpose == "${name}"\n    then: hold\n    ${rest}`
const clock = (minutes: number) =>
  `"${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}"`
const now = new Date()
const inTwoHours = now.getUTCHours() * 60 + now.getUTCMinutes() + 120

/** One person approves what nobody else could not; later in the day; for a short while; after somebody else. */
const policy =
  standPolicy
    .replace('expires: 30m\n  limits', 'expires: 12h\n  limits')
    .replace('approvers: { group: data-oncall, people: 1 }\n    expires: 30m', 'approvers: { group: data-oncall }') +
  rule(
    'later',
    `approve_within: { days: [${weekdays}], from: ${clock(inTwoHours)}, to: ${clock(inTwoHours + 60)}, zone: UTC }`,
  ) +
  rule('briefly', 'approval_expires: 1s') +
  rule('gravely', 'step_up: true') +
  rule('two', 'approvers: { group: data-oncall, people: 2 }') +
  rule('privately', 'approvers: { group: nobody-yet, escalate: { group: privacy, after: 1s } }')

describe('approvals, attacked', { timeout: 300_000 }, () => {
  let stand: Stand
  let gateway: StandGateway
  let forger: Forger
  let agent: Agent
  before(async () => {
    stand = await startStand({ policy, sizes: { customers: 50, orders: 300 }, maxPending: 60 })
    const [first] = stand.gateways
    assert.ok(first)
    gateway = first
    forger = new Forger(join(stand.folder, 'holds.db'))
    agent = new Agent(stand)
  })
  after(async () => {
    gateway?.child.kill('SIGCONT')
    forger?.close()
    await stand?.stop()
  })

  const reader = { reviewer: 'reader-1' }
  let next = 1
  const update = () => `update shop.orders set status = 'attacked' where id = ${next++}`
  async function held(purpose = 'an attack') {
    const sql = update()
    const { status, request_id: id } = await agent.ask(sql, { purpose })
    assert.equal(status, 'pending_approval')
    return { id, sql }
  }
  const ran = (sql: string) => ranTexts(stand).filter(text => text === sql).length

  describe('by an owner of the agent, who is named in another way', () => {
    for (const claims of [
      { owner: 'RELEASE-OWNER' },
      { owner: ' Release-Owner ' },
      { owner: 'oncall-1', act_for: 'Release-owner' },
      { owner: '\uFF52elease-owner' },
    ])
      test(`${JSON.stringify(claims)}: neither in Slack nor in the console`, async () => {
        const named = new TokenAgent(await stand.issuer.tokenFor('release-bot', { claims }), gateway.url)
        const { body } = await named.submit({ connection: 'shop', sql: update() })
        const seen = stand.slack.ephemerals('U0OWNER').length
        await approve(stand, body.request_id, 'U0OWNER')
        const [told] = await stand.slack.waitFor(
          () => stand.slack.ephemerals('U0OWNER').length > seen && stand.slack.ephemerals('U0OWNER').slice(seen),
          'a refusal',
        )
        assert.match(told?.text ?? '', /You own this agent/)
        const owner = await new Visitor(gateway.url, stand.issuer).signIn('release-owner')
        assert.deepEqual(await owner.form(body.request_id), {})
        assert.equal((await named.look(body.request_id, 'wait=0')).body.status, 'pending_approval')
      })

    for (const [what, claims] of [
      ['a list of owners', { owner: ['release-owner', 'oncall-1'] }],
      ['an actor as an object', { act_for: { sub: 'oncall-1' } }],
      ['an owner of 300 characters', { owner: 'x'.repeat(300) }],
    ] as const)
      test(`${what}: the token is refused, not taken for one without an owner`, async () => {
        const token = await stand.issuer.tokenFor('release-bot', { claims: claims as Record<string, unknown> })
        const { status, body } = await new TokenAgent(token, gateway.url).submit({ connection: 'shop', sql: update() })
        assert.deepEqual([status, body.code], [401, 'token_claims'], JSON.stringify(body))
      })
  })

  describe('by a bot that was taken over, with its key', () => {
    type Forged = (createdAt: number) => Partial<Review>
    async function endsAs(purpose: string, ...reviews: readonly Forged[]) {
      const { id, sql } = await held(purpose)
      const hold = forger.hold(id)
      const { terms } = hold
      const given = reviews.map(changes => approvalOf(terms, 'oncall-1', changes(terms.createdAt)))
      const signer = botSigner(stand.folder)
      forger.write(id, { ...hold, state: 'approved', reviews: await Promise.all(given.map(signer.sign)) })
      const { code } = await agent.look(id, 20)
      assert.equal(ran(sql), 0)
      return code
    }

    const forgeries: readonly (readonly [what: string, purpose: string, ...reviews: readonly Forged[]])[] = [
      ['dated into the hours in which approvals count', 'later', createdAt => ({ at: createdAt + 150 * 60_000 })],
      ['dated ahead, so that it can be used for longer', 'briefly', createdAt => ({ at: createdAt + 3_600_000 })],
      ['that says somebody signed in for it', 'gravely', at => ({ signedInAt: at })],
      ['that says it was given in the console', 'gravely', at => ({ signedInAt: at, place: 'console' })],
      ['of one person twice', 'two', () => ({}), at => ({ at: at + 2 })],
      ['with a shape that was not offered', 'an attack', () => ({ grant: { seconds: 60, uses: 1 } })],
      [
        'by somebody put into a group of the configuration',
        'an attack',
        () => ({ ...reader, groups: ['data-oncall'] }),
      ],
      ['by somebody asked only when it has waited, before', 'privately', () => ({ reviewer: 'privacy-2' })],
      ['that releases what nobody may release', 'an attack', () => ({ verdict: 'release', reason: 'emergency' })],
    ]
    for (const [what, purpose, ...reviews] of forgeries)
      test(`a review ${what}`, async () => assert.equal(await endsAs(purpose, ...reviews), 'integrity'))
  })

  describe('by somebody who can write to the hold store', () => {
    /** Nobody is in the middle of a write then. */
    async function freeze() {
      await until(async () => {
        gateway.child.kill('SIGSTOP')
        return forger.mayWrite() || !gateway.child.kill('SIGCONT')
      }, 'a moment without a write')
    }

    test('taking a denial back, while no gateway looks, so that others approve: it stays denied', async () => {
      const { id, sql } = await held('two')
      await approve(stand, id, 'U0ONCALL2')
      const before = await until(async () => {
        const hold = forger.hold(id)
        return hold.reviews.length === 1 && hold
      }, 'one approval')
      await freeze()
      await deny(stand, id, 'not before the freeze ends')
      await until(async () => forger.hold(id).state === 'denied', 'the denial')
      forger.write(id, { ...before, version: forger.hold(id).version })
      const { channel, ts } = await cardOf(stand, id, 'hold_approve')
      await stand.slack.click('U0ONCALL1', channel, ts, 'hold_approve')
      assert.match((await stand.slack.waitForEphemeral('U0ONCALL1')).text, /decided already/)
      gateway.child.kill('SIGCONT')
      const { code, message } = await agent.look(id, 20)
      assert.equal(ran(sql), 0)
      assert.deepEqual([code, message?.includes('not before the freeze ends')], ['review_denied', true])
    })
  })

  describe('by another agent', () => {
    test('what was suggested to one agent is not there for others, nor does it run', async () => {
      const { id, sql } = await held()
      const card = await cardOf(stand, id, 'hold_suggest')
      await stand.slack.click('U0ONCALL1', card.channel, card.ts, 'hold_suggest')
      const view = await stand.slack.waitForView('U0ONCALL1')
      const better = `${update()} -- suggested`
      await stand.slack.submit('U0ONCALL1', view.id, { words: 'rather this', sql: better })
      assert.equal((await agent.look(id, 20)).suggested_sql, better)
      const other = await new Agent(stand, 'churn-notebook').look(id)
      assert.deepEqual([other.http, other.code, other.suggested_sql], [404, 'unknown_session', undefined])
      assert.deepEqual([ran(sql), ran(better)], [0, 0])
    })
  })

  describe('by nobody: what people need', () => {
    test('who is asked only once a statement has waited may look at it', async () => {
      const { id } = await held('privately')
      const bot = new BotRequests(stand, gateway)
      assert.equal((await bot.ask('privacy-2', 'show', { id })).status, 200)
      assert.equal((await bot.ask('reader-1', 'show', { id })).status, 404)
    })

    test('Home lists what waits for its person, and no more what they have agreed to', async () => {
      const { id } = await held('two')
      const bot = new BotRequests(stand, gateway)
      const waits = async (person: string) => {
        const { body } = await bot.ask(person, 'home')
        return (body.waiting as readonly { id: string }[]).some(each => each.id === id)
      }
      assert.deepEqual(
        [await waits('oncall-1'), await waits('oncall-2'), await waits('release-owner')],
        [true, true, false],
      )
      await approve(stand, id, 'U0ONCALL1')
      await until(async () => forger.hold(id).reviews.length === 1, 'the approval')
      assert.deepEqual([await waits('oncall-1'), await waits('oncall-2')], [false, true])
    })
  })
})
