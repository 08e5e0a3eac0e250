import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { until } from '#test/chaos/until.ts'
import { reconfigure, type StandConfig } from '#test/stand/reconfigure.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { Agent, approve } from './agent.ts'

const read = 'select count(*) from shop.orders'
const write = "update shop.orders set status = 'paid' where id ="
const strict = standPolicy.replace(
  'rules:',
  'rules:\n  - { name: nothing, when: "true", then: deny, because: Not today. }\n',
)

describe('a configuration that changes while statements wait', () => {
  let stand: Stand
  let agent: Agent
  let policy: string
  before(async () => {
    stand = await startStand()
    agent = new Agent(stand)
    policy = join(stand.folder, 'policy.yaml')
  })
  after(() => stand.stop())

  test('a policy that becomes stricter applies without a restart, and a hold survives it', async () => {
    const held = await agent.ask("delete from shop.orders where status = 'test' and id < 300")
    assert.equal(held.status, 'pending_approval')
    assert.equal((await agent.ask(read)).status, 'succeeded')
    const stricter = `${standPolicy}\n  - name: nothing-more\n    when: statement.kind == "select"\n    then: deny\n    because: Not today.\n`
    writeFileSync(policy, stricter)
    await until(async () => (await agent.ask(read)).rule === 'nothing-more', 'the new policy')
    await approve(stand, held.request_id)
    const done = await until(async () => {
      const answer = await agent.look(held.request_id, 5)
      return answer.status !== 'pending_approval' && answer.status !== 'running' && answer
    }, 'the hold runs')
    assert.equal(done.status, 'succeeded')
  })

  test('a broken policy is reported and the old one stays in force', async () => {
    writeFileSync(policy, 'rules:\n  - name: x\n    when: statement.writez\n    then: allow\n')
    await until(async () => stand.gateways[0]?.log().includes('the old one stays in force'), 'the report')
    assert.match(stand.gateways[0]?.log() ?? '', /did you mean/)
    assert.equal((await agent.ask(read)).rule, 'nothing-more')
    writeFileSync(policy, standPolicy)
    await until(async () => (await agent.ask(read)).status === 'succeeded', 'the first policy')
  })

  test('an approval is worth nothing under a policy that denies by now', async () => {
    const sql = "update shop.orders set status = 'paid' where id = 11"
    const held = await agent.ask(sql)
    const never = standPolicy.replace(
      'rules:',
      'rules:\n  - name: no-updates\n    when: statement.kind == "update"\n    then: deny\n    because: Updates are over.\n',
    )
    writeFileSync(policy, never)
    await until(async () => (await agent.ask(sql.replace('11', '12'))).rule === 'no-updates', 'the new policy')
    await approve(stand, held.request_id)
    const refused = await until(async () => {
      const answer = await agent.look(held.request_id, 5)
      return answer.status === 'denied' && answer
    }, 'the refusal')
    assert.match(refused.message ?? '', /policy changed/)
    assert.equal(stand.snowflake.statements().filter(statement => statement.sqlText === sql).length, 0)
    writeFileSync(policy, standPolicy)
  })

  test('a signing key that is replaced is used by the next mint, and the warehouse refuses it until it knows it', async () => {
    const key = join(stand.folder, 'keys', 'snowflake.pem')
    const known = readFileSync(key, 'utf8')
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    })
    writeFileSync(key, other)
    await until(async () => (await agent.ask(read)).code === 'warehouse_unavailable', 'the new key')
    writeFileSync(key, known)
    await until(async () => (await agent.ask(read)).status === 'succeeded', 'the old key again')
  })
})

