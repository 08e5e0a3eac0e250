import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { App } from '@slack/bolt'
import { socketApp } from './bolt-app.ts'
import { type FakeSlack, startFakeSlack } from './fake-slack.ts'
import { decidedCard, denyModal, sampleCard } from './sample-card.ts'

let slack: FakeSlack
let app: App
const channel = 'C0APPROVALS'
let ts = ''
let heard: string[] = []

before(async () => {
  slack = await startFakeSlack()
  app = socketApp(slack)
  app.action('approve', async ({ ack, body, client }) => {
    await ack()
    heard.push(`approve by ${body.user.id} of ${body.user.team_id}`)
    const text = 'Approved'
    await client.chat.update({ channel, ts, text, blocks: decidedCard('r1', body.user.id) })
  })
  app.action('deny', async ({ ack, body, client }) => {
    await ack()
    if ('trigger_id' in body) await client.views.open({ trigger_id: body.trigger_id, view: denyModal('r1') })
  })
  app.action('more', async ({ ack, payload }) => {
    await ack()
    if (payload.type === 'overflow') heard.push(`more: ${payload.selected_option.value}`)
  })
  app.action('silent', async () => {})
  app.view('deny', async ({ ack, view, body }) => {
    const reason = view.state.values.reason?.text?.value ?? ''
    if (reason === 'because') {
      await ack({ response_action: 'errors', errors: { reason: 'Say it in words the agent can use.' } })
      return
    }
    await ack()
    heard.push(`denied by ${body.user.id}: ${reason}, then ${view.state.values.next?.choice?.selected_option?.value}`)
  })
  app.view({ type: 'view_closed', callback_id: 'deny' }, async ({ ack }) => {
    await ack()
    heard.push('closed')
  })
  app.command('/qw', async ({ ack, command, respond }) => {
    await ack({ text: `looking for ${command.text}`, response_type: 'ephemeral' })
    await respond({ text: 'found 14', response_type: 'ephemeral' })
  })
  await app.start()
})

after(async () => {
  await app.stop()
  await slack.stop()
})

beforeEach(async () => {
  heard = []
  const posted = await app.client.chat.postMessage({
    channel: '#data-approvals',
    text: 'Approval needed',
    blocks: sampleCard('r1'),
    metadata: { event_type: 'approval', event_payload: { id: 'r1' } },
  })
  ts = posted.ts ?? ''
})

test('a click on a card reaches the app with who clicked, and the card is updated in place', async () => {
  const delivery = await slack.click('U0ONCALL1', channel, ts, 'approve')
  const message = await slack.waitForMessage(found => found.ts === ts && found.history.length === 1)
  assert.equal(delivery?.acked, true)
  assert.deepEqual(heard, ['approve by U0ONCALL1 of T0DEMO'])
  assert.equal(message.text, 'Approved')
  assert.equal(message.blocks.length, 2)
  assert.equal(message.history[0]?.text, 'Approval needed')
  assert.equal(message.editedTs, undefined, 'an update with blocks shows no "(edited)"')
  assert.deepEqual(message.metadata, { event_type: 'approval', event_payload: { id: 'r1' } })
})

test('outsiders and people who left can still press the button, under their own team', async () => {
  await slack.click('U0OUTSIDER', channel, ts, 'approve')
  await slack.click('U0LEFT', channel, ts, 'approve')
  await slack.waitFor(() => heard.length === 2, 'both clicks')
  assert.deepEqual(heard, ['approve by U0OUTSIDER of T0PARTNER', 'approve by U0LEFT of T0DEMO'])
})

