import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { App } from '@slack/bolt'
import { type Browser, chromium, type Page } from 'playwright-core'
import { socketApp } from './bolt-app.ts'
import { type FakeSlack, startFakeSlack } from './fake-slack.ts'
import { decidedCard, denyModal, sampleCard } from './sample-card.ts'

const CHROMIUM = '/usr/bin/chromium'
const installed = existsSync(CHROMIUM)
const skip = installed || process.env.CI === 'true' ? false : `${CHROMIUM} is not installed`

let slack: FakeSlack
let app: App
let browser: Browser
let page: Page
const complaints: string[] = []
const channel = 'C0APPROVALS'

before(async () => {
  if (skip) return
  assert.ok(installed, `${CHROMIUM} is needed where CI=true`)
  slack = await startFakeSlack()
  app = socketApp(slack)
  app.action('approve', async ({ ack, body, client }) => {
    await ack()
    if (!('container' in body)) return
    await client.chat.update({
      channel,
      ts: body.container.message_ts,
      text: 'Done',
      blocks: decidedCard('r1', body.user.id),
    })
  })
  app.action('deny', async ({ ack, body, client }) => {
    await ack()
    if ('trigger_id' in body) await client.views.open({ trigger_id: body.trigger_id, view: denyModal('r1') })
  })
  app.view('deny', async ({ ack, view }) => {
    const kind =
      view.state.values.reason?.text?.value === 'because'
        ? { response_action: 'errors' as const, errors: { reason: 'Say more.' } }
        : undefined
    await (kind ? ack(kind) : ack())
  })
  await app.start()
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
  page = await browser.newPage({ viewport: { width: 1200, height: 800 } })
  page.on('console', message => complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(error.message))
  await page.goto(slack.url)
})

after(async () => {
  if (skip) return
  await browser.close()
  await app.stop()
  await slack.stop()
})

const post = (blocks = sampleCard('r1')) => app.client.chat.postMessage({ channel, text: 'Approval needed', blocks })

test('a person presses Approve on the card and sees it become Done', { skip }, async () => {
  await post()
  await page.getByText('Approval needed · DELETE · shop.orders').waitFor()
  assert.equal(await page.locator('.rich pre').textContent(), "delete from shop.orders\nwhere status = 'test'")
  assert.match(
    (await page.locator('.context').textContent()) ?? '',
    /Expires (today|tomorrow) \d+:\d\d [AP]M · needs 1 of @data-oncall/,
  )
  await page.getByRole('button', { name: 'Approve', exact: true }).click()
  await page.getByText('Done · DELETE · shop.orders').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Approve', exact: true }).count(), 0)
  assert.match((await page.locator('.message').last().textContent()) ?? '', /Approved by @oncall-1/)
})

test('a confirm dialog can be left without doing anything', { skip }, async () => {
  await post()
  const delivered = slack.deliveries.length
  await page.getByRole('button', { name: 'Approve this shape for 1 h…' }).click()
  await page.getByText('Approve every such statement?').waitFor()
  await page.getByRole('button', { name: 'Go back' }).click()
  assert.equal(slack.deliveries.length, delivered)
})

test('a modal shows what is wrong, keeps what was typed, then closes', { skip }, async () => {
  await page.getByRole('button', { name: 'Deny…' }).click()
  await page.locator('textarea').fill('because')
  await page.locator('.submit').click()
  await page.getByText('Say more.').waitFor()
  assert.equal(await page.locator('textarea').inputValue(), 'because')
  await page.locator('textarea').fill('not before the freeze ends')
  await page.locator('.submit').click()
  await page.locator('form.modal').waitFor({ state: 'detached' })
})

test('another person sees no ephemeral message of the first', { skip }, async () => {
  await app.client.chat.postEphemeral({ channel, user: 'U0ONCALL1', text: 'for oncall-1 only' })
  await page.getByText('for oncall-1 only').waitFor()
  await page.getByLabel('Acting as').selectOption('U0GUEST')
  await page.getByText('for oncall-1 only').waitFor({ state: 'detached' })
  await page.getByLabel('Acting as').selectOption('U0ONCALL1')
  await page.getByText('for oncall-1 only').waitFor()
})

test('nothing an app or a person writes becomes markup', { skip }, async () => {
  const attack = '<img src=x onerror=document.title=1> &lt;b&gt;not bold&lt;/b&gt; <javascript:alert(1)|press me>'
  await post([
    { type: 'section', text: { type: 'mrkdwn', text: attack } },
    {
      type: 'rich_text',
      elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: '*x* <!channel> <b>' }] }],
    },
  ])
  const shown = page.locator('.message').last()
  await shown.getByText('<b>not bold</b>').waitFor()
  assert.equal(await shown.locator('img, a, b:not(.who b)').count(), 0)
  assert.equal(await shown.locator('pre').textContent(), '*x* <!channel> <b>')
})

test('other sites cannot press buttons through the browser of who reads this', async () => {
  const own = slack ?? (await startFakeSlack())
  const press = (headers: Record<string, string>) =>
    fetch(`${own.url}/_control/click`, { method: 'POST', headers, body: '{}' })
  assert.equal((await press({ 'content-type': 'application/json', origin: 'http://evil.example' })).status, 403)
  assert.equal((await press({ 'content-type': 'text/plain' })).status, 415)
  if (own !== slack) await own.stop()
})

test('the page ran without complaints', { skip }, () => assert.deepEqual(complaints, []))
