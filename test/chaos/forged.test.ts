import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import type { Hold, HoldState, HoldTerms } from '#src/hold/hold.ts'
import type { ReviewSigner } from '#src/hold/seal.ts'
import { findEvent } from '#src/record/session-facts.ts'
import { statementDigest } from '#src/statement.ts'
import { Agent } from './agent.ts'
import { approveEverything, cardsOf } from './approvers.ts'
import { executions } from './audit.ts'
import { approvalOf, strangeSigner } from './forge.ts'
import { openHeldStatements } from './held-statements.ts'

const { stand, gateway, agent, records, forger, bot, inTime, held, assertEnds, assertNeverClaimed, close } =
  await openHeldStatements()
after(close)

function deleteFrom(sql: string, table: string): string {
  return sql.replace('shop.orders', table)
}

function releaseOf({ terms }: Pick<Hold, 'terms'>, reviewer: string, verdict: 'release' | 'deny' = 'release') {
  return approvalOf(terms, reviewer, { verdict, reason: 'payments stand still' })
}

describe('who can write to the hold store cannot make a statement run', () => {
  /** What is put in the place of a pending hold; `genuine` signs as the bot does. */
  const forgeries: Record<string, (hold: Hold, genuine: ReviewSigner) => Promise<Hold>> = {
    'approved without a review': async hold => hold,
    'a review signed by another key': async hold => ({
      ...hold,
      reviews: [await strangeSigner().sign(approvalOf(hold.terms, 'oncall-1'))],
    }),
    'the genuine review of another hold': async (hold, genuine) => {
      const other = forger.hold((await held()).id)
      return { ...hold, reviews: [await genuine.sign(approvalOf(other.terms, 'oncall-1'))] }
    },
    'a genuine approval of the owner of the agent': async (hold, genuine) => ({
      ...hold,
      reviews: [await genuine.sign(approvalOf(hold.terms, 'release-owner'))],
    }),
    'a genuine approval of somebody who is no approver': async (hold, genuine) => ({
      ...hold,
      reviews: [await genuine.sign(approvalOf(hold.terms, 'privacy-1'))],
    }),
    'a genuine release of somebody who may not release': async (hold, genuine) => ({
      ...hold,
      reviews: [await genuine.sign(releaseOf(hold, 'oncall-1'))],
    }),
    'a genuine release of the owner of the agent': async (hold, genuine) => ({
      ...hold,
      reviews: [await genuine.sign(releaseOf(hold, 'release-owner'))],
    }),
    'a release signed by another key': async hold => ({
      ...hold,
      reviews: [await strangeSigner().sign(releaseOf(hold, 'oncall-2'))],
    }),
    'the genuine release of another hold': async (hold, genuine) => ({
      ...hold,
      reviews: [await genuine.sign(releaseOf(forger.hold((await held()).id), 'oncall-2'))],
    }),
    'a denial whose verdict was made a release': async (hold, genuine) => {
      const denial = await genuine.sign(releaseOf(hold, 'oncall-2', 'deny'))
      const [head, body = '', signature] = denial.split('.')
      const review = { ...JSON.parse(Buffer.from(body, 'base64url').toString()), verdict: 'release' }
      const altered = Buffer.from(JSON.stringify(review)).toString('base64url')
      return { ...hold, reviews: [`${head}.${altered}.${signature}`] }
    },
    'somebody more who may release, genuinely released': async (hold, genuine) => {
      const terms = { ...hold.terms, decision: { ...hold.terms.decision, releasers: ['oncall-1'] } }
      return { ...hold, terms, reviews: [await genuine.sign(releaseOf({ terms }, 'oncall-1'))] }
    },
    'another statement under the old digest, genuinely approved': (hold, genuine) =>
      approvedAs(hold, genuine, terms => ({
        ...terms,
        statement: { ...terms.statement, sql: deleteFrom(terms.statement.sql, 'shop.customers') },
      })),
    'another statement with its own digest, genuinely approved': (hold, genuine) =>
      approvedAs(hold, genuine, terms => {
        const statement = { ...terms.statement, sql: deleteFrom(terms.statement.sql, 'shop.customers') }
        return { ...terms, statement, digest: statementDigest(statement, terms.decision.role) }
      }),
    'no people needed': async hold => ({
      ...hold,
      terms: { ...hold.terms, approvers: hold.terms.approvers.map(each => ({ ...each, people: 0 })) },
    }),
    'another group of approvers, genuinely approved': (hold, genuine) =>
      approvedAs(hold, genuine, terms => ({ ...terms, approvers: [{ group: 'privacy', people: 1 }] })),
    'a later expiry, genuinely approved': (hold, genuine) =>
      approvedAs(hold, genuine, terms => ({ ...terms, expiresAt: terms.expiresAt + 3_600_000 })),
    'a review from after the expiry': async (hold, genuine) => ({
      ...hold,
      reviews: [await genuine.sign(approvalOf(hold.terms, 'oncall-1', { at: hold.terms.expiresAt }))],
    }),
  }
  for (const [what, forge] of Object.entries(forgeries)) {
    test(`${what}: closed with integrity`, async () => {
      const { id, sql } = await held()
      const forged = await forge(forger.hold(id), bot)
      forger.write(id, { ...forged, state: 'approved' })
      await assertEnds(id, sql, 'integrity')
      assert.equal(executions(stand, deleteFrom(sql, 'shop.customers')), 0)
    })
  }

  test('terms that were changed in the record as well: closed with integrity', async () => {
    const { id, sql } = await held()
    const other = deleteFrom(sql, 'shop.customers')
    const changed = await approvedAs(forger.hold(id), bot, terms => {
      const statement = { ...terms.statement, sql: other }
      return { ...terms, statement, digest: statementDigest(statement, terms.decision.role) }
    })
    const database = new DatabaseSync(join(stand.folder, 'records.db'), { timeout: 5_000 })
    database
      .prepare("UPDATE event SET body = json_set(body, '$.terms', json(?)) WHERE session = ? AND kind = 'held'")
      .run(JSON.stringify(changed.terms), id)
    database.close()
    forger.write(id, { ...changed, state: 'approved' })
    await assertEnds(id, sql, 'integrity')
    assert.equal(executions(stand, other), 0)
  })

  async function approvedAs(hold: Hold, genuine: ReviewSigner, change: (terms: HoldTerms) => HoldTerms): Promise<Hold> {
    const terms = change(hold.terms)
    return { ...hold, terms, reviews: [await genuine.sign(approvalOf(terms, 'oncall-1'))] }
  }

  test('pending holds said to have moved on: closed with integrity, not left behind', async () => {
    const states = ['executing', 'completed', 'failed', 'unknown', 'expired', 'cancelled'] as const
    const moved = []
    for (const state of states) moved.push({ ...(await held()), state })
    for (const { id, state } of moved) forger.write(id, { ...forger.hold(id), state })
    for (const { id, sql } of moved) await assertEnds(id, sql, 'integrity')
  })

  test('holds that cannot be read or have no terms: closed with integrity, and the others go on', async () => {
    const bodies = ['', 'not JSON', 'null', '{}', '[]']
    const spoiled = []
    for (const body of bodies) spoiled.push({ ...(await held()), body })
    for (const { id, body } of spoiled) forger.spoil(id, body, 'pending')
    for (const { id, sql } of spoiled) await assertEnds(id, sql, 'integrity')
  })

  test('a hold whose principal, decision or classification is gone stops nobody else', async () => {
    const bent: ((hold: Hold) => unknown)[] = [
      hold => ({ ...hold, terms: { ...hold.terms, statement: { ...hold.terms.statement, principal: null } } }),
      hold => ({ ...hold, terms: { ...hold.terms, decision: null } }),
      hold => ({ ...hold, terms: { ...hold.terms, classification: 7 } }),
      hold => ({ ...hold, reviews: [null, 7, {}, 'x.y.z'] }),
    ]
    for (const bend of bent) {
      for (const state of ['pending', 'approved', 'denied'] satisfies HoldState[]) {
        const { id, sql } = await held()
        forger.write(id, { ...(bend(forger.hold(id)) as Hold), state })
        await held()
        await assertNeverClaimed(id, sql)
      }
    }
  })

  test('a later expiry alone: closed before it was to expire', async () => {
    const { id, sql } = await held('customers')
    const hold = forger.hold(id)
    forger.write(id, { ...hold, terms: { ...hold.terms, expiresAt: hold.terms.expiresAt + 3_600_000 } })
    await assertEnds(id, sql, 'integrity')
  })

  test('a finished session of somebody else is not handed out as a pending hold', async () => {
    const sql = 'SELECT id, amount FROM shop.orders LIMIT 3'
    const victim = new Agent(await stand.issuer.tokenFor('release-bot', { claims: { sub: 'agent-2' } }), () => [
      gateway.url,
    ])
    const rows = await victim.run({ connection: 'lake', key: 'of-the-victim', sql }, inTime())
    assert.equal(rows.status, 'succeeded')
    const waiting = await held()
    const hold = forger.hold(waiting.id)
    forger.write(waiting.id, { ...hold, state: 'denied' })
    await agent.outcome(waiting.id, inTime())
    const statement = { ...hold.terms.statement, id: rows.id }
    forger.insert({ ...hold, id: rows.id, state: 'pending', terms: { ...hold.terms, statement } })
    const answer = await agent.submit({ connection: 'lake', key: 'of-the-thief', sql: waiting.sql }, inTime())
    assert.notEqual(answer, rows.id)
    assert.equal(typeof answer, 'string', JSON.stringify(answer))
  })

  test("somebody's words about one statement are not put on record for another", async () => {
    const [one, other] = [await held(), await held()]
    const { terms } = forger.hold(one.id)
    const words = await bot.sign(approvalOf(terms, 'oncall-1', { verdict: 'deny', reason: 'not on a Friday' }))
    forger.write(other.id, { ...forger.hold(other.id), state: 'denied', reviews: [words] })
    const told = await assertEnds(other.id, other.sql, 'review_denied')
    assert.equal(JSON.stringify(told.body).includes('oncall-1'), false)
    const record = await records.session(other.id)
    assert.deepEqual(record && findEvent(record, 'denied').reviews, [])
  })

  test('after all this a statement that people approve runs, once', async () => {
    const { id, sql } = await held()
    const card = await stand.slack.waitFor(() => cardsOf(stand.slack, id)[0], 'card')
    const people = approveEverything(stand.slack, ['U0ONCALL1'], ({ ts }) => ts === card.ts)
    const told = await agent.outcome(id, inTime())
    await people.stop()
    assert.equal(told.status, 'succeeded', JSON.stringify(told))
    assert.equal(executions(stand, sql), 1)
  })
})
