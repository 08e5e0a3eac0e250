import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { batchModal } from '#bot/batch-modal.ts'
import { renderCard } from '#bot/card.ts'
import { contextModal, denyModal, suggestModal } from '#bot/modals.ts'
import { viewSeal } from '#bot/view-seal.ts'
import { withoutLiterals } from '#src/classify/without-literals.ts'
import { Secret } from '#src/config/secret.ts'
import { type HoldState, holdStates } from '#src/hold/hold.ts'
import { quorums } from '#src/hold/review.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { Visitor } from '#test/console/visitor.ts'
import { Agent } from '#test/journey/agent.ts'
import { grantingPolicy } from '#test/journey/granting.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { reviewKey, sampleHold, sampleReview } from './sample-hold.ts'
import { header, shownText } from './world.ts'

const secret = /hunter|4711|ssn-?1/i
const room = 'C0APPROVALS'

test('strings, numbers and comments go; what could be read in two ways is not shown at all', () => {
  const sql = "select 'ssn-1', 4711.5 from t where a = 'it''s hunter2' -- hunter2\nand b in (4711, x'4711')"
  assert.equal(
    withoutLiterals(sql, 'snowflake'),
    'select ?, ?\nfrom t\nwhere a = ? and b in (?, x?)'.replace('x?', withoutLiterals("x'4711'", 'snowflake') ?? ''),
  )
  assert.equal(withoutLiterals('select "hunter2", r\'ssn-1\' from `a.b`', 'bigquery')?.match(secret), null)
  assert.equal(withoutLiterals('select $$hunter2$$ as n', 'snowflake')?.match(secret), null)
  assert.equal(withoutLiterals("select 'hunter2' 'x'", 'snowflake'), undefined)
  assert.equal(withoutLiterals('select $1 from @s/hunter2/ssn-1.csv', 'snowflake'), 'select $1\nfrom @s/…')
})

