import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Agent, agentOf } from '#test/doors/agent.ts'
import { approve, cardOf, deny } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { onCallEnvironment, querywarden } from './command-line.ts'

/** Clears the screen, recolours, sets the title, copies to the clipboard, a C1 introducer, and turns text around. */
const attack = '\u001b[2J\u001b[31m\u001b]0;owned\u0007\u001b]52;c;aGk=\u0007\u009b2J\u202enrut\u2066'
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

describe('querywarden sessions, check, explain', { timeout: 300_000 }, () => {
  let stand: Stand
  let agent: Agent
  let env: Record<string, string>
  let ran: string
  before(async () => {
    stand = await startStand({ sizes: { customers: 300, orders: 5_000 } })
    agent = await agentOf(stand)
    env = onCallEnvironment(stand)
    const held = await agent.submit({ connection: 'shop', sql: 'delete from orders where id = 1', purpose: 'clean up' })
    ran = held.body.request_id
    const waiting = agent.look(ran)
    await approve(stand, ran)
    assert.equal((await waiting).status, 200)
  })
  after(() => stand.stop())

  const sessions = (...args: string[]) => querywarden(['sessions', ...args], { env })

  test('find lists what there was, newest first, by any of its words', async () => {
    const read = await agent.submit({ connection: 'lake', sql: 'select email from shop.customers limit 2' })
    const { status, out, err } = await sessions('find', '--agent', 'Release bot', '--since', '1h')
    assert.equal(status, 0, err)
    assert.match(out, /2 sessions · 1 agent · 0 denied/)
    assert.ok(out.indexOf(read.body.request_id) < out.indexOf(ran))
    assert.match(out, new RegExp(`✔ .*Release bot +DELETE · demo\\.shop\\.orders +1 row +${ran}`))
    const some = await sessions('find', '--table', 'DEMO.SHOP.ORDERS', '--json')
    assert.deepEqual(
      JSON.parse(some.out).map(({ id }: { id: string }) => id),
      [ran],
    )
    assert.match((await sessions('find', '--text', 'no such words')).out, /^ {2}0 sessions/)
    for (const [state, found] of [
      ['ran', 2],
      ['completed', 2],
      ['withdrawn', 0],
    ])
      assert.match((await sessions('find', '--state', `${state}`)).out, new RegExp(`^ {2}${found} sessions`))
    const wrong = await sessions('find', '--state', 'toString')
    assert.deepEqual([wrong.status, /--state: one of ran, denied/.test(wrong.err)], [2, true])
  })

  test('a credential that Google takes until its time is over is nowhere called ended', async () => {
    assert.match((await sessions('show', ran)).out, /credential \S+ ended after/)
    const held = await agent.submit({ connection: 'lake', sql: 'delete from shop.orders where id = 11' })
    const waiting = agent.look(held.body.request_id)
    await approve(stand, held.body.request_id)
    assert.equal((await waiting).body.status, 'succeeded')
    const { blocks } = await cardOf(stand, held.body.request_id, 'Ran once')
    for (const shown of [JSON.stringify(blocks), (await sessions('show', held.body.request_id)).out]) {
      assert.match(shown, /credential .*dropped after .*, the warehouse takes it until \d\d:\d\d UTC/)
      assert.doesNotMatch(shown, /ended after/)
    }
  })

  test('what there was, and each of it, fits a narrow terminal', async () => {
    for (const args of [['find'], ['show', ran]]) {
      const { status, out } = await querywarden(['sessions', ...args], { env: { ...env, COLUMNS: '80' } })
      assert.equal(status, 0)
      assert.deepEqual(
        out.split('\n').filter(line => line.length > 80),
        [],
      )
      assert.match(out, new RegExp(ran))
    }
  })

  test('show tells the session step by step, in whatever form the id is typed', async () => {
    for (const id of [ran, ran.toLowerCase(), ran.replaceAll('-', '')]) {
      const { status, out } = await sessions('show', id)
      assert.equal(status, 0)
      const steps = [
        new RegExp(`^session ${ran} · completed · 2`, 'm'),
        /asked by Release bot for shop through rest: "clean up" \(the agent's words\)/,
        /│ delete from orders where id = 1/,
        /understood: deletes rows from DEMO\.SHOP\.ORDERS/,
        /decided: hold by rule writes-need-a-person/,
        /held for 1 of data-oncall until/,
        /approved by oncall-1/,
        /claimed by gateway/,
        /minted as AGENT_WRITER, for this statement/,
        /submitted as/,
        /completed: 1 row affected/,
      ]
      const places = steps.map(step => out.search(step))
      assert.ok(!places.includes(-1), `${out}\nlacks ${steps[places.indexOf(-1)]}`)
      assert.deepEqual(
        places,
        [...places].sort((a, b) => a - b),
      )
    }
    assert.deepEqual((await sessions('show', '7F3K-9Q2M-X4TB')).status, 1)
  })

  test('replay shows the rows as the agent saw them: masked', async () => {
    const { body } = await agent.submit({
      connection: 'shop',
      sql: 'select id, card_number from customers where id < 4',
    })
    const { status, out } = await sessions('replay', body.request_id)
    assert.equal(status, 0)
    assert.match(out, /masked: CARD_NUMBER \(payment, redact, by lineage\)/)
    assert.match(out, /page 1 of 1, 3 rows, as the agent saw them\n +ID {2}CARD_NUMBER ▒\n/)
    assert.equal(out.match(/\[masked\]/g)?.length, 3)
  })

  test('only a replay opens the folder of recordings; rows that are gone are said to be, and that the statement ran', async () => {
    const { body } = await agent.submit({ connection: 'shop', sql: 'select id from customers where id < 4' })
    const moved = join(stand.folder, 'moved.yaml')
    writeFileSync(moved, readFileSync(stand.config, 'utf8').replace(/(recordings"?: *"?)recordings/, '$1elsewhere'))
    const [found, shown] = [
      await sessions('find', '--config', moved),
      await sessions('show', body.request_id, '--config', moved),
    ]
    assert.deepEqual([found.status, shown.status], [0, 0])
    assert.equal(existsSync(join(stand.folder, 'elsewhere')), false)
    const { status, err } = await sessions('replay', body.request_id, '--config', moved)
    assert.equal(status, 1)
    assert.match(err, /^The statement ran, but its result is lost/)
    assert.equal(existsSync(join(stand.folder, 'elsewhere')), true)
  })

  test('nothing that agents or people write is obeyed by the terminal of whoever looks', async () => {
    const sql = `delete from orders where status = '${attack}'\n  and id = 2`
    const held = await agent.submit({ connection: 'shop', sql, purpose: attack })
    assert.equal(held.status, 202, held.text)
    const waiting = agent.look(held.body.request_id)
    await deny(stand, held.body.request_id, `no ${attack}`)
    await waiting
    const aliased = await agent.submit({
      connection: 'lake',
      sql: `select email as \`${attack}\` from shop.customers limit 1`,
    })
    const token = await stand.issuer.tokenFor('etl-job', { claims: { name: attack } })
    const named = await querywarden(['query', 'delete from orders where id = 3', '--connection', 'shop', '--cancel'], {
      env: { QUERYWARDEN_URL: stand.gateways[0]?.url ?? '', QUERYWARDEN_TOKEN: token },
    })
    const outputs = [
      named,
      await sessions('find'),
      await sessions('find', '--json'),
      await sessions('show', held.body.request_id),
      await sessions('show', held.body.request_id, '--json'),
      await sessions('replay', aliased.body.request_id ?? held.body.request_id),
      await querywarden([attack]),
      await querywarden(['check', join(stand.folder, attack.replaceAll(/\W/g, ''))]),
    ]
    for (const { out, err } of outputs) {
      assert.doesNotMatch(out, obeyed)
      assert.doesNotMatch(err, obeyed)
    }
    const shown = outputs[3]?.out ?? ''
    assert.match(shown, /│ delete from orders where status = /)
    const record = JSON.parse(outputs[4]?.out ?? '')
    assert.equal(record.events[0].statement.sql, sql, 'the record itself is exact')
  })

  test('check: every problem at once with its place, and none in a good file', async () => {
    const good = await querywarden(['check', stand.config], { env: { ...env, ...slackEnvironment } })
    assert.deepEqual([good.status, good.out], [0, `${stand.config}: no problems\n`])
    const foreign = await querywarden(['check', stand.config], { env })
    assert.equal(foreign.status, 1)
    assert.match(foreign.out, /QW_SLACK_BOT_TOKEN is not set/)
    const ofGateway = await querywarden(['check', stand.config, '--for', 'gateway'], { env })
    assert.deepEqual([ofGateway.status, ofGateway.out], [0, good.out], 'where only the gateway runs')
    const bad = join(stand.folder, 'bad.yaml')
    copyFileSync(stand.config, bad)
    const text = readFileSync(bad, 'utf8')
    writeFileSync(
      bad,
      text.replace('maxPending: 20', 'maxPending: twenty').replace('kind: bigquery', 'kind: bigqueery'),
    )
    const { status, out } = await querywarden(['check', bad], { env: { ...env, ...slackEnvironment } })
    assert.equal(status, 1)
    assert.match(out, /maxPending/)
    assert.match(out, /connections\.lake/)
  })

  test('explain --batch: one line in, one line out, in order, whatever the lines are', async () => {
    const lines = [
      {
        id: 'a',
        dialect: 'snowflake',
        sql: 'select ssn from customers',
        schema: { customers: { id: 'int', ssn: 'text' } },
      },
      { id: 'b', dialect: 'bigquery', sql: 'drop table shop.orders' },
    ]
    const input = `${lines.map(line => JSON.stringify(line)).join('\n')}\nnot json\n\n{"id":9,"dialect":"mysql","sql":"select 1"}\n${JSON.stringify({ ...lines[0], id: 7, sql: `select '${attack}' from` })}\n`
    const { status, out } = await querywarden(['explain', '--batch'], { input })
    assert.equal(status, 0)
    assert.doesNotMatch(out, obeyed)
    const answers = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.deepEqual(
      answers.map(({ id, harmless, kind }) => [id, harmless, kind]),
      [
        ['a', true, 'select'],
        ['b', false, 'drop'],
        [null, false, undefined],
        [9, false, undefined],
        [7, false, answers[4].kind],
      ],
    )
    assert.deepEqual(answers[0].outputs[0].sources, ['CUSTOMERS.SSN'])
  })
})

const slackEnvironment = { QW_SLACK_BOT_TOKEN: 'xoxb-check', QW_SLACK_APP_TOKEN: 'xapp-check' }