test('a modal refuses what its limits forbid, shows the errors of the app, then closes', async () => {
  await slack.click('U0ONCALL1', channel, ts, 'deny')
  const view = await slack.waitForView('U0ONCALL1')
  const short = await slack.submit('U0ONCALL1', view.id, { reason: 'no' })
  assert.deepEqual(short.errors, { reason: 'Please use at least 3 characters.' })
  assert.equal(short.delivery, undefined, 'the client asks again without telling the app')
  const refused = await slack.submit('U0ONCALL1', view.id, { reason: 'because' })
  assert.equal(refused.status, 'errors')
  assert.deepEqual(slack.view('U0ONCALL1')?.errors, { reason: 'Say it in words the agent can use.' })
  const done = await slack.submit('U0ONCALL1', view.id, { reason: 'not before the freeze ends', next: 'owner' })
  assert.equal(done.status, 'closed')
  assert.equal(slack.view('U0ONCALL1'), undefined)
  assert.deepEqual(heard, ['denied by U0ONCALL1: not before the freeze ends, then owner'])
})

test('closing a modal is told to an app that asked for it', async () => {
  await slack.click('U0ONCALL1', channel, ts, 'deny')
  const view = await slack.waitForView('U0ONCALL1')
  await assert.rejects(slack.submit('U0ONCALL2', view.id, {}), { code: 'not_found' })
  await slack.closeView('U0ONCALL1', view.id)
  await slack.waitFor(() => heard.includes('closed'), 'view_closed')
})

test('a confirm dialog answered with no delivers nothing, an overflow menu delivers its option', async () => {
  const before = slack.deliveries.length
  assert.equal(await slack.click('U0ONCALL1', channel, ts, 'approve-shape', { confirm: 'no' }), undefined)
  assert.equal(slack.deliveries.length, before)
  await slack.click('U0ONCALL1', channel, ts, 'more', { option: 'escalate' })
  await slack.waitFor(() => heard.length === 1, 'overflow')
  assert.deepEqual(heard, ['more: escalate'])
  await assert.rejects(slack.click('U0ONCALL1', channel, ts, 'more', { option: 'invented' }), {
    code: 'option_not_found',
  })
})

test('a slash command gets ids for names, and its answers are seen by one person only', async () => {
  const delivery = await slack.command(
    'U0ONCALL1',
    channel,
    '/qw find @oncall-2 in #data-oncall by @data-oncall @nobody',
  )
  const answer = await slack.waitForEphemeral('U0ONCALL1', found => found.text === 'found 14')
  assert.equal(delivery.acked, true)
  assert.ok(answer)
  const said = slack.ephemerals('U0ONCALL1').map(found => found.text)
  const escaped = '<@U0ONCALL2|oncall-2> in <#C0ONCALL|data-oncall> by <!subteam^S0ONCALL|@data-oncall> @nobody'
  assert.ok(said.includes(`looking for find ${escaped}`), said.join('\n'))
  assert.deepEqual(slack.ephemerals('U0ONCALL2'), [])
})

test('a click nobody acknowledges within three seconds fails before the eyes of who clicked', async () => {
  const posted = await app.client.chat.postMessage({
    channel,
    text: 'x',
    blocks: [
      {
        type: 'actions',
        elements: [{ type: 'button', action_id: 'silent', text: { type: 'plain_text', text: 'Nothing happens' } }],
      },
    ],
  })
  const delivery = await slack.click('U0ONCALL2', channel, posted.ts ?? '', 'silent')
  assert.deepEqual([delivery?.acked, delivery?.failure], [false, 'timeout'])
  // A timer may be over within the millisecond before.
  assert.ok(delivery && Math.ceil(delivery.latencyMs) >= 3_000, `it failed after ${delivery?.latencyMs} ms`)
  assert.match(slack.ephemerals('U0ONCALL2').at(-1)?.text ?? '', /not responding/)
})

test('the same envelope can arrive twice, and Bolt runs the listener twice', async () => {
  slack.faults.duplicateDeliveries()
  await slack.click('U0ONCALL1', channel, ts, 'approve')
  await slack.waitFor(() => heard.length === 2, 'second delivery')
})

test('files arrive in the thread with their content', async () => {
  await app.client.filesUploadV2({
    channel_id: channel,
    thread_ts: ts,
    filename: 'statement.sql',
    content: 'select 1 -- ünï',
    snippet_type: 'sql',
  })
  const [reply] = slack.thread(channel, ts)
  assert.equal(reply?.files[0]?.name, 'statement.sql')
  assert.equal(reply?.files[0]?.content.toString(), 'select 1 -- ünï')
})
