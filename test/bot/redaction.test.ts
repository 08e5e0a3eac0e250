import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { renderCard } from '#bot/card.ts'
import { contextModal, denyModal, suggestModal } from '#bot/modals.ts'
import { withoutLiterals } from '#src/classify/without-literals.ts'
import { Secret } from '#src/config/secret.ts'
import { type HoldState, holdStates } from '#src/hold/hold.ts'
import { quorums } from '#src/hold/review.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { Agent } from '#test/journey/agent.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { sampleHold, sampleReview } from './sample-hold.ts'
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
})

for (const state of holdStates)
  test(`${state}: card and modals hold none of the values`, () => {
    const hold = sampleHold({
      statement: {
        sql: "delete from t where ssn = 'ssn-1' and n = 4711 -- hunter2",
        binds: ['hunter2'],
        parameters: { p: 'hunter2' },
      },
      classification: {
        summary: "deletes where ssn = 'ssn-1'",
        understood: false,
        cause: "unexpected 'hunter2'",
        outputs: [{ name: "'SSN-1'", sources: [], indirect: [] } as never],
      },
      decision: { hidesLiterals: true },
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
    for (const shown of [card, contextModal(hold, room), denyModal(hold, room), suggestModal(hold, room)])
      assert.doesNotMatch(
        JSON.stringify(shown).replace(/sha256 \w{4}…\w{4}|"[0-9a-f]{64}"/g, ''),
        /hunter|'?ssn-1|"4711"|= 4711/i,
      )
    assert.match(shownText(card.blocks), /delete\s+from t\s+where ssn = \? and n = \?/)
    assert.equal(JSON.stringify(card).includes('hold_read'), state === ('pending' satisfies HoldState))
    assert.doesNotMatch(JSON.stringify(card), /"hold_approve"/)
  })

describe('where the policy keeps values out of the channel', { timeout: 300_000 }, () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    const policy = `card: { literals: redacted }\n${standPolicy}`
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

  test('what cannot be put on record is not shown', async () => {
    const { request_id: id } = await agent.ask("delete from orders where status = 'hunter3'")
    const card = await cardOf(id, 'Approval needed')
    const before = stand.slack.view('U0ONCALL1')
    await stand.gateways[0]?.stop()
    await told('U0ONCALL1', /could not put on record/, () => stand.slack.click('U0ONCALL1', room, card.ts, 'hold_read'))
    assert.equal(stand.slack.view('U0ONCALL1'), before)
  })
})
