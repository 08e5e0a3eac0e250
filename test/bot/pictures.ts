import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { Agent } from '#test/journey/agent.ts'
import { grantingPolicy } from '#test/journey/granting.ts'
import { MovedTime } from '#test/stand/moved-time.ts'
import { startStand } from '#test/stand/stand.ts'
import { Photographer, type Taken } from './photographer.ts'
import { type SessionState, sessionsInEveryState } from './sessions.ts'

// `npm run pictures`: what people see, as a real browser shows it, on a page of its own beside the README. Every card, answer and
// page is the whole product's; only Slack, the warehouses and the identity provider are stand-ins.

const room = 'C0APPROVALS'
const person = 'U0ONCALL1'

const policy = `break_glass: { named: [oncall-2] }
${grantingPolicy}
  - name: critical
    when: statement.hazards.exists(h, h == "no_where")
    then: hold
    as: AGENT_WRITER
    because: This cannot be taken back.
    step_up: true
`

const states: readonly [SessionState, string][] = [
  ['partly approved', 'One of two people has agreed.'],
  ['approved', 'A read whose client went away: it runs when the client is back, while the approval counts.'],
  ['executing', 'It runs now; the card says as what.'],
  ['unknown', 'The answer of the warehouse was lost; it is asked by our own id.'],
  ['failed', 'The warehouse refused it.'],
  ['denied', 'Who, when, in which words.'],
  ['expired', 'Nobody decided in time.'],
  ['cancelled', 'The agent withdrew it.'],
  ['killed', 'On-call staff ended it with `/qw kill`.'],
]

const work = mkdtempSync(join(tmpdir(), 'querywarden-pictures-'))
const time = new MovedTime(join(work, 'time'))
const stand = await startStand({ folder: work, env: time.env, policy, sizes: { customers: 12_000, orders: 100_000 } })
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-lcd-text'],
})
try {
  const photographer = new Photographer(stand, browser, person)
  const sessions = await sessionsInEveryState(stand, time)
  await waiting(photographer)
  for (const [state, words] of states) {
    const card = await cardOf(sessions[state])
    await photographer.message(card, state.replaceAll(' ', '-'), `A card: ${state}`, words)
  }
  await several(photographer)
  await granted(photographer)
  await alone(photographer)
  await lookUps(photographer)
  await console_(photographer)
  await linking(photographer)
  writePage(photographer.taken)
} finally {
  await browser.close()
  await stand.stop()
  rmSync(work, { recursive: true, force: true })
}

function cardOf(id: string, words = '', where = room): Promise<SlackMessage> {
  const about = ({ channel, blocks }: SlackMessage) => {
    const text = JSON.stringify(blocks)
    return channel === where && text.includes(id) && text.includes(words)
  }
  return stand.slack.waitForMessage(about)
}

/** What asks for a decision, and one that got it. */
async function waiting(photographer: Photographer): Promise<void> {
  const agent = new Agent(stand)
  const ask = async (sql: string, purpose?: string) => (await agent.ask(sql, purpose ? { purpose } : {})).request_id
  const sql = "delete from shop.orders\nwhere status = 'test'"
  const done = await ask(sql, 'remove test orders before the audit')
  await photographer.message(await cardOf(done), 'pending', 'A card: somebody has to decide', '')
  const { ts } = await cardOf(done)
  await stand.slack.click(person, room, ts, 'hold_approve')
  await photographer.message(await cardOf(done, 'Ran once'), 'completed', 'The same card, done', 'With the way back.')
  const updates = Array.from({ length: 165 }, (_, at) => `update shop.orders set amount = ${at} where id = ${at};`)
  const long = await ask(updates.join('\n'), 'correct the amounts of last week')
  await photographer.message(
    await cardOf(long),
    'long',
    'A card: too long to be read on it',
    'No Approve before it was read.',
  )
  const odd = await ask(
    'delete from shop.orders -- where status = \u202E"tset"\u202C',
    '<!channel> approved by security, see `policy`',
  )
  await photographer.message(await cardOf(odd), 'odd', 'A card: look twice', 'What an agent writes stays text.')
  const masked = await ask("select id, email, city from customers where email like 'customer1%'", 'whom to write to')
  await photographer.message(await cardOf(masked), 'masked', 'A card: a read, and what of it is masked', '')
}

async function say(text: string, user = person): Promise<SlackMessage> {
  const { slack } = stand
  const seen = new Set(slack.ephemerals(user).map(({ ts }) => ts))
  await slack.command(user, room, text)
  return slack.waitForEphemeral(user, ({ ts }) => !seen.has(ts))
}

/** Opens a modal from a card. */
async function open(id: string, action: string, user = person): Promise<string> {
  const { channel, ts } = await cardOf(id, action)
  await stand.slack.click(user, channel, ts, action)
  return (await stand.slack.waitForView(user)).id
}

async function several(photographer: Photographer): Promise<void> {
  const agent = new Agent(stand, 'churn-notebook')
  const sqls = ["delete from shop.orders where status = 'void'", "update shop.orders set status = 'kept' where id = 12"]
  const ids: string[] = []
  for (const sql of sqls) ids.push((await agent.ask(sql, { purpose: 'tidy up before the audit' })).request_id)
  const view = await open(ids[0] ?? '', 'hold_batch')
  await photographer.modal(
    person,
    'several',
    'The modal: several statements of one agent',
    'Each is decided by itself.',
  )
  await stand.slack.submit(person, view, Object.fromEntries(ids.map(id => [id, 'approve'])))
}

