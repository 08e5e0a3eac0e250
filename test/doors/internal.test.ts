import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { Agent, agentOf, firstGateway } from './agent.ts'
import { BotRequests, type Forgery } from './bot-request.ts'

/** What comes of asking in everybody's name: operations, and whether this person may see session `own` and `other`. */
describe('the internal paths', { timeout: 300_000 }, () => {
  let stand: Stand
  let bot: BotRequests
  let agentToken: string
  let own: string
  let other: string
  let held: string
  before(async () => {
    stand = await startStand({ bots: 0, sizes: { customers: 50, orders: 500 } })
    bot = new BotRequests(stand, firstGateway(stand))
    const agent = await agentOf(stand)
    agentToken = agent.token
    const submit = async (who: Agent, sql: string) => (await who.submit({ connection: 'shop', sql })).body.request_id
    const token = await stand.issuer.tokenFor('release-bot', { claims: { owner: 'reader-1' } })
    own = await submit(
      new Agent(token, firstGateway(stand).url),
      'select id, email from customers order by id limit 25',
    )
    other = await submit(agent, 'select count(*) as n from orders')
    held = await submit(agent, "delete from orders where status = 'test'")
  })
  after(() => stand.stop())
  const idsOf = async (person: string, body: object) =>
    ((await bot.ask(person, 'find', { limit: 50, ...body })).body.sessions as { id: string }[]).map(({ id }) => id)

  const forgeries: Readonly<Record<string, Forgery>> = {
    'another key': { key: generateKeyPairSync('ed25519').privateKey },
    'the type of a review': { typ: 'querywarden-review+jws' },
    'another gateway': { audience: 'http://127.0.0.1:1' },
    'another path': { path: '/internal/show' },
    'another body': { signedBody: { limit: 2 } },
    'a token of the past': { issuedIn: -60 },
    'a token of the future': { issuedIn: 60 },
    'a token that lives long': { lifeSeconds: 3_600 },
  }
  for (const [what, forged] of Object.entries(forgeries)) {
    test(`refuses ${what}`, async () => {
      const { status, body } = await bot.ask('oncall-1', 'find', { limit: 1 }, forged)
      assert.deepEqual([status, body.code], [401, 'unauthenticated'])
    })
  }

  test('takes a request once', async () => {
    const token = await bot.token('oncall-1', '/internal/find', { limit: 1 })
    const statuses = await Promise.all(
      [1, 2, 3].map(async () => (await bot.send('/internal/find', { limit: 1 }, token)).status),
    )
    assert.deepEqual(statuses.sort(), [200, 401, 401])
  })

  test('an agent’s token, and none at all, mean nothing', async () => {
    for (const bearer of ['', agentToken])
      assert.equal((await bot.send('/internal/find', { limit: 1 }, bearer)).status, 401)
  })

  test('what the bot asks in its own name is asked in nobody else’s, and the other way round', async () => {
    const account = { team: 'T0DEMO', user: 'U0READER' }
    assert.deepEqual((await bot.ask(undefined, 'links')).body, { links: [] })
    for (const [operation, body] of [
      ['links', {}],
      ['unlink', { account }],
      ['invite', { account, name: 'reader-1', workspace: 'Acme' }],
      ['told', { link: 'x' }],
    ] as const)
      assert.equal((await bot.ask('oncall-1', operation, body)).status, 401, operation)
    for (const operation of ['find', 'pending', 'home', 'pause'])
      assert.notEqual((await bot.ask(undefined, operation, operation === 'find' ? { limit: 1 } : {})).status, 200)
    assert.equal((await bot.ask('', 'links')).status, 401)
  })

  test('a person that the gateway does not know is nobody', async () => {
    assert.deepEqual((await bot.ask('oncall-9', 'find', { limit: 1 })).body.code, 'not_permitted')
  })

  test('bodies are strict', async () => {
    for (const body of [
      {},
      { limit: 0 },
      { limit: 201 },
      { limit: 1, x: 1 },
      { limit: 1, state: 'gone' },
      { limit: '1' },
    ])
      assert.equal((await bot.ask('oncall-1', 'find', body)).status, 400, JSON.stringify(body))
    assert.equal((await bot.ask('oncall-1', 'show', { id: "' OR 1=1" })).status, 400)
  })

  test('who sees all finds all, newest first', async () => {
    assert.deepEqual(await idsOf('oncall-2', {}), [held, other, own])
    assert.deepEqual(await idsOf('oncall-2', { table: 'customers' }), [own])
    assert.deepEqual(await idsOf('oncall-2', { person: 'reader-1' }), [own])
    const { body } = await bot.ask('oncall-2', 'find', { limit: 1 })
    assert.equal(body.more, true)
    assert.deepEqual(await idsOf('oncall-2', { before: held }), [other, own])
  })

  test('who has no group sees the sessions of agents they own, and nothing else exists', async () => {
    assert.deepEqual(await idsOf('reader-1', {}), [own])
    assert.deepEqual(await idsOf('reader-1', { state: 'held' }), [])
    const missing = await bot.ask('reader-1', 'show', { id: '0000-0000-0000' })
    for (const operation of ['show', 'why', 'rows']) {
      const more = operation === 'rows' ? { offset: 0 } : {}
      for (const id of [other, held]) assert.deepEqual(await bot.ask('reader-1', operation, { id, ...more }), missing)
      assert.equal((await bot.ask('reader-1', operation, { id: own, ...more })).status, 200)
    }
    assert.deepEqual((await bot.ask('reader-1', 'pending')).body, { holds: [], more: false, pauses: [] })
  })

  test('rows come as they were masked and recorded, a few at a time', async () => {
    const { body } = await bot.ask('reader-1', 'rows', { id: own, offset: 20 })
    assert.equal(body.total, 25)
    const rows = body.rows as string[][]
    assert.equal(rows.length, 5)
    for (const [, email] of rows) assert.match(email ?? '', /^.\*\*\*@\*\*\*/)
    assert.deepEqual(
      (body.columns as { masked: boolean }[]).map(({ masked }) => masked),
      [false, true],
    )
    assert.deepEqual((await bot.ask('reader-1', 'rows', { id: own, offset: 25 })).body.rows, [])
  })

  test('show has every step with its time; why has every rule with what it made of it', async () => {
    const { body } = await bot.ask('oncall-1', 'show', { id: own })
    const steps = body.steps as { title: string; at: number }[]
    assert.deepEqual(
      ['asked', 'understood', 'decided', 'credential', 'ran', 'masked', 'returned'].filter(
        title => !steps.some(step => step.title === title),
      ),
      [],
    )
    const why = (await bot.ask('oncall-1', 'why', { id: held })).body
    assert.equal(why.verdict, 'hold')
    const rules = why.rules as { name: string; takesEffect: boolean }[]
    assert.ok(rules.some(({ name, takesEffect }) => name === 'writes-need-a-person' && takesEffect))
    assert.ok(rules.some(({ takesEffect }) => !takesEffect))
  })

  test('only operators kill, and only what they see', async () => {
    const reason = 'no reason at all'
    assert.equal((await bot.ask('reader-1', 'kill', { id: own, reason })).body.code, 'not_permitted')
    assert.equal((await bot.ask('reader-1', 'kill', { id: held, reason })).body.code, 'unknown_session')
    assert.equal((await bot.ask('oncall-1', 'kill', { id: held, reason: 'x' })).status, 400)
    assert.equal((await bot.ask('oncall-1', 'kill', { id: own, reason })).body.reach, 'ended')
  })

  test('only operators pause', async () => {
    const reason = 'no reason at all'
    for (const [operation, body] of [
      ['pause', { agent: 'release-bot', reason }],
      ['resume', { agent: 'release-bot' }],
    ] as const)
      assert.equal((await bot.ask('reader-1', operation, body)).body.code, 'not_permitted')
    assert.deepEqual((await bot.ask('oncall-1', 'pending')).body.pauses, [])
  })

  test('what waits is listed with who decides', async () => {
    const [hold] = (await bot.ask('oncall-1', 'pending')).body.holds as { id: string; groups: string[] }[]
    assert.deepEqual([hold?.id, hold?.groups], [held, ['data-oncall']])
  })

  test('what waits longest comes first', async () => {
    const { body } = await (await agentOf(stand)).submit({
      connection: 'shop',
      sql: "delete from orders where status = 'b'",
    })
    for (const [operation, list] of [
      ['pending', 'holds'],
      ['home', 'waiting'],
    ] as const) {
      const holds = (await bot.ask('oncall-1', operation)).body[list] as { id: string }[]
      assert.deepEqual(
        holds.map(({ id }) => id),
        [held, body.request_id],
      )
    }
  })

  test('every look-up is on record: who, what, and how much was found, also where nothing was', async () => {
    const records = await openRecordStore(new Secret(`sqlite:${join(stand.folder, 'records.db')}`))
    try {
      const before = Date.now()
      await bot.ask('reader-1', 'show', { id: other })
      await bot.ask('reader-1', 'find', { limit: 5, text: 'customers' })
      await bot.ask('reader-1', 'rows', { id: own, offset: 0 })
      const looks = await records.accesses({ person: 'reader-1', since: before })
      assert.deepEqual(
        looks.map(({ action, session, asked, found }) => ({ action, session, asked, found })).reverse(),
        [
          { action: 'show', session: other, asked: undefined, found: 0 },
          { action: 'find', session: undefined, asked: { limit: 5, text: 'customers' }, found: 1 },
          { action: 'replay', session: own, asked: { offset: 0 }, found: 10 },
        ],
      )
    } finally {
      await records.close()
    }
  })
})
