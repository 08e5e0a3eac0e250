import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { onCallEnvironment, querywarden } from '#test/cli/command-line.ts'
import { everythingWritten } from '#test/stand/everything-written.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { type Agent, agentOf } from './agent.ts'

const card = '4111111111111111'
const policy = `${standPolicy}
detect:
  - { content: [card, email, secret], mask: redact }
  - { content: [phone], mask: hash }
  - { content: [iban], mask: "null" }
`

describe('values that nobody declared sensitive', { timeout: 300_000 }, () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    stand = await startStand({ bots: 0, sizes: { customers: 20, orders: 20 }, policy })
    agent = await agentOf(stand)
  })
  after(() => stand.stop())

  const texts = {
    shop: `select id, 'paid by 4111' || '111111111111, mail c1@' || 'mail.example' as note from orders order by id limit 3`,
    lake: `select id, 'paid by 4111' || '111111111111, mail c1@' || 'mail.example' as note from shop.orders order by id limit 3`,
  }
  for (const [connection, sql] of Object.entries(texts)) {
    test(`${connection}: are found, masked, counted, and never written`, async () => {
      const { status, body, text } = await agent.submit({ connection, sql })
      assert.equal(status, 200, text)
      const column = connection === 'shop' ? 'NOTE' : 'note'
      assert.deepEqual(
        (body.rows as string[][]).map(row => row[1]),
        Array(3).fill('paid by [masked], mail [masked]'),
      )
      assert.deepEqual(body.detected, [
        { column, detector: 'card', cells: 3 },
        { column, detector: 'email', cells: 3 },
      ])
      const again = await agent.look(body.request_id)
      assert.deepEqual(again.body.detected, body.detected)
      const { out } = await querywarden(['sessions', 'replay', body.request_id], { env: onCallEnvironment(stand) })
      assert.match(out, new RegExp(`found in values: ${column}: card in 3 cells, email in 3 cells`))
      const written = everythingWritten(stand.folder, /\/keys\/|\.csv/)
      assert.ok(written.some(([, content]) => content.includes('paid by [masked]')))
      assert.deepEqual(
        written.filter(([, content]) => content.includes(card)).map(([where]) => where),
        [],
      )
    })
  }

  for (const connection of ['shop', 'lake'])
    test(`${connection}: are found as people and commands write them`, async () => {
      const written = `'login --password wo' || 'rd c1 @ mail.' || 'example 4111-11111-1' || '111-111'`
      const member = `'{"phone":{"home":"20255' || '50123"}}'`
      const sql = `select id, ${written} as note, ${member} as more from shop.orders order by id limit 1`
      const { status, body, text } = await agent.submit({ connection, sql })
      assert.equal(status, 200, text)
      assert.deepEqual((body.rows as string[][])[0]?.slice(1), [
        'login --password [masked] [masked] [masked]',
        '{"phone":{"home":"[masked]"}}',
      ])
    })

  for (const [connection, packed] of [
    ['shop', `to_binary('6D61696C2063314' || '06D61696C2E6578616D706C65')`],
    ['lake', `cast('mail c1@' || 'mail.example' as bytes)`],
  ] as const)
    test(`${connection}: are found in bytes, too`, async () => {
      const { status, body, text } = await agent.submit({
        ...{ connection, sql: `select id, ${packed} as packed from shop.orders order by id limit 3` },
      })
      assert.equal(status, 200, text)
      const hidden = Buffer.from('mail [masked]').toString('hex').toUpperCase()
      assert.deepEqual(
        (body.rows as string[][]).map(row => row[1]),
        Array(3).fill(hidden),
      )
    })

  const quoted = [
    ['as in rows', "'paid by 4111' || '111111111111 '", /paid by \[masked\]/],
    ['without the hash of a guess', "'call +1-201-' || '555-0100 '", /call \[masked\]/],
    ['whole, where the value would be', "'DE89 3704 0044 0532 0130 00 '", /message is withheld, because it quotes/],
  ] as const
  for (const [how, value, expected] of quoted)
    test(`are masked in the warehouse's error texts, too: ${how}`, async () => {
      const sql = `select cast(${value} || status as integer) as n from orders`
      const { status, body, text } = await agent.submit({ connection: 'shop', sql })
      assert.equal(status, 422, text)
      assert.match(String(body.message), expected)
      assert.doesNotMatch(text, /3704|201|4111/)
    })
})
