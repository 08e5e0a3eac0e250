import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { onCallEnvironment, querywarden } from '#test/cli/command-line.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { Agent, type Answer, approve } from './agent.ts'

const reads = (name: string, when: string, then: string) =>
  `\n  - name: ${name}\n    when: '${when}'\n    then: ${then}\n    because: The budget is used up.\n    instead: Wait.`
const read = 'select count(*) from shop.orders'
const says = (answers: readonly Answer[]) => answers.map(({ status, rule }) => (status === 'denied' ? rule : status))

describe('budgets', () => {
  let stand: Stand
  before(async () => {
    stand = await startStand({
      gateways: 2,
      policy:
        standPolicy.replace('"coding-agents" in agent.groups && ', '') +
        reads('five-an-hour', 'agent.subject == "release-bot" && agent.spent("1h").statements >= 5', 'deny') +
        reads(
          'probing',
          'agent.subject == "churn-notebook" && agent.spent("10m").failures + agent.spent("10m").denials >= 3',
          'hold',
        ) +
        reads(
          'team-bytes',
          '"team" in agent.groups && group("team").spent("1d").bytes + estimate.bytes > mib(2)',
          'deny',
        ) +
        reads('short-afterwards', 'agent.subject == "sampler" && agent.spent("1h").statements >= 3', 'allow') +
        '\n    limits: { rows: 1 }',
    })
  })
  after(() => stand.stop())
  const ranInWarehouse = (sql: string) =>
    stand.snowflake.statements().filter(statement => statement.sqlText === sql).length

  test('are never exceeded, by however many statements at however many gateways at once', async () => {
    const agents = [new Agent(stand, 'release-bot', 0), new Agent(stand, 'release-bot', 1)]
    const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => agents[n % 2]?.ask(read)))
    const passed = answers.filter(answer => answer?.status === 'succeeded').length
    assert.ok(passed <= 5, `${passed} passed`)
    assert.equal(ranInWarehouse(read), passed)
    for (const answer of answers) {
      if (answer?.status === 'succeeded') continue
      assert.equal(answer?.status, 'denied', JSON.stringify(answer))
      assert.match(answer?.message ?? '', /five-an-hour/)
    }
  })

  test('what one statement at a time may use is used in full', async () => {
    const agent = new Agent(stand)
    const before = ranInWarehouse(read)
    const answers: Answer[] = []
    for (let n = before; n < 7; n++) answers.push(await agent.ask(read))
    assert.deepEqual(says(answers), [...Array(5 - before).fill('succeeded'), 'five-an-hour', 'five-an-hour'])
    assert.match(answers.at(-1)?.message ?? '', /The budget is used up/)
    const shown = await querywarden(['sessions', 'show', answers.at(-1)?.request_id ?? ''], {
      env: onCallEnvironment(stand),
    })
    assert.match(shown.out, /spent by the agent in 1h: 5 statements, 5 rows, .* 0 failed, \d+ refused\n/)
  })

  test('what is allowed on other terms once a budget is used up never runs on those of before', async () => {
    const agents = [new Agent(stand, 'sampler', 0), new Agent(stand, 'sampler', 1)]
    const two = 'select id from shop.orders where id < 3'
    const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => agents[n % 2]?.ask(two)))
    const whole = answers.filter(answer => answer?.rows?.length === 2).length
    assert.ok(whole <= 3, `${whole} came whole`)
    const refused = answers.filter(answer => answer?.status === 'denied')
    for (const answer of refused) assert.match(answer?.message ?? '', /would allow it on other terms now/)
    const later = await agents[0]?.ask(two)
    assert.equal(later?.rows?.length, 1, JSON.stringify(later))
  })

  test('an agent whose statements fail again and again has to wait for a person', async () => {
    const agent = new Agent(stand, 'churn-notebook', 1)
    const failing = (n: number) => `select to_number(status) + ${n} from shop.orders`
    const answers: Answer[] = []
    for (let n = 0; n < 3; n++) answers.push(await agent.ask(failing(n)))
    assert.deepEqual(says(answers), Array(3).fill('failed'))
    const held = await agent.ask(read)
    assert.equal(held.status, 'pending_approval')
    assert.equal(held.rule, 'probing')
    await approve(stand, held.request_id)
    const done = await agent.look(held.request_id, 20)
    assert.equal(done.status, 'succeeded', JSON.stringify(done))
    assert.equal((await new Agent(stand, 'etl-job').ask(read)).status, 'succeeded')
  })

  test('what one agent of a group used up is gone for the others', async () => {
    const [one, other] = [new Agent(stand, 'team-1'), new Agent(stand, 'team-2', 1)]
    const answers: Answer[] = []
    for (const agent of [one, other, one, other, one, other]) answers.push(await agent.ask(read, { groups: ['team'] }))
    const passed = answers.findIndex(({ status }) => status !== 'succeeded')
    assert.ok(passed > 1, JSON.stringify(says(answers)))
    assert.deepEqual(says(answers.slice(passed)), Array(6 - passed).fill('team-bytes'))
    assert.equal((await one.ask(read, { groups: ['other-team'] })).status, 'succeeded')
  })
})
