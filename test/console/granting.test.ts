import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { firstGateway } from '#test/doors/agent.ts'
import { Agent, type Answer } from '#test/journey/agent.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { Visitor } from './visitor.ts'

const rule = (name: string, rest: string) =>
  `\n  - name: ${name}\n    when: statement.purpose == "${name}"\n    then: hold\n    grants: { for: 2h, uses: 50 }\n    ${rest}`

/** Writes are held for people as elsewhere, and may be granted; some of them with two people, some with a fresh sign-in. */
const policy =
  standPolicy.replace(
    'Somebody looks at every write.',
    'Somebody looks at every write.\n    grants: { for: 1h, uses: 20 }',
  ) +
  rule('two', 'approvers: { group: data-oncall, people: 2 }') +
  rule('critical', 'step_up: true')

describe('a shape granted in the console', () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    stand = await startStand({ bots: 0, policy, maxPending: 50 })
    agent = new Agent(stand)
  })
  after(() => stand.stop())

  const signedIn = (person: string) => new Visitor(firstGateway(stand).url, stand.issuer).signIn(person)
  const update = (value: string, id: number) => `update shop.orders set status = '${value}' where id = ${id}`
  async function held(value: string, purpose: string): Promise<string> {
    const { status, request_id } = await agent.ask(`${update('now', 1)} and status <> '${value}'`, { purpose })
    assert.equal(status, 'pending_approval')
    return request_id
  }
  const again = (value: string, purpose: string): Promise<Answer> =>
    agent.ask(`${update('now', 2)} and status <> '${value}'`, { purpose })
  const decide = async (person: Visitor, id: string, fields: Readonly<Record<string, string>>) =>
    person.post(`/holds/${id}`, { ...(await person.form(id)), ...fields })
  const chosen = { verdict: 'grant', seconds: '3600', uses: '20' }

  test('the page shows the shape and what may differ; what is chosen counts, and the page says so', async () => {
    const person = await signedIn('oncall-1')
    const id = await held('one', 'plain')
    const page = await (await person.get(`/holds/${id}`)).text()
    assert.match(page, /<pre>update shop\.orders set status = \? where id = \? and status &lt;&gt; \?<\/pre>/)
    assert.match(page, /any values in 3 places/)
    assert.match(page, /whatever those values reach, also more rows than this one/)
    assert.equal((await decide(person, id, chosen)).status, 303)
    assert.equal((await agent.look(id, 20)).status, 'succeeded')
    assert.match(await (await person.get(`/holds/${id}`)).text(), /and its shape for 1h, at most 20 times/)
    assert.equal((await again('other', 'plain')).status, 'succeeded')
  })

  test('more than is offered, or nothing chosen, decides nothing', async () => {
    const person = await signedIn('oncall-1')
    const id = await held('x', 'wide')
    for (const wide of [
      { ...chosen, seconds: '3601' },
      { ...chosen, uses: '21' },
      { ...chosen, uses: '0' },
      { ...chosen, uses: '1.5' },
      { verdict: 'grant' },
    ]) {
      const answer = await decide(person, id, wide)
      assert.equal(answer.status, 409, JSON.stringify(wide))
      assert.match(await answer.text(), /more than the policy lets anybody grant/)
    }
    assert.equal((await agent.look(id)).status, 'pending_approval')
  })

  test('of two who approve, the least that both ask for is granted, and nothing where one asks for nothing', async () => {
    const [one, other] = [await signedIn('oncall-1'), await signedIn('oncall-2')]
    const both = await held('a', 'two')
    await decide(one, both, { ...chosen, uses: '1' })
    assert.equal((await again('y', 'two')).status, 'pending_approval')
    await decide(other, both, chosen)
    assert.equal((await agent.look(both, 20)).status, 'succeeded')
    const [first, second] = [await again('z', 'two'), await again('zz', 'two')]
    assert.deepEqual([first.status, second.status], ['succeeded', 'pending_approval'])
    assert.deepEqual(first.grant?.by, ['oncall-1', 'oncall-2'])

    const alone = second.request_id
    await decide(one, alone, chosen)
    await decide(other, alone, { verdict: 'approve' })
    assert.equal((await agent.look(alone, 20)).status, 'succeeded')
    assert.equal((await again('zzz', 'two')).status, 'pending_approval')
  })

  test('where the rule asks for a fresh sign-in, nothing is granted before it', async () => {
    const person = await signedIn('oncall-1')
    const id = await held('b', 'critical')
    const page = await (await decide(person, id, chosen)).text()
    assert.equal((await agent.look(id)).status, 'pending_approval')
    assert.equal((await again('c', 'critical')).status, 'pending_approval')
    const away = (/<a href="([^"]+)">Go on/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&')
    assert.equal((await person.signInFrom(away, 'oncall-1')).status, 303)
    assert.equal((await agent.look(id, 20)).status, 'succeeded')
    assert.equal((await again('d', 'critical')).status, 'succeeded')
  })
})
