import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { agentEnvironment, onCallEnvironment, querywarden } from '#test/cli/command-line.ts'
import { type SensitiveValues, sensitiveValues } from '#test/fakes/dataset.ts'
import { everythingWritten, type Written } from '#test/stand/everything-written.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { type Agent, agentOf, firstGateway } from './agent.ts'
import { approve, cardOf, deny } from './reviewers.ts'

const customers = { shop: 'customers', lake: 'shop.customers' } as const
const orders = { shop: 'orders', lake: 'shop.orders' } as const
type Warehouse = keyof typeof customers

const reads: Readonly<Record<Warehouse, readonly string[]>> = {
  shop: [
    'select * from customers',
    'select email, phone, card_number, date_of_birth from customers order by id',
    "select upper(email) as a, substr(card_number, 1, 15) as b, 'x' || phone as c from customers",
    'select max(email) as m, count(distinct phone) as n from customers',
    'select listagg(email) as everything from customers',
    'with c as (select email as e from customers) select e as harmless_name from c union all select phone from customers',
    'select case when id > 5 then email else phone end as either from customers',
    'select object_construct(*) as o from customers limit 20',
    'select cast(email as integer) as n from customers',
    'select to_date(phone) as d from customers',
    'select cast(card_number as date) as d from customers where id < 20',
  ],
  lake: [
    'select * from shop.customers',
    'select email, phone, card_number, date_of_birth from shop.customers order by id',
    "select upper(email) as a, substr(card_number, 1, 15) as b, concat('x', phone) as c from shop.customers",
    'select max(email) as m, count(distinct phone) as n from shop.customers',
    "select string_agg(email, ',') as everything from shop.customers",
    'with c as (select email as e from shop.customers) select e as harmless_name from c union all select phone from shop.customers',
    'select if(id > 5, email, phone) as either from shop.customers',
    'select array_agg(email) as all_of_them from shop.customers',
    'select cast(email as int64) as n from shop.customers',
    'select date(phone) as d from shop.customers',
    'select error(email) as e from shop.customers',
  ],
}

