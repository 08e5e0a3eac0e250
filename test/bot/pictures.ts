import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { Agent } from '#test/journey/agent.ts'
import { MovedTime } from '#test/stand/moved-time.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { type SessionState, sessionsInEveryState } from './sessions.ts'

// `npm run pictures`: what people see, as a real browser shows it, on a page of its own beside the README. Every card, answer and
// page is the whole product's; only Slack, the warehouses and the identity provider are stand-ins.

const folder = '.github/pictures'
const room = 'C0APPROVALS'
const person = 'U0ONCALL1'
const mostBytes = 80_000

const policy = `break_glass: { named: [oncall-2] }
${standPolicy}
  - name: critical
    when: statement.hazards.exists(h, h == "no_where")
    then: hold
    as: AGENT_WRITER
    because: This cannot be taken back.
    step_up: true
`

/** Runs in the browser. */
const toWebp = `(async source => {
  const image = new Image()
  image.src = source
  await image.decode()
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
  canvas.getContext('2d').drawImage(image, 0, 0)
  return canvas.toDataURL('image/webp', 0.7)
})`

interface Taken {
  readonly file: string
  readonly title: string
  readonly words: string
}

class Photographer {
  readonly taken: Taken[] = []
  readonly #stand: Stand
  readonly #browser: Browser

  constructor(stand: Stand, browser: Browser) {
    this.#stand = stand
    this.#browser = browser
  }

  async page(url: string, height = 1_400): Promise<Page> {
    const page = await this.#browser.newPage({ viewport: { width: 1_000, height } })
    await page.goto(url)
    return page
  }

  async take(place: Locator, file: string, title: string, words: string): Promise<void> {
    const picture = await this.#smaller(await place.screenshot())
    if (picture.length > mostBytes) throw new Error(`${file} has ${picture.length} bytes`)
    writeFileSync(join(folder, `${file}.webp`), picture)
    this.taken.push({ file: `${file}.webp`, title, words })
  }

  /** As WebP, which is half of PNG; the browser knows how. */
  async #smaller(png: Buffer): Promise<Buffer> {
    const page = await this.#browser.newPage()
    const url = await page.evaluate<string>(`${toWebp}('data:image/png;base64,${png.toString('base64')}')`)
    await page.close()
    return Buffer.from(url.split(',')[1] ?? '', 'base64')
  }

  /** One message, in the channel as this user's client shows it. */
  async message({ ts, channel }: SlackMessage, file: string, title: string, words: string): Promise<void> {
    const page = await this.page(`${this.#stand.slack.url}/?user=${person}&channel=${channel}`)
    const place = page.locator(`#messages [data-ts="${ts}"]`)
    await place.waitFor()
    await this.take(place, file, title, words)
    await page.close()
  }
}

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
mkdirSync(folder, { recursive: true })
const stand = await startStand({ folder: work, env: time.env, policy, sizes: { customers: 12_000, orders: 100_000 } })
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-lcd-text'],
})
try {
  const photographer = new Photographer(stand, browser)
  const sessions = await sessionsInEveryState(stand, time)
  await waiting(photographer)
  for (const [state, words] of states) {
    const card = await cardOf(sessions[state])
    await photographer.message(card, state.replaceAll(' ', '-'), `A card: ${state}`, words)
  }
  await lookUps(photographer)
  await console_(photographer)
  writePage(photographer.taken)
} finally {
  await browser.close()
  await stand.stop()
  rmSync(work, { recursive: true, force: true })
}

function cardOf(id: string, words = ''): Promise<SlackMessage> {
  const about = ({ channel, blocks }: SlackMessage) => {
    const text = JSON.stringify(blocks)
    return channel === room && text.includes(id) && text.includes(words)
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

async function lookUps(photographer: Photographer): Promise<void> {
  const { slack } = stand
  const agent = new Agent(stand)
  const { request_id: read } = await agent.ask('select id, email, city from customers order by id limit 25')
  const say = async (text: string) => {
    const seen = new Set(slack.ephemerals(person).map(({ ts }) => ts))
    await slack.command(person, room, text)
    return slack.waitForEphemeral(person, ({ ts }) => !seen.has(ts))
  }
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
