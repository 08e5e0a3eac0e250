import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { App, HTTPReceiver, LogLevel } from '@slack/bolt'
import { type FakeSlack, startFakeSlack } from './fake-slack.ts'
import { denyModal, sampleCard } from './sample-card.ts'

let slack: FakeSlack
let app: App
let ts = ''
const channel = 'C0APPROVALS'
let heard: string[] = []
const retries: unknown[] = []

async function startApp(signingSecret: string): Promise<{ app: App; url: string }> {
  const receiver = new HTTPReceiver({ signingSecret, logLevel: LogLevel.ERROR })
  const clientOptions = { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } }
  const started = new App({ token: slack.botToken, receiver, logLevel: LogLevel.ERROR, clientOptions })
  const server = (await started.start({ port: 0, host: '127.0.0.1' })) as Server
  return { app: started, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events` }
}

before(async () => {
  slack = await startFakeSlack({ mode: 'http', eventRetriesMs: [0] })
  const started = await startApp(slack.signingSecret)
  app = started.app
  slack.setRequestUrl(started.url)
  app.action('approve', async ({ ack, body }) => {
    heard.push(`approve by ${body.user.id}`)
    await ack()
  })
  app.action('deny', async ({ ack, body, client }) => {
    await ack()
    if ('trigger_id' in body) await client.views.open({ trigger_id: body.trigger_id, view: denyModal('r1') })
  })
  app.view('deny', async ({ ack, view }) => {
    const text = view.state.values.reason?.text?.value ?? ''
    if (text === 'because') await ack({ response_action: 'errors', errors: { reason: 'No.' } })
    else await ack({ response_action: 'update', view: { ...denyModal('r1'), blocks: [{ type: 'divider' }] } })
  })
  app.command('/qw', async ({ ack, command }) => ack(`you said ${command.text}`))
  app.event('app_home_opened', async ({ context }) => {
    retries.push(context.retryNum)
  })
  const posted = await app.client.chat.postMessage({ channel, text: 'x', blocks: sampleCard('r1') })
  ts = posted.ts ?? ''
})

after(async () => {
  await app.stop()
  await slack.stop()
})

test('signed clicks, modals and commands pass the checks of Bolt', async () => {
  heard = []
  assert.equal((await slack.click('U0ONCALL1', channel, ts, 'approve'))?.acked, true)
  assert.deepEqual(heard, ['approve by U0ONCALL1'])
  await slack.click('U0ONCALL1', channel, ts, 'deny')
  const view = await slack.waitForView('U0ONCALL1')
  assert.equal((await slack.submit('U0ONCALL1', view.id, { reason: 'because' })).status, 'errors')
  assert.equal((await slack.submit('U0ONCALL1', view.id, { reason: 'too late' })).status, 'updated')
  assert.equal(slack.view('U0ONCALL1')?.id, view.id)
  await slack.command('U0ONCALL1', channel, '/qw pending')
  assert.equal(slack.ephemerals('U0ONCALL1').at(-1)?.text, 'you said pending')
})

test('a duplicate carries the same signature, and the app hears it twice', async () => {
  heard = []
  slack.faults.duplicateDeliveries()
  await slack.click('U0ONCALL1', channel, ts, 'approve')
  assert.equal(heard.length, 2)
})

test('an app with another signing secret hears nothing', async () => {
  const other = await startApp('another-secret')
  const right = slack.deliveries.length
  const { url } = other
  const stranger = await startFakeSlack({ mode: 'http', requestUrl: url, eventRetriesMs: [] })
  const message = stranger.state.add({
    channel,
    user: 'U0WARDEN',
    text: 'x',
    blocks: [
      {
        type: 'actions',
        block_id: 'b',
        elements: [{ type: 'button', action_id: 'approve', text: { type: 'plain_text', text: 'Go' } }],
      },
    ],
  })
  const delivery = await stranger.click('U0ONCALL1', channel, message.ts, 'approve')
  assert.deepEqual([delivery?.acked, delivery?.failure], [false, 'http_error'])
  assert.equal(slack.deliveries.length, right)
  await stranger.stop()
  await other.app.stop()
})

test('an event that fails is sent again with its number and reason', async () => {
  const { requestUrl } = slack
  slack.setRequestUrl('http://127.0.0.1:9/slack/events')
  const first = await slack.openHome('U0ONCALL1')
  slack.setRequestUrl(requestUrl)
  assert.equal(first.failure, 'connection_failed')
  await slack.waitFor(() => retries.length === 1, 'retry')
  assert.deepEqual(retries, [1])
})