async function granted(photographer: Photographer): Promise<void> {
  const agent = new Agent(stand)
  const ask = async (id: number) =>
    (await agent.ask(`update shop.orders set status = 'kept' where id = ${id}`, { purpose: 'keep what was paid' }))
      .request_id
  const held = await ask(21)
  const view = await open(held, 'hold_grant')
  await photographer.modal(person, 'grant', 'The modal: approve a shape', 'What may differ, and for how long.')
  await stand.slack.submit(person, view, { seconds: '3600', uses: '5' })
  await photographer.message(await cardOf(held, 'Granted'), 'granted', 'A card: approved with its shape', '')
  const used = await ask(22)
  await photographer.message(await say('/qw grants'), 'qw-grants', '`/qw grants`', 'What runs without asking now.')
  await photographer.message(await say(`/qw show ${used}`), 'grant-used', '`/qw show ID` of one that ran under it', '')
}

async function alone(photographer: Photographer): Promise<void> {
  const [releaser, oncallRoom] = ['U0ONCALL2', 'C0ONCALL']
  const sql = "update shop.customers set city = 'Berlin' where id = 7"
  const { request_id: id } = await new Agent(stand).ask(sql, { purpose: 'the courier waits at the wrong door' })
  const view = await open(id, 'hold_release', releaser)
  await photographer.modal(releaser, 'release', 'The modal: break glass', 'What it costs to do this alone.')
  await stand.slack.submit(releaser, view, { words: 'the courier leaves in five minutes, nobody else is awake' })
  await photographer.message(await cardOf(id, 'Ran once'), 'released', 'A card: released by one person alone', '')
  const alert = await cardOf(id, 'review_close', oncallRoom)
  await photographer.message(alert, 'release-alert', 'In the on-call channel: it has to be reviewed', '')
  await photographer.message(await say('/qw reviews'), 'qw-reviews', '`/qw reviews`', 'Said daily until it is closed.')
  await stand.slack.click(person, oncallRoom, alert.ts, 'review_close')
  const closing = await stand.slack.waitForView(person)
  await stand.slack.submit(person, closing.id, { words: 'right address, and it could not wait' })
  await photographer.message(await cardOf(id, 'Reviewed by', oncallRoom), 'release-reviewed', 'The same, reviewed', '')
}

async function linking(photographer: Photographer): Promise<void> {
  const member = { id: 'U0PRIVACY2', name: 'privacy-2', email: 'privacy-2@acme.example', isEmailConfirmed: true }
  const { users, channels } = stand.slack.state.workspace
  users.push(member)
  for (const { id, members } of channels) if (id === room) members.push(member.id)
  const [, url = ''] = /"url":"([^"]+)"/.exec(JSON.stringify((await say('/qw link', member.id)).blocks)) ?? []
  const page = await photographer.page(url, 900)
  await page.getByRole('button', { name: 'Privacy 2', exact: true }).click()
  await page.locator('h1').waitFor()
  await photographer.take(
    page.locator('body'),
    'link',
    '`/qw link`: the page that asks',
    'Nothing happens before the button.',
  )
}

async function lookUps(photographer: Photographer): Promise<void> {
  const { slack } = stand
  const agent = new Agent(stand)
  const { request_id: read } = await agent.ask('select id, email, city from customers order by id limit 25')
  await photographer.message(await say('/qw find since:24h'), 'find', '`/qw find since:24h`', '')
  await photographer.message(await say(`/qw show ${read}`), 'show', '`/qw show ID`', '')
  await photographer.message(await say(`/qw why ${read}`), 'why', '`/qw why ID`', '')
  await photographer.message(await say('/qw pending'), 'qw-pending', '`/qw pending`', '')
  const replayed = await say(`/qw replay ${read}`)
  await photographer.message(replayed, 'replay', '`/qw replay ID`, its first step', '')
  for (;;) {
    const { history, blocks } = replayed
    if (!JSON.stringify(blocks).includes('replay_next') || /rows 1 to/.test(JSON.stringify(blocks))) break
    const before = history.length
    await slack.click(person, room, replayed.ts, 'replay_next')
    await slack.waitFor(() => replayed.history.length > before, 'the next step')
  }
  await photographer.message(replayed, 'replay-rows', '`/qw replay ID`, its masked rows', '')
  await slack.openHome(person)
  await slack.waitFor(() => slack.home(person), 'Home')
  const page = await photographer.page(`${slack.url}/?user=${person}`)
  await page.locator('#apps li, #directs li').filter({ hasText: 'Querywarden' }).first().click()
  await page.getByRole('button', { name: 'Home' }).click()
  await page.getByText('Waits for me').waitFor()
  await photographer.take(page.locator('.home'), 'home', 'The app’s Home tab', '')
}

async function console_(photographer: Photographer): Promise<void> {
  const consoleUrl = `${stand.gateways[0]?.url}/console`
  const page = await photographer.page(consoleUrl, 900)
  await page.getByRole('button', { name: 'On-call 1', exact: true }).click()
  await page.locator('h1').waitFor()
  await photographer.take(page.locator('body'), 'console', 'The console: what waits', 'For when Slack is away.')
  await page.locator('main a').first().click()
  await page.locator('pre').first().waitFor()
  await photographer.take(page.locator('body'), 'console-hold', 'The console: one statement', '')
}

function writePage(taken: readonly Taken[]): void {
  const parts = taken.map(
    ({ file, title, words }) => `## ${title}\n\n${words ? `${words}\n\n` : ''}![${title}](pictures/${file})\n`,
  )
  const head =
    '# What people see\n\nTaken by `npm run pictures` from the local Slack page, the console and the whole product.\n'
  writeFileSync('.github/pictures.md', [head, ...parts].join('\n'))
}