describe('each setting of a configuration that changes', () => {
  let stand: Stand
  let agent: Agent
  let first: string
  before(async () => {
    stand = await startStand()
    agent = new Agent(stand)
    first = readFileSync(stand.config, 'utf8')
    writeFileSync(join(stand.folder, 'strict.yaml'), strict)
  })
  after(() => stand.stop())
  const putBack = () => reconfigure(stand, file => Object.assign(file, parse(first)))
  const logged = (text: RegExp) =>
    until(async () => text.test(stand.gateways[0]?.log() ?? ''), `${text} in the log`, 10_000)

  test('another policy file is in force as soon as the configuration that names it is', async () => {
    assert.equal((await agent.ask(read)).status, 'succeeded')
    await reconfigure(stand, file => (file.policy.file = 'strict.yaml'))
    assert.equal((await agent.ask(read)).rule, 'nothing')
    await putBack()
    assert.equal((await agent.ask(read)).status, 'succeeded')
  })

  test('a policy file that is newly named and wrong is reported; mended, it is in force', async () => {
    const later = join(stand.folder, 'later.yaml')
    writeFileSync(later, 'rules: maybe\n')
    await reconfigure(stand, file => (file.policy.file = 'later.yaml'))
    await logged(/later\.yaml.*the changed policy has problems/)
    assert.equal((await agent.ask(read)).status, 'succeeded')
    writeFileSync(later, strict)
    await until(async () => (await agent.ask(read)).rule === 'nothing', 'the mended policy')
    await putBack()
  })

  test('fewer statements may wait at once', async () => {
    await reconfigure(stand, file => (file.gateway.maxPending = 1))
    const held = await agent.ask(`${write} 101`)
    assert.equal(held.status, 'pending_approval')
    assert.equal((await agent.ask(`${write} 102`)).code, 'too_many')
    await agent.cancel(held.request_id)
    await putBack()
  })

  test('what waits for the next start is named, and no hold is lost meanwhile', async () => {
    const held = await agent.ask(`${write} 103`)
    writeFileSync(join(stand.folder, 'keys', 'other.key'), 'k'.repeat(48))
    await reconfigure(stand, file => {
      file.gateway.judges = 2
      file.keys.holds = 'file:keys/other.key'
      delete file.console
    })
    await logged(/"settings":\["gateway.judges","keys.holds","console.url"\].*next start/)
    await approve(stand, held.request_id)
    const done = await until(async () => {
      const answer = await agent.look(held.request_id, 5)
      return answer.status !== 'pending_approval' && answer.status !== 'running' && answer
    }, 'the end')
    assert.equal(done.status, 'succeeded', JSON.stringify(done))
    await putBack()
  })

  for (const [what, change] of Object.entries({
    'a change that is none of its connection': file => ((file.identity.people[0] ?? assert.fail()).name += '!'),
    'a change of its connection': file => ((file.connections.shop ?? assert.fail()).pricePerHour = 3),
  } satisfies Record<string, (file: StandConfig) => void>)) {
    test(`what runs goes on through ${what}`, async () => {
      const sql = `${read} where status = '${what}'`
      const gate = stand.snowflake.holdNext(new RegExp(`^${sql.replace(/[()*]/g, '.')}`))
      const running = agent.ask(sql, { wait: 30 })
      await gate.arrived
      await reconfigure(stand, change)
      assert.equal((await agent.ask(read)).status, 'succeeded')
      gate.release()
      const answer = await running
      assert.equal(answer.status, 'succeeded', JSON.stringify(answer))
    })
  }
})

describe('an approved read', () => {
  let stand: Stand
  before(async () => {
    stand = await startStand({
      policy: standPolicy
        .replace('- name: reads-of-the-shop', '- name: never-matches')
        .replace('"coding-agents" in agent.groups', 'false'),
    })
  })
  after(() => stand.stop())

  test('runs as soon as it is approved while its client waits, and brings the masked rows', async () => {
    const agent = new Agent(stand)
    const held = await agent.ask('select id, email from shop.customers where id = 5')
    assert.equal(held.status, 'pending_approval')
    const waiting = agent.look(held.request_id, 20)
    await approve(stand, held.request_id)
    const answer = await waiting
    assert.equal(answer.status, 'succeeded', JSON.stringify(answer))
    assert.deepEqual(answer.rows, [[5, 'c***@***.example']])
    assert.deepEqual(
      answer.approved_by?.map(({ reviewer }) => reviewer),
      ['oncall-1'],
    )
  })

  test('its rows can be asked for again, and by nobody else', async () => {
    const agent = new Agent(stand)
    const held = await agent.ask('select id from shop.customers where id = 6')
    await approve(stand, held.request_id)
    await until(async () => (await agent.look(held.request_id, 5)).status === 'succeeded', 'the rows')
    assert.deepEqual((await agent.look(held.request_id)).rows, [[6]])
    const stranger = await new Agent(stand, 'etl-job').look(held.request_id)
    assert.equal(stranger.http, 404)
  })
})

describe('a gateway that ends', () => {
  test('leaves no session open in the warehouse, whatever it was doing', async () => {
    const stand = await startStand({ bots: 0 })
    try {
      assert.equal((await new Agent(stand).ask(read)).status, 'succeeded')
      assert.ok(stand.snowflake.sessions().some(({ endedAt }) => endedAt === undefined))
      await stand.gateways[0]?.stop()
      assert.deepEqual(
        stand.snowflake.sessions().filter(({ endedAt }) => endedAt === undefined),
        [],
      )
    } finally {
      await stand.stop()
    }
  })
})

describe('a rule that denies by an estimate', () => {
  test('is asked with the warehouse’s numbers, and denies only what they say', async () => {
    const costly =
      'rules:\n  - name: too-many-rows\n    when: estimate.bytes > 100000\n    then: deny\n    because: Too much.\n'
    const stand = await startStand({ bots: 0, policy: standPolicy.replace('rules:\n', costly) })
    try {
      const agent = new Agent(stand)
      assert.equal((await agent.ask('select id from shop.customers limit 1')).status, 'succeeded')
      assert.equal((await agent.ask('select a.id from shop.orders a limit 1')).rule, 'too-many-rows')
    } finally {
      await stand.stop()
    }
  })
})
