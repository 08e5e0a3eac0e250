import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createSeal } from '#gateway/authenticate/seal.ts'
import { SealedSessions } from '#gateway/authenticate/sealed-sessions.ts'
import { Secret } from '#src/config/secret.ts'

const key = new Secret('k'.repeat(48))
const principal = { issuer: 'https://issuer.example', subject: 'agent-1', name: 'Agent 1', groups: ['coding-agents'] }
const context = { connection: 'shop', schema: 'SHOP', parameters: { TIMEZONE: 'UTC' } }
const hours = (count: number) => count * 3_600_000

/** The store as anybody who may write to it sees it, and a clock that can be moved. */
function setUp(sealKey = key) {
  const store = new Map<string, string>()
  const clock = { at: Date.now(), now: () => clock.at }
  let issuers = [principal.issuer]
  const sessions = (from = sealKey) =>
    new SealedSessions({
      seal: createSeal(from, 'driver sessions'),
      issuers: () => issuers,
      clock,
      holds: {
        async keep(at, text, _seconds, { instead } = {}) {
          if (instead !== undefined && store.get(at) !== instead) return false
          store.set(at, text)
          return true
        },
        kept: async at => store.get(at),
        async forget(at) {
          store.delete(at)
        },
      },
    })
  const trustNobody = () => {
    issuers = []
  }
  return { store, clock, sessions, trustNobody }
}

describe('driver sessions', () => {
  test('any gateway with the key resumes a session, with what was set in it', async () => {
    const { sessions } = setUp()
    const { session, tokens } = await sessions().open(principal, context)
    assert.deepEqual(await sessions().resume(tokens.session), session)
    await sessions().change(session, now => ({ ...now, schema: 'OTHER' }))
    const { context: changed, principal: same } = await sessions().resume(tokens.session)
    assert.deepEqual([changed.schema, same], ['OTHER', principal])
  })

  test('changes asked for at the same time are all there, beside a renewal too', async () => {
    const { sessions } = setUp()
    const { session, tokens } = await sessions().open(principal, context)
    const set = (name: string) =>
      sessions().change(session, now => ({ ...now, parameters: { ...now.parameters, [name]: '1' } }))
    await Promise.all([set('A'), sessions().renew(tokens.master), set('B'), sessions().renew(tokens.master), set('C')])
    const { parameters } = (await sessions().resume(tokens.session)).context
    assert.deepEqual(parameters, { ...context.parameters, A: '1', B: '1', C: '1' })
  })

  test('a session that was ended is refused everywhere, and nothing brings it back', async () => {
    const { sessions } = setUp()
    const { session, tokens } = await sessions().open(principal, context)
    await sessions().end(session)
    await assert.rejects(sessions().resume(tokens.session), { code: 'session_ended' })
    await assert.rejects(sessions().renew(tokens.master), { code: 'session_ended' })
    await assert.rejects(
      sessions().change(session, () => context),
      { code: 'session_ended' },
    )
    await assert.rejects(sessions().resume(tokens.session), { code: 'session_ended' })
  })

  test('a token is to be renewed after an hour, a session can be for half a day', async () => {
    const { sessions, clock } = setUp()
    const { tokens } = await sessions().open(principal, context)
    clock.at += hours(1)
    await assert.rejects(sessions().resume(tokens.session), { code: 'session_expired' })
    let { master } = tokens
    for (const passed of [3, 3, 3]) {
      clock.at += hours(passed - 1)
      const renewed = await sessions().renew(master)
      master = renewed.tokens.master
      assert.equal((await sessions().resume(renewed.tokens.session)).principal.subject, 'agent-1')
      clock.at += hours(1)
    }
    clock.at += hours(2)
    await assert.rejects(sessions().renew(master), { code: 'session_ended' })
  })

  test('a master token is no session token, nor the other way round', async () => {
    const { sessions } = setUp()
    const { tokens } = await sessions().open(principal, context)
    await assert.rejects(sessions().resume(tokens.master), { code: 'session_ended' })
    await assert.rejects(sessions().renew(tokens.session), { code: 'session_ended' })
  })

  test('what is kept of a session is not put in place of what is to stay, whoever put it there', async () => {
    const { sessions } = setUp()
    const { session } = await sessions().open(principal, context)
    const step = (n: number) => sessions().remember(session, 'step', { n }, now => Number(now.n) >= n)
    await step(1)
    await Promise.all([step(3), step(2)])
    assert.equal((await sessions().recall(session, 'step'))?.n, 3)
    await step(2)
    assert.equal((await sessions().recall(session, 'step'))?.n, 3)
    await step(4)
    assert.equal((await sessions().recall(session, 'step'))?.n, 4)
  })

  test('a ticket opens one thing, of a session that lives, for six hours', async () => {
    const { sessions, clock } = setUp()
    const { session, tokens } = await sessions().open(principal, context)
    const ticket = await sessions().ticket(session, 'one')
    assert.equal((await sessions().admit(ticket, 'one')).id, session.id)
    await assert.rejects(sessions().admit(ticket, 'other'), { code: 'session_ended' })
    await assert.rejects(sessions().resume(ticket), { code: 'session_ended' })
    await assert.rejects(sessions().admit(tokens.session, 'one'), { code: 'session_ended' })
    clock.at += hours(6) - 1
    assert.equal((await sessions().admit(ticket, 'one')).id, session.id)
    clock.at += 1
    await assert.rejects(sessions().admit(ticket, 'one'), { code: 'session_expired' })
    const fresh = await sessions().ticket(session, 'one')
    await sessions().end(session)
    await assert.rejects(sessions().admit(fresh, 'one'), { code: 'session_ended' })
  })

  test('tokens of another key, changed ones and no tokens at all open nothing', async () => {
    const { sessions } = setUp()
    const { tokens } = await sessions().open(principal, context)
    const changed = `${tokens.session.slice(0, -4)}AAAA`
    for (const token of [changed, tokens.session.slice(0, -1), '', 'x', '....'])
      await assert.rejects(sessions().resume(token), { code: 'session_ended' })
    await assert.rejects(sessions(new Secret('l'.repeat(48))).resume(tokens.session), { code: 'session_ended' })
  })

  test('who writes to the store can end a session, but not read it or put another in its place', async () => {
    const { sessions, store } = setUp()
    const mine = await sessions().open(principal, context)
    const theirs = await sessions().open({ ...principal, subject: 'agent-2' }, context)
    const [at = '', text = ''] = [...store].find(([name]) => name.includes(theirs.session.id)) ?? []
    assert.ok(!JSON.stringify([...store]).includes('agent-2'))
    const mineAt = at.replace(theirs.session.id, mine.session.id)
    store.set(mineAt, text)
    await assert.rejects(sessions().resume(mine.tokens.session), { code: 'session_ended' })
    store.delete(at)
    await assert.rejects(sessions().resume(theirs.tokens.session), { code: 'session_ended' })
  })

  test('when its issuer is not trusted any more, neither is the session', async () => {
    const { sessions, trustNobody } = setUp()
    const { tokens } = await sessions().open(principal, context)
    trustNobody()
    await assert.rejects(sessions().resume(tokens.session), { code: 'session_ended' })
  })
})
