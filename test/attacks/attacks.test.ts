import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Agent, type Answered, agentOf } from '#test/doors/agent.ts'
import { approve } from '#test/doors/reviewers.ts'
import { findLeaks } from '#test/stand/leaks.ts'
import type { Attacks, Expected } from './attack.ts'
import { type AttackedStand, startAttackedStand } from './attacked-stand.ts'
import { bigqueryEffects, snowflakeEffects } from './effects.ts'
import { bigqueryExpressions, snowflakeExpressions } from './expressions.ts'
import { bigqueryInference, snowflakeInference } from './inference.ts'
import { bigqueryObjects, snowflakeObjects } from './objects.ts'
import { bigqueryShapes, snowflakeShapes } from './shapes.ts'
import { disguises } from './summaries.ts'
import { bigqueryTexts, snowflakeTexts } from './texts.ts'

const topics: readonly Attacks[] = [
  ...[snowflakeExpressions, bigqueryExpressions, snowflakeShapes, bigqueryShapes, snowflakeInference],
  ...[bigqueryInference, snowflakeEffects, bigqueryEffects, snowflakeTexts, bigqueryTexts],
  ...[snowflakeObjects, bigqueryObjects],
]

/** Held, then approved: the columns that may be shown, or nothing where the warehouse refuses it. */
const approved: readonly (readonly [connection: string, sql: string, shown?: string])[] = [
  ['shop', "select id, email, phone x from customers where email like 'c%'", 'ID ~EMAIL ~X'],
  ['shop', 'select * from (select id, email, phone from customers) unpivot(v for k in (email, phone))', 'ID'],
  ['shop', 'select * from (select 1 n, email x, email e2, id from customers) pivot(max(e2) for n in (1))', 'ID ~X'],
  ['shop', "select to_number(email) from customers where email > ''"],
  ['lake', 'select email x, upper(phone) y from shop.customers order by email', '~x'],
  ['lake', "select * from (select id, email from shop.customers) pivot(max(id) for email in ('a', 'b'))", ''],
]

describe('attacks of an agent with a valid token', { timeout: 300_000 }, () => {
  let attacked: AttackedStand
  let agent: Agent
  before(async () => {
    attacked = await startAttackedStand()
    agent = await agentOf(attacked.stand)
  })
  after(() => attacked.stand.stop())

  for (const { topic, connection, attacks } of topics) {
    describe(`${topic} (${connection})`, () => {
      for (const attack of attacks) {
        const [title, sql, expected, shown = '', context] = attack
        const statement = { connection, sql, ...context }
        test(title, async () => {
          const answered = await agent.submit(statement)
          for (const value of attacked.raw) assert.ok(!answered.text.includes(value), 'a raw value is in the answer')
          assert.equal(whatBecame(answered), expected === 'traced' ? 'failed' : expected, answered.text.slice(0, 1_500))
          if (expected === 'masked') checkCells(shown, answered)
          if (expected === 'traced') checkSources(shown, await agent.ask('/v1/explain', { body: statement }))
        })
      }
    })
  }

  describe('what the summary must not hide', () => {
    for (const [title, connection, sql, says] of disguises) {
      test(title, async () => {
        const { body } = await agent.ask('/v1/explain', { body: { connection, sql } })
        assert.match(String(body.summary), says)
      })
    }
  })

  test('what people approve leaves masked, and an error without its values', async () => {
    await attacked.stand.startBot()
    for (const [connection, sql, cells] of approved) {
      const { body } = await agent.submit({ connection, sql })
      await approve(attacked.stand, body.request_id)
      const answered = await agent.look(body.request_id)
      for (const value of attacked.raw) assert.ok(!answered.text.includes(value), 'a raw value is in the answer')
      assert.equal(whatBecame(answered), cells === undefined ? 'failed' : 'masked', answered.text.slice(0, 1_500))
      if (cells !== undefined) checkCells(cells, answered)
    }
  })

  test('nothing of it was written anywhere', async () => {
    const { looked, found } = await findLeaks(attacked.stand, '')
    assert.ok(looked > 5)
    assert.deepEqual(found, [])
  })
})

function whatBecame({ status, body, text }: Answered): Expected | string {
  if (status === 200) return 'masked'
  if (status === 202 || body.code === 'syntax_error') return 'held'
  if (status === 403 || status === 400) return 'refused'
  const withheld = body.code === 'warehouse_error' && text.includes('withheld')
  return withheld || body.code === 'result_shape' ? 'failed' : `${status} ${text.slice(0, 300)}`
}

/** Shapes that a partial mask leaves. A date keeps its year, a hash and a format nothing that can be read. */
const partial = /^(.\*\*\*@\*\*\*\.example|\*\*\*\d\d|\d{4}-01-01|h_[0-9a-f]{24}|[A-Z][a-z]+)$/

function checkCells(shown: string, { body }: Answered): void {
  const columns = body.columns as readonly { readonly name: string }[]
  const names = new Set(shown.split(' '))
  for (const row of body.rows as readonly (readonly unknown[])[]) {
    row.forEach((cell, at) => {
      const name = columns[at]?.name ?? ''
      if (names.has(name) || cell === null || cell === '[masked]') return
      const allowed = names.has(`~${name}`) && partial.test(String(cell))
      assert.ok(allowed, `column ${name} shows ${JSON.stringify(cell)}`)
    })
  }
}

function checkSources(shown: string, { body }: Answered): void {
  const columns = body.columns as readonly { readonly name: string; readonly sources: readonly string[] }[] | null
  const names = new Set(shown.split(' '))
  for (const { name, sources } of columns ?? []) {
    const traced = sources.some(source => /\.customers\./i.test(source))
    assert.ok(traced || names.has(name), `column ${name} is said to come from ${sources.join(', ')}`)
  }
}
