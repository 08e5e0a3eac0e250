import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { ReviewVerdict } from '#src/hold/review.ts'
import type { SessionId } from '#src/statement.ts'
import { header, isCardOf, shownText } from '#test/bot/world.ts'
import { BotRequests } from '#test/doors/bot-request.ts'
import { approvalOf } from './forge.ts'
import { openHeldStatements } from './held-statements.ts'
import { until } from './until.ts'

const { stand, gateway, agent, records, forger, bot, inTime, held, assertEnds, assertNeverClaimed, close } =
  await openHeldStatements()
after(close)

describe('what has ended stays so', () => {
  const ended: Record<string, (id: string) => Promise<unknown>> = {
    cancelled: id => agent.ask(`/v1/queries/${id}`, { method: 'DELETE' }),
    denied: async id => {
      const hold = forger.hold(id)
      const words = await bot.sign(approvalOf(hold.terms, 'oncall-2', { verdict: 'deny', reason: 'not on a Friday' }))
      forger.write(id, { ...hold, state: 'denied', reviews: [words] })
    },
    expired: async () => undefined,
  }
  for (const [state, end] of Object.entries(ended)) {
    for (const verdict of ['approve', 'release'] as const)
      test(`${state}, and put back with a genuine ${verdict}: goes back to ${state}`, () =>
        putBack(state, end, verdict))
  }

  async function putBack(state: string, end: (id: string) => Promise<unknown>, verdict: ReviewVerdict): Promise<void> {
    const { id, sql } = await held(state === 'expired' ? 'customers' : 'orders')
    const given = { verdict, reason: 'payments stand still' }
    const approval = await bot.sign(approvalOf(forger.hold(id).terms, 'oncall-2', given))
    await end(id)
    const told = await agent.outcome(id, inTime())
    assert.equal(told.status, state)
    forger.write(id, { ...forger.hold(id), state: 'approved', reviews: [approval] })
    await until(() => forger.hold(id).state === state, `hold that is ${state} again`)
    await assertNeverClaimed(id, sql)
    assert.equal((await records.session(id))?.state, state)
  }

  test('a denial that reached the record and not the hold store stands on the card, by whom and why', async () => {
    const { id, sql } = await held()
    const { terms } = forger.hold(id)
    const review = await bot.sign(approvalOf(terms, 'oncall-2', { verdict: 'deny', reason: 'not on a Friday' }))
    const { status } = await new BotRequests(stand, gateway).ask(undefined, 'denied', { id, review })
    assert.equal(status, 200)
    await assertEnds(id, sql, 'review_denied')
    const card = await stand.slack.waitForMessage(
      message => isCardOf(message, { id }) && header(message).startsWith('Denied'),
    )
    assert.match(shownText(card.blocks), /Denied by\s+oncall-2.*“not on a Friday”.*It did not run/s)
  })

  /** A process that stands still inside a transaction of SQLite would lock the test out. */
  function pausedOutsideTransaction(): boolean {
    gateway.child.kill('SIGSTOP')
    if (forger.mayWrite()) return true
    gateway.child.kill('SIGCONT')
    return false
  }

  test('approved in time while no gateway runs, and expired before one does', async () => {
    const { id, sql } = await held('customers')
    await until(pausedOutsideTransaction, 'gateway that stands still')
    const hold = forger.hold(id)
    forger.write(id, { ...hold, state: 'approved', reviews: [await bot.sign(approvalOf(hold.terms, 'oncall-1'))] })
    await until(() => Date.now() > hold.terms.expiresAt, 'expiry')
    gateway.child.kill('SIGCONT')
    await assertEnds(id, sql, 'hold_expired')
  })
})