describe('what leaves', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-leaks-'))
  let stand: Stand
  let agent: Agent
  let values: SensitiveValues
  const heard: Written[] = []
  const secrets: string[] = []
  before(async () => {
    const env = { QUERYWARDEN_LOG_LEVEL: 'trace' }
    stand = await startStand({ folder, sizes: { customers: 300, orders: 5_000 }, env })
    agent = await agentOf(stand)
    values = await sensitiveValues(stand.snowflake.database.admin, 300, { catalog: 'DEMO', schema: 'SHOP' })
    assert.equal(values.email.length, 300)
  })
  after(() => rmSync(folder, { recursive: true }))

  const seeSlack = (what: string) => {
    const { messages, views } = stand.slack.state
    heard.push([`Slack, ${what}`, JSON.stringify([messages, [...views.values()]])])
  }

  for (const connection of ['shop', 'lake'] as const) {
    test(`${connection}: reads of everything sensitive, plain, derived, and in errors that quote it`, async () => {
      const statuses: number[] = []
      for (const sql of reads[connection]) {
        const { status, body } = await agent.submit({ connection, sql, max_rows: 10_000 })
        statuses.push(status)
        if (status !== 202) continue
        const waiting = agent.look(body.request_id)
        await approve(stand, body.request_id)
        statuses.push((await waiting).status)
      }
      assert.ok(statuses.filter(status => status === 200).length >= 6, statuses.join())
      assert.ok(statuses.includes(422), `no error that quotes a value: ${statuses.join()}`)
    })

    test(`${connection}: held, shown whole, approved, denied, and failing while they write`, async () => {
      const waits = [
        `select id, email from ${customers[connection]} where email like 'c00000%'`,
        `insert into ${orders[connection]} (id) select cast(email as ${connection === 'shop' ? 'integer' : 'int64'}) from ${customers[connection]}`,
        `delete from ${orders[connection]} where status = 'test'`,
      ]
      for (const sql of waits) {
        const held = await agent.submit({ connection, sql, purpose: 'audit' })
        assert.equal(held.status, 202, held.text)
        const card = await cardOf(stand, held.body.request_id, 'hold_context')
        await stand.slack.click('U0ONCALL2', card.channel, card.ts, 'hold_context')
        const view = await stand.slack.waitForView('U0ONCALL2')
        seeSlack('whole context')
        await stand.slack.closeView('U0ONCALL2', view.id)
        const waiting = agent.look(held.body.request_id)
        await approve(stand, held.body.request_id)
        assert.ok([200, 422].includes((await waiting).status))
      }
      const sql = `update ${orders[connection]} set status = 'x' where id = 9`
      const held = await agent.submit({ connection, sql })
      const waiting = agent.look(held.body.request_id)
      await deny(stand, held.body.request_id, 'not this one')
      assert.equal((await waiting).body.code, 'review_denied')
    })
  }

  test('the other doors: MCP, the command line, replays', async () => {
    const client = new Client({ name: 'agent', version: '1' }, { versionNegotiation: { mode: 'auto' } })
    const transport = new StreamableHTTPClientTransport(new URL(`${firstGateway(stand).url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${agent.token}` } },
    })
    await client.connect(transport)
    for (const connection of ['shop', 'lake'] as const) {
      for (const sql of [reads[connection][1], reads[connection][8]]) {
        const asked = { sql, connection, purpose: 'look', max_rows: 1_000, wait_seconds: 0 }
        heard.push([`MCP ${sql}`, JSON.stringify(await client.callTool({ name: 'execute_sql', arguments: asked }))])
        const explained = await client.callTool({ name: 'explain_sql', arguments: { sql, connection } })
        heard.push([`MCP explain ${sql}`, JSON.stringify(explained)])
      }
    }
    await client.close()
    const env = await agentEnvironment(stand)
    secrets.push(env.QUERYWARDEN_TOKEN ?? '')
    const commands = [
      ['query', 'select * from customers', '--connection', 'shop'],
      ['query', 'select * from shop.customers', '--connection', 'lake', '--json'],
      ['sessions', 'find', '--json', '--limit', '1000'],
    ]
    for (const args of commands) {
      const { out, err } = await querywarden(args, { env: { ...env, ...onCallEnvironment(stand) } })
      heard.push([args.join(' '), out + err])
    }
    const [, found] = heard.find(([where]) => where.startsWith('sessions find')) ?? ['', '[]']
    const ids = (JSON.parse(found) as { id: string }[]).map(({ id }) => id)
    assert.ok(ids.length > 25)
    for (const id of ids.slice(0, 12)) {
      const { out } = await querywarden(['sessions', 'replay', id], { env: onCallEnvironment(stand) })
      heard.push([`replay ${id}`, out])
    }
  })

  test('no raw value and no secret: not in an answer, a card, a log, a recording or a database', async () => {
    seeSlack('at the end')
    const { slack, google, issuer } = stand
    const agents = Object.values(issuer.agents)
    secrets.push(agent.token, slack.botToken, slack.appToken, ...agents.map(({ secret }) => secret))
    secrets.push(...google.mints.map(({ token }) => token))
    assert.ok(google.mints.length > 4)
    for (const name of readdirSync(join(folder, 'keys'))) {
      if (!name.endsWith('.pub')) secrets.push(...keyLines(readFileSync(join(folder, 'keys', name), 'utf8')))
    }
    await stand.stop()
    heard.push(...agent.heard.map((text, at): Written => [`answer ${at}`, text]))
    heard.push(...everythingWritten(folder, /\/keys\//))

    // The search sees what it is to search: masked values in answers and recordings, statements in the databases.
    for (const [where, sign] of [
      ['.zst (unpacked)', 'c***@***.example'],
      ['records.db (rows)', 'reads EMAIL'],
      ['holds.db (rows)', 'hold'],
      ['gateway-1.log', 'listening'],
      ['Slack, whole context', 'Judged as'],
      ['answer ', 'c***@***.example'],
    ] as const) {
      assert.ok(
        heard.some(([at, text]) => at.includes(where) && text.includes(sign)),
        `${sign} is not in ${where}`,
      )
    }
    const { email, phone, cardNumber } = values
    assert.deepEqual(placesOf([...email, ...phone, ...cardNumber]), [], 'raw values')
    assert.deepEqual(placesOf(email.map(value => value.toUpperCase())), [], 'raw values in upper case')
    assert.deepEqual(placesOf(cardNumber.map(value => value.slice(0, 15))), [], 'beginnings of card numbers')
    assert.deepEqual(placesOf(secrets), [], 'secrets')
    assert.deepEqual(
      heard.filter(([, text]) => mintedTokens(text).length > 0).map(([where]) => where),
      [],
      'tokens',
    )
  })

  /** Where any of these stand; never the value itself. */
  function placesOf(needles: readonly string[]): string[] {
    assert.ok(needles.length > 0 && needles.every(needle => needle.length >= 10))
    return heard.flatMap(([where, text]) => {
      const found = needles.filter(needle => text.includes(needle)).length
      return found > 0 ? [`${found} in ${where}`] : []
    })
  }
})

/** The lines of a key that are the key: base64 of some length. */
function keyLines(text: string): string[] {
  return text.split('\n').filter(line => /^[\w+/=]{24,}$/.test(line))
}

/** Compact JWTs other than the bot's signed reviews, which belong into the record. */
function mintedTokens(text: string): string[] {
  const tokens = text.match(/eyJ[\w-]{10,}\.eyJ[\w-]{10,}/g) ?? []
  return tokens.filter(token => {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    return !payload.includes('"verdict"')
  })
}
