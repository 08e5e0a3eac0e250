import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { shownText } from '#test/bot/world.ts'
import { onCallEnvironment, querywarden } from '#test/cli/command-line.ts'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { Agent, approve } from '#test/journey/agent.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { Visitor } from './visitor.ts'

const room = 'C0APPROVALS'
const mine = 'U0NEW'
const policy = `${standPolicy}
  - name: changes
    when: statement.kind == "update"
    then: hold
    as: AGENT_WRITER
    approvers: { group: privacy, people: 1 }
  - name: removals
    when: statement.kind == "delete"
    then: hold
    as: AGENT_WRITER
    approvers: { group: rota, people: 2 }
`

/** `privacy-2` has no Slack account in the configuration, and `U0NEW` is nobody there. */
describe('a Slack account is linked by signing in', { timeout: 300_000 }, () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    stand = await startStand({ gateways: 2, policy, sizes: { customers: 50, orders: 500 } })
    const { users, channels } = stand.slack.state.workspace
    users.push({ id: mine, name: 'newcomer <b>', isEmailConfirmed: true }, { id: 'U0OTHER', name: 'other-1' })
    for (const channel of channels) if (channel.id === room) channel.members.push(mine, 'U0OTHER')
    agent = new Agent(stand)
  })
  after(() => stand.stop())

  const shown = (message: SlackMessage) => `${message.text}\n${shownText(message.blocks)}`
  async function say(text: string, user = mine): Promise<SlackMessage> {
    const seen = new Set(stand.slack.ephemerals(user).map(({ ts }) => ts))
    await stand.slack.command(user, room, text)
    return stand.slack.waitForEphemeral(user, ({ ts }) => !seen.has(ts))
  }
  async function invited(user = mine): Promise<string> {
    const [, url = ''] = /"url":"([^"]+)"/.exec(JSON.stringify((await say('/qw link', user)).blocks)) ?? []
    return url
  }
  const visitor = (gateway = 0) => new Visitor(stand.gateways[gateway]?.url ?? '', stand.issuer)
  /** Opens an invitation as somebody with a browser does; the page that comes at last. */
  async function open(url: string, person: string, browser = visitor()) {
    const away = await browser.get(url)
    const back = await browser.signInFrom(away.headers.get('location') ?? '', person)
    const { status, page } = await read(browser, back.headers.get('location') ?? url)
    return { browser, status, page }
  }
  async function read(browser: Visitor, path: string) {
    const answer = await browser.get(new URL(path, browser.console).href)
    return { status: answer.status, page: await answer.text() }
  }
  function formOf(page: string): Record<string, string> {
    const form = page.slice(page.indexOf('class="decide"'))
    return Object.fromEntries(
      Array.from(form.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g), ([, name = '', value = '']) => [
        name,
        value,
      ]),
    )
  }
  async function onRecord<T>(look: (records: RecordStore) => Promise<T>): Promise<T> {
    const records = await openRecordStore(new Secret(`sqlite:${join(stand.folder, 'records.db')}`))
    try {
      return await look(records)
    } finally {
      await records.close()
    }
  }
  const linked = () => onRecord(async records => (await records.links()).map(({ user, person }) => `${user} ${person}`))
  const accesses = () => onRecord(records => records.accesses({ person: 'privacy-2' }))

  test('who is nobody decides nothing, and is told the way', async () => {
    assert.match(shown(await say('/qw pending')), /not linked to a person.*\/qw link/)
    const { request_id: id } = await agent.ask("update orders set status = 'a' where id = 1")
    const [answered] = stand.slack.ephemerals(mine)
    await approve(stand, id, mine)
    assert.match(shown(await stand.slack.waitForEphemeral(mine, ({ ts }) => ts !== answered?.ts)), /not linked/)
    assert.equal((await agent.look(id)).status, 'pending_approval')
  })

  test('opening the way there links nothing; the page says whose account it is, and to whom', async () => {
    const { page, browser } = await open(await invited(), 'privacy-2')
    assert.match(page, /Acme Data<\/bdi> \(T0DEMO\)/)
    assert.match(page, /newcomer &lt;b&gt;<\/bdi> \(U0NEW\)/)
    assert.match(page, /privacy-2<\/bdi> \(privacy-2\)/)
    assert.match(page, /in your name/)
    const form = formOf(page)
    const other = formOf((await open(await invited('U0OTHER'), 'privacy-2')).page)
    for (const [fields, headers] of [
      [form, { origin: 'https://evil.example' }],
      [form, { 'sec-fetch-site': 'cross-site' }],
      [{ ...form, token: other.token ?? '' }, {}],
      [{ ...form, token: '' }, {}],
      [{ ...form, invitation: `${form.invitation?.slice(0, -4)}AAAA` }, {}],
      [{ ...form, invitation: '' }, {}],
    ] as const)
      assert.equal((await browser.post('/link', fields, headers)).status, 403, JSON.stringify(headers))
    assert.equal((await visitor().post('/link', form)).status, 403)
    assert.deepEqual(await linked(), [])
  })

  test('pressing the button links: once, at whichever gateway, and the account hears of it', async () => {
    const url = await invited()
    const { browser, page } = await open(url, 'privacy-2')
    const form = formOf(page)
    const elsewhere = visitor(1)
    await elsewhere.signIn('privacy-2')
    const there = formOf((await read(elsewhere, `/console/link?invitation=${form.invitation}`)).page)
    const both = await Promise.all([browser.post('/link', form), elsewhere.post('/link', there)])
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 403])
    assert.deepEqual(await linked(), ['U0NEW privacy-2'])
    await stand.slack.waitFor(
      () => stand.slack.directMessages(mine).find(({ text }) => /is linked.*privacy-2.*\/qw unlink/.test(text)),
      'word to the account',
    )
    assert.equal(stand.slack.directMessages(mine).length, 1)
  })

  test('from then on the account is that person: commands, Home tab, approvals', async () => {
    const { request_id: id } = await agent.ask("update orders set status = 'b' where id = 2")
    assert.match(shown(await say('/qw pending')), new RegExp(id))
    await stand.slack.openHome(mine)
    const home = await stand.slack.waitFor(() => stand.slack.home(mine), 'Home tab')
    assert.match(JSON.stringify(home.payload), /privacy-2.*you linked your Slack account/)
    await approve(stand, id, mine)
    await approve(stand, id, 'U0ONCALL2')
    const { approved_by: by = [] } = await agent.look(id, 20)
    assert.deepEqual(by.map(({ reviewer }) => reviewer).sort(), ['oncall-2', 'privacy-2'])
    assert.match(shown(await say('/qw link')), /You are privacy-2 here: you linked/)
  })

  test('one account and one person each, and the configuration comes first', async () => {
    const taken = await open(await invited('U0OTHER'), 'privacy-2')
    const again = await taken.browser.post('/link', formOf(taken.page))
    assert.match(await again.text(), /you or this Slack account are linked/)
    const configured = await open(await invited('U0OTHER'), 'oncall-1')
    assert.match(configured.page, /Your Slack account stands in the configuration/)
    assert.equal(configured.status, 403)
    assert.match(shown(await say('/qw link', 'U0ONCALL1')), /stands in the configuration/)
    assert.deepEqual(await linked(), ['U0NEW privacy-2'])
  })

  test('who ends the link is nobody from the next click on, and the old invitation links nothing', async () => {
    const url = await invited('U0OTHER')
    assert.match(shown(await say('/qw unlink')), /^Unlinked/)
    assert.match(shown(await say('/qw pending')), /not linked/)
    assert.match(shown(await say('/qw unlink')), /not linked/)
    assert.match(shown(await say('/qw unlink', 'U0ONCALL1')), /There is no link to end/)
    assert.deepEqual(await linked(), [])
    const { browser, page } = await open(url, 'privacy-2')
    const form = formOf(page)
    assert.equal((await browser.post('/link', form)).status, 200)
    assert.match(shown(await say('/qw unlink', 'U0OTHER')), /^Unlinked/)
    assert.equal((await browser.post('/link', form)).status, 403)
    assert.deepEqual(await linked(), [])
  })

  test('a group whose members Slack knows approves, and the gateway holds the review against its own configuration', async () => {
    const { request_id: id } = await agent.ask("delete from orders where status = 'test'")
    await approve(stand, id)
    await approve(stand, id, 'U0ONCALL2')
    const { status, approved_by: by = [] } = await agent.look(id, 20)
    assert.deepEqual([status, by.length], ['succeeded', 2])
  })

  test('an account with another address than its person is linked to nobody, whoever opens the way there', async () => {
    const sender = { id: 'U0SENDER', name: 'privacy-2', email: 'sender@acme.example', isEmailConfirmed: true }
    stand.slack.state.workspace.users.push(sender)
    const refused = await open(await invited(sender.id), 'privacy-2')
    assert.equal(refused.status, 403)
    assert.match(refused.page, /The e-mail address of this Slack account is not yours/)
    assert.deepEqual(await linked(), [])
  })

  test('the command line lists links and ends them, with a reason that is kept', async () => {
    const env = onCallEnvironment(stand)
    const { browser, page } = await open(await invited(), 'privacy-2')
    assert.equal((await browser.post('/link', formOf(page))).status, 200)
    const list = await querywarden(['links', 'list'], { env })
    assert.match(list.out, /privacy-2 +T0DEMO\/U0NEW +since 20.*Z/)
    assert.equal(JSON.parse((await querywarden(['links', 'list', '--json'], { env })).out)[0].user, mine)
    assert.equal((await querywarden(['links', 'revoke', 'privacy-2'], { env })).status, 2)
    const revoke = ['links', 'revoke', 'privacy-2', '--reason', 'left the company']
    assert.deepEqual((await querywarden(revoke, { env })).status, 0)
    assert.match(shown(await say('/qw pending')), /not linked/)
    assert.equal((await querywarden(revoke, { env })).status, 1)
    assert.match(
      JSON.stringify(await accesses()),
      /"unlink".*"team":"T0DEMO","user":"U0NEW","by":"\w+","reason":"left the company"/,
    )
  })

  test('guests and outsiders are invited nowhere', async () => {
    assert.match(shown(await say('/qw link', 'U0GUEST')), /Guests/)
  })

  test('without the gateway nobody is anybody whom only a link names', async () => {
    const { browser, page } = await open(await invited(), 'privacy-2')
    await browser.post('/link', formOf(page))
    await stand.gateways[0]?.stop()
    assert.match(shown(await say('/qw pending')), /gateway could not tell who you are/)
  })
})