for (const state of holdStates)
  test(`${state}: card and modals hold none of the values`, () => {
    const hold = sampleHold({
      statement: {
        sql: "delete from t where ssn = 'ssn-1' and n = 4711 -- hunter2",
        binds: ['hunter2'],
        parameters: { p: 'hunter2' },
        transaction: {
          ...{ id: 't', openedAt: 0, count: 1 },
          latest: [{ id: '7F3K-9Q2M-X4TB', summary: "deletes where ssn = 'ssn-1'", became: 'completed' }],
        },
      },
      terms: {
        grantable: {
          ...{ seconds: 3_600, uses: 5, places: 1, scope: 'a' },
          shape: "delete from t where f('ssn-1') = ?",
        },
      },
      classification: {
        writes: ['S3://BUCKET/HUNTER2/', '@EXPORT/SSN-1.CSV', 'SHOP.PUBLIC.ORDERS'],
        filters: ['@EXPORT/SSN-1.CSV.$1'],
        summary: "deletes where ssn = 'ssn-1'",
        understood: false,
        cause: "unexpected 'hunter2'",
        outputs: [
          { name: "'SSN-1'", sources: ['@EXPORT/SSN-1.CSV.$1'], indirect: [] } as never,
          { name: '4711', sources: [], indirect: [] } as never,
        ],
      },
      decision: {
        hidesLiterals: true,
        reasons: [{ code: 'not_understood', because: "The statement is not fully understood: unexpected 'hunter2'" }],
        releasers: ['oncall-1@acme.example'],
      },
      hold: {
        state,
        outcome: {
          error: 'warehouse_error',
          message: "'ssn-1' is not a number",
          wayBack: "insert into t select * from t where ssn = 'ssn-1'",
        },
      },
    })
    const [person] = [{ id: 'oncall-1@acme.example', name: 'oncall-1', groups: ['data-oncall'] }]
    const reviews =
      state === 'pending'
        ? []
        : [sampleReview(hold, { verdict: 'deny', reason: 'not so', suggestedSql: "select 'ssn-1'" })]
    const counted = reviews.map(review => ({ ...review, person }))
    const facts = {
      reviews,
      quorum: quorums(hold.terms, counted),
      nameOf: (id: string) => id,
      postedAt: 0,
      awaited: true,
    }
    const card = renderCard(hold, facts)
    const entries = [{ hold, quorum: facts.quorum }]
    const batch = batchModal({ entries, more: 0 }, { channel: room, user: 'U1', seal: viewSeal(reviewKey) })
    const modals = [contextModal(hold, room), denyModal(hold, room), suggestModal(hold, room), batch]
    for (const shown of [card, ...modals]) {
      assert.doesNotMatch(JSON.stringify(shown), /hunter|'?ssn-1|"4711"|= 4711/i)
      // Whoever knows the rest of the statement could try values until it matches.
      assert.doesNotMatch(
        shownText([shown]),
        new RegExp(`${hold.terms.digest.slice(0, 4)}|${hold.terms.digest.slice(-4)}`),
      )
    }
    assert.match(header({ blocks: card.blocks } as never), /s3:\/\/… \+2$/i)
    assert.match(shownText(card.blocks), /delete\s+from t\s+where ssn = \? and n = \?/)
    assert.equal(JSON.stringify(card).includes('hold_read'), state === ('pending' satisfies HoldState))
    assert.doesNotMatch(JSON.stringify(card), /"hold_approve"/)
  })

describe('where the policy keeps values out of the channel', { timeout: 300_000 }, () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    const policy = `card: { literals: redacted }\n${grantingPolicy}`
    stand = await startStand({ policy, sizes: { customers: 50, orders: 500 } })
    agent = new Agent(stand)
  })
  after(() => stand.stop())

  const cardOf = (id: string, word: string) =>
    stand.slack.waitForMessage(message => header(message).startsWith(word) && shownText(message.blocks).includes(id))
  async function told(user: string, words: RegExp, act: () => Promise<unknown>) {
    const seen = new Set(stand.slack.ephemerals(user).map(({ ts }) => ts))
    await act()
    return stand.slack.waitForEphemeral(user, ({ ts, text }) => !seen.has(ts) && words.test(text))
  }
  async function readers(id: string): Promise<string[]> {
    const records = await openRecordStore(new Secret(`sqlite:${join(stand.folder, 'records.db')}`))
    try {
      const all = await records.accesses({})
      return all.filter(({ action, session }) => action === 'read' && session === id).map(({ person }) => person)
    } finally {
      await records.close()
    }
  }
  const overlong = `delete from orders where status in (${Array.from({ length: 300 }, (_, at) => `'ssn-1-${at}'`).join(', ')})`

  test('reviewers read all of it on record, and approve there', async () => {
    const { request_id: id } = await agent.ask("delete from orders where status = 'hunter2' and id = 4711 -- ssn-1")
    const card = await cardOf(id, 'Approval needed')
    assert.match(shownText(card.blocks), /delete\s+from orders\s+where status = \? and id = \?/)
    await told('U0READER', /not in the group/, () => stand.slack.click('U0READER', room, card.ts, 'hold_read'))
    assert.equal(stand.slack.view('U0READER'), undefined)
    assert.deepEqual(await readers(id), [])
    await stand.slack.click('U0ONCALL1', room, card.ts, 'hold_read')
    const view = await stand.slack.waitForView('U0ONCALL1')
    assert.match(shownText(view.payload.blocks), /status = 'hunter2' and id = 4711 -- ssn-1/)
    assert.deepEqual(await readers(id), ['oncall-1'])
    await stand.slack.submit('U0ONCALL1', view.id)
    await cardOf(id, 'Done')
    assert.equal((await agent.look(id)).status, 'succeeded')
  })

  test('what the warehouse answers, long statements, suggestions and files hold none either', async () => {
    const { request_id: long } = await agent.ask(overlong)
    const card = await cardOf(long, 'Approval needed')
    await stand.slack.click('U0ONCALL1', room, card.ts, 'hold_suggest')
    const view = await stand.slack.waitForView('U0ONCALL1')
    await stand.slack.submit('U0ONCALL1', view.id, { words: 'a view has it', sql: "select 'hunter2'" })
    assert.match(shownText((await cardOf(long, 'Denied')).blocks), /Suggested instead.*select \?/s)
    assert.equal((await agent.look(long)).suggested_sql, "select 'hunter2'")
    const { request_id: failing } = await agent.ask("update orders set id = 'hunter2' where id = 1")
    const other = await cardOf(failing, 'Approval needed')
    await stand.slack.click('U0ONCALL1', room, other.ts, 'hold_read')
    await stand.slack.submit('U0ONCALL1', (await stand.slack.waitForView('U0ONCALL1')).id)
    await cardOf(failing, 'Failed')
    await told('U0ONCALL1', /sessions/, () => stand.slack.command('U0ONCALL1', room, '/qw find since:1h'))
    const found = stand.slack.ephemerals('U0ONCALL1').findLast(({ text }) => /sessions/.test(text))
    await stand.slack.click('U0ONCALL1', room, found?.ts ?? '', 'find_csv')
    const file = await stand.slack.waitFor(
      () => [...stand.slack.state.files.values()].find(({ name }) => name === 'sessions.csv'),
      'file',
    )
    assert.doesNotMatch(file.content.toString(), secret)
    const messages = stand.slack.state.messages.filter(({ ephemeralTo }) => !ephemeralTo)
    for (const { text, blocks, history } of messages)
      assert.doesNotMatch(JSON.stringify([text, blocks, history]), /hunter|ssn-1|[^\w…]4711[^\w…]/i)
    assert.deepEqual(
      [...stand.slack.state.files.values()].map(({ name }) => name),
      ['sessions.csv'],
    )
  })

  test('a modal of several shows none, nor does the list of grants', async () => {
    const both = [4711, 4712].map(async n => {
      const { request_id: id } = await agent.ask(`delete from orders where lower(status) = 'hunter2' and id = ${n}`)
      return id
    })
    const [one = '', other = ''] = await Promise.all(both)
    const card = await cardOf(one, 'Approval needed')
    await stand.slack.waitFor(() => JSON.stringify(card.blocks).includes('hold_batch'), 'a button for several')
    await stand.slack.click('U0ONCALL1', room, card.ts, 'hold_batch')
    const several = await stand.slack.waitForView('U0ONCALL1', view =>
      /waits with 2/.test(shownText(view.payload.blocks)),
    )
    assert.doesNotMatch(JSON.stringify(several.payload), secret)
    assert.deepEqual(await readers(one), [])
    await stand.slack.closeView('U0ONCALL1', several.id)
    await stand.slack.click('U0ONCALL1', room, card.ts, 'hold_grant')
    const view = await stand.slack.waitForView('U0ONCALL1', ({ payload }) =>
      /its shape/.test(JSON.stringify(payload.title)),
    )
    assert.match(shownText(view.payload.blocks), /lower\(status\) = 'hunter2' and id = \?/)
    assert.deepEqual(await readers(one), ['oncall-1'])
    await stand.slack.submit('U0ONCALL1', view.id, { seconds: '300', uses: '1' })
    await cardOf(one, 'Done')
    await told('U0ONCALL1', /in force/, () => stand.slack.command('U0ONCALL1', room, '/qw grants'))
    const list = stand.slack.ephemerals('U0ONCALL1').findLast(({ text }) => /in force/.test(text))
    assert.match(shownText(list?.blocks), /lower\(status\) = \? and id = \?/)
    for (const words of ['pending', `kill ${other} runs away`])
      await told('U0ONCALL1', /./, () => stand.slack.command('U0ONCALL1', room, `/qw ${words}`))
    for (const { text, blocks } of stand.slack.ephemerals('U0ONCALL1').slice(-2))
      assert.doesNotMatch(JSON.stringify([text, blocks]), /hunter/, text)
  })

  test('the console lists none, and who reads one there is on record first', async () => {
    const { request_id: id } = await agent.ask("delete from orders where status = 'hunter4'")
    const visitor = new Visitor(stand.gateways[0]?.url ?? '', stand.issuer)
    await visitor.signIn('oncall-2')
    const page = async (path: string) => (await visitor.get(`${visitor.console}${path}`)).text()
    const list = await page('')
    assert.match(list, new RegExp(id))
    assert.doesNotMatch(list, /hunter/)
    assert.deepEqual(await readers(id), [])
    assert.match(await page(`/holds/${id}`), /hunter4/)
    assert.deepEqual(await readers(id), ['oncall-2'])
  })

  test('what cannot be put on record is not shown', async () => {
    const { request_id: id } = await agent.ask("delete from orders where status = 'hunter3'")
    const card = await cardOf(id, 'Approval needed')
    const before = stand.slack.view('U0ONCALL1')
    await stand.gateways[0]?.stop()
    await told('U0ONCALL1', /could not put on record/, () => stand.slack.click('U0ONCALL1', room, card.ts, 'hold_read'))
    assert.equal(stand.slack.view('U0ONCALL1'), before)
  })
})