describe('what changed during the hold counts at the claim', () => {
  /** Writes a file the gateway watches, waits until it took it, and puts the old text back at the end. */
  async function meanwhile(file: string, changed: (text: string) => string, work: () => Promise<void>): Promise<void> {
    const path = join(stand.folder, file)
    const before = readFileSync(path, 'utf8')
    const write = async (text: string) => {
      const reloads = () => gateway.log().split(' reloaded').length
      const known = reloads()
      writeFileSync(path, text)
      await until(() => reloads() > known, `reload of ${file}`)
    }
    assert.notEqual(changed(before), before)
    await write(changed(before))
    try {
      await work()
    } finally {
      await write(before)
    }
  }

  async function approve(id: string): Promise<void> {
    const hold = forger.hold(id)
    forger.write(id, { ...hold, state: 'approved', reviews: [await bot.sign(approvalOf(hold.terms, 'oncall-1'))] })
  }

  const stricter: Record<string, (text: string) => string> = {
    'is denied': text =>
      text.replace(
        'rules:\n',
        'rules:\n  - { name: no-writes, when: statement.writes.size() > 0, then: deny, because: Frozen. }\n',
      ),
    'needs more people': text =>
      text.replace(
        /(because: Somebody looks at every write\.\n {4}approvers: \{ group: data-oncall, people: )1/,
        '$12',
      ),
    'needs other people': text =>
      text.replace(/(because: Somebody looks at every write\.\n {4}approvers: \{ group: )data-oncall/, '$1privacy'),
    'runs in another role': text => text.replace(/as: AGENT_WRITER(\n {4}because: Somebody)/, 'as: AGENT_READER$1'),
  }
  for (const [what, change] of Object.entries(stricter)) {
    test(`a policy by which it now ${what} ends the approval`, async () => {
      const { id, sql } = await held()
      await meanwhile('policy.yaml', change, async () => {
        await approve(id)
        const told = await assertEnds(id, sql, 'denied')
        assert.match(String(told.body.message), /policy changed/)
      })
    })
  }

  test('a policy by which approvals count for less long ends one that was given before', async () => {
    const { id, sql } = await held()
    const { createdAt } = forger.hold(id).terms
    const shorter = (text: string) =>
      text.replace('because: Somebody looks at every write.', '$&\n    approval_expires: 1s')
    await meanwhile('policy.yaml', shorter, async () => {
      await until(() => Date.now() > createdAt + 1_500, 'second after which it counts no more')
      await approve(id)
      await assertEnds(id, sql, 'denied')
    })
  })

  test('what became sensitive is decided again: a filter by it ends the approval, and what does not use it runs', async t => {
    const submit = (key: string, sql: string) => agent.submit({ connection: 'lake', key, sql }, inTime()).then(String)
    const filter = "UPDATE shop.orders SET amount = 1 WHERE status = 'x'"
    const filtering = await submit('filtering', filter)
    const other = await submit('not-filtering', 'INSERT INTO shop.orders (id) VALUES (900001)')
    const table = 'acme-lake.shop.orders'
    const taint = { connection: 'lake', table, column: `${table}.status`, class: 'payment', mask: 'redact' } as const
    await records.taint([{ ...taint, session: 'AAAA-AAAA-AAAA' as SessionId, at: Date.now() }])
    t.after(() =>
      records.clearTaints({ connections: ['lake'], table, by: 'oncall-1', reason: 'a test', at: Date.now() }),
    )
    await approve(filtering)
    const told = await assertEnds(filtering, filter, 'denied')
    assert.match(String(told.body.message), /written from sensitive columns.*never-by-card/)
    await approve(other)
    const ran = await agent.outcome(other, inTime())
    assert.equal(ran.status, 'succeeded', JSON.stringify(ran))
  })

  for (const [what, change] of Object.entries({
    'who may not release any more': (text: string) => text.replace('[oncall-2, release-owner]', '[oncall-1]'),
    'that the rule forbids by now': (text: string) =>
      text.replace('because: Somebody looks at every write.', '$&\n    break_glass: false'),
  })) {
    test(`a release of somebody ${what} does not count`, async () => {
      const { id, sql } = await held()
      await meanwhile('policy.yaml', change, async () => {
        const hold = forger.hold(id)
        const given = { verdict: 'release', reason: 'payments stand still' } as const
        const reviews = [await bot.sign(approvalOf(hold.terms, 'oncall-2', given))]
        forger.write(id, { ...hold, state: 'approved', reviews })
        await assertEnds(id, sql, 'denied')
      })
    })
  }

  test('an approver who left the group no longer counts', async () => {
    const { id, sql } = await held()
    const leave = (text: string) => text.replace(/- data-oncall\n +- privacy/, '- privacy')
    await meanwhile('querywarden.yaml', leave, async () => {
      await approve(id)
      await assertEnds(id, sql, 'integrity')
    })
  })
})
