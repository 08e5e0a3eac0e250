import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, afterEach, before, test } from 'node:test'
import { LogLevel, SocketModeReceiver, webApi } from '@slack/bolt'
import { WebSocket } from 'ws'
import { type FakeSlack, startFakeSlack } from './fake-slack.ts'
import { sampleCard } from './sample-card.ts'

let slack: FakeSlack
let client: webApi.WebClient
const channel = 'C0APPROVALS'
const quiet = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}

before(async () => {
  slack = await startFakeSlack({ eventRetriesMs: [0, 0] })
  client = new webApi.WebClient(slack.botToken, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
    logger: quiet,
  })
})
after(() => slack.stop())
afterEach(() => slack.faults.restore())

const post = () => client.chat.postMessage({ channel, text: 'Approval needed', blocks: sampleCard('r1') })

async function connect(): Promise<SocketModeReceiver['client']> {
  const { client: socket } = new SocketModeReceiver({
    appToken: slack.appToken,
    clientPingTimeout: 60,
    logger: quiet,
    installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl } },
  })
  await socket.start()
  return socket
}

test('a rate limit says how long to wait, and is over after it', async () => {
  slack.faults.rateLimit('chat.postMessage', 7)
  const limited = { code: 'slack_webapi_rate_limited_error', retryAfter: 7 }
  await assert.rejects(post(), limited)
  await assert.rejects(post(), limited, 'who does not wait')
  slack.advance(7_000)
  assert.equal((await post()).ok, true)
})

test('a stalled call is performed and never answered', async () => {
  const before = slack.messages(channel).length
  slack.faults.stall('chat.postMessage')
  const impatient = new webApi.WebClient(slack.botToken, {
    ...{ slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 }, timeout: 100, logger: quiet },
  })
  await assert.rejects(impatient.chat.postMessage({ channel, text: 'still there?' }))
  assert.equal(slack.messages(channel).length, before + 1)
})

test('a lost response leaves the message posted', async () => {
  const before = slack.messages(channel).length
  slack.faults.loseResponse('chat.postMessage')
  await assert.rejects(post(), { code: 'slack_webapi_request_error' })
  assert.equal(slack.messages(channel).length, before + 1)
})

test('an outage ends after so many calls, or when lifted', async () => {
  slack.outage('http-500', 1)
  await assert.rejects(post(), { code: 'slack_webapi_http_error', statusCode: 500 })
  assert.equal((await post()).ok, true)
  slack.outage('cut')
  await assert.rejects(post(), { code: 'slack_webapi_request_error' })
  await assert.rejects(post(), { code: 'slack_webapi_request_error' })
  slack.faults.restore()
  assert.equal((await post()).ok, true)
})

test('without a connection a click fails before the eyes of who clicked, and is not delivered later', async () => {
  const { ts = '' } = await post()
  const delivery = await slack.click('U0ONCALL1', channel, ts, 'approve')
  assert.deepEqual([delivery?.acked, delivery?.failure], [false, 'not_connected'])
  assert.match(slack.ephemerals('U0ONCALL1').at(-1)?.text ?? '', /not responding/)
})

test('an app asked to reconnect comes back; with two connections each click finds one', async () => {
  const { ts = '' } = await post()
  const sockets = [await connect(), await connect()]
  const heard: string[] = []
  for (const socket of sockets) {
    socket.on('interactive', async ({ ack, body }) => {
      heard.push(body.actions[0].action_id)
      await ack()
    })
  }
  assert.equal(slack.connected, 2)
  slack.refreshConnections('one')
  await slack.waitFor(() => slack.connected === 1, 'lost connection')
  assert.equal((await slack.click('U0ONCALL1', channel, ts, 'approve'))?.acked, true)
  await slack.waitFor(() => slack.connected === 2, 'second connection again')
  await slack.click('U0ONCALL1', channel, ts, 'context')
  assert.deepEqual(heard, ['approve', 'context'])
  await Promise.all(sockets.map(socket => socket.disconnect()))
  await slack.waitFor(() => slack.connected === 0, 'farewell')
})

test('an event nobody acknowledged is sent again, numbered; one that was is not', async () => {
  const socket = await connect()
  const attempts: number[] = []
  socket.on('slack_event', async ({ ack, retry_num }) => {
    attempts.push(retry_num)
    await ack()
  })
  assert.equal((await slack.openHome('U0ONCALL1')).acked, true)
  slack.refreshConnections('all')
  await slack.waitFor(() => slack.connected === 0, 'gap')
  const missed = await slack.changeUser('U0ONCALL2', { deleted: true })
  assert.equal(missed.failure, 'not_connected')
  const last = () => slack.deliveries.find(sent => sent.what === 'user_change' && sent.attempt === 2)
  await slack.waitFor(last, 'second retry')
  assert.deepEqual(attempts, [0])
  await socket.disconnect()
})

test('a ticket opens one connection', async () => {
  const appClient = new webApi.WebClient(slack.appToken, { slackApiUrl: slack.apiUrl })
  const { url = '' } = await appClient.apps.connections.open({})
  const first = new WebSocket(url)
  const [hello] = await once(first, 'message')
  assert.equal(JSON.parse(String(hello)).type, 'hello')
  const [refused] = await once(new WebSocket(url), 'error')
  assert.match(String(refused), /403/)
  first.close()
})
