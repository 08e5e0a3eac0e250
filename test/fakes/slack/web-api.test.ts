import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type FakeSlack, startFakeSlack } from './fake-slack.ts'
import { sampleCard } from './sample-card.ts'

type Answer = { ok: boolean; error?: string; response_metadata?: { messages?: string[] } } & Record<string, unknown>

let slack: FakeSlack
before(async () => {
  slack = await startFakeSlack()
})
after(() => slack.stop())

async function call(method: string, args: object, token = slack.botToken): Promise<Answer> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const response = await fetch(`${slack.apiUrl}${method}`, { method: 'POST', headers, body: JSON.stringify(args) })
  return (await response.json()) as Answer
}

const channel = 'C0APPROVALS'
const post = (more: object) => call('chat.postMessage', { channel, text: 'x', ...more })
const plain = (text: string) => ({ type: 'plain_text', text })
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const button = (more: object = {}) => ({ type: 'button', action_id: 'a', text: plain('Go'), ...more })
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

const refusals: [string, object[], string][] = [
  ['51 blocks', times(51, () => ({ type: 'divider' })), 'no more than 50 items allowed [json-pointer:/blocks]'],
  [
    'a long header',
    [{ type: 'header', text: plain('x'.repeat(151)) }],
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'a header in mrkdwn',
    [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
    'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
  ],
  [
    'a long section',
    [section('x'.repeat(3001))],
    'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ],
  ['an empty section', [section('')], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
  ['a section of nothing', [{ type: 'section' }], 'must define either `text` or `fields` [json-pointer:/blocks/0]'],
  [
    '11 fields',
    [{ type: 'section', fields: times(11, () => plain('x')) }],
    'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
  ],
  [
    'a long field',
    [{ type: 'section', fields: [plain('x'.repeat(2001))] }],
    'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
  ],
  [
    '11 context elements',
    [{ type: 'context', elements: times(11, () => plain('x')) }],
    'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    '26 buttons',
    [actions(...times(26, index => button({ action_id: `a${index}` })))],
    'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'a long button',
    [actions(button({ text: plain('x'.repeat(76)) }))],
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
  ],
  [
    'a long value',
    [actions(button({ value: 'x'.repeat(2001) }))],
    'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
  ],
  [
    'a long action_id',
    [actions(button({ action_id: 'x'.repeat(256) }))],
    'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
  ],
  [
    'a strange style',
    [actions(button({ style: 'warning' }))],
    'must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]',
  ],
  [
    'two same action_ids',
    [actions(button(), button())],
    '`action_id` "a" already exists for another element [json-pointer:/blocks/0/elements/1/action_id]',
  ],
  [
    'two same block_ids',
    [
      { type: 'divider', block_id: 'b' },
      { type: 'divider', block_id: 'b' },
    ],
    '`block_id` "b" already exists for another block [json-pointer:/blocks/1/block_id]',
  ],
  [
    'a long confirm',
    [actions(button({ confirm: { text: plain('x'.repeat(301)) } }))],
    'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
  ],
  ['an unknown block', [{ type: 'sidebar' }], 'unsupported type: sidebar [json-pointer:/blocks/0/type]'],
  [
    'an inherited name as type',
    [{ type: 'constructor' }],
    'unsupported type: constructor [json-pointer:/blocks/0/type]',
  ],
  [
    'an unknown element',
    [actions({ type: 'lever', action_id: 'a' })],
    'unsupported type: lever [json-pointer:/blocks/0/elements/0/type]',
  ],
  [
    'an unknown field',
    [{ type: 'section', text: { type: 'mrkdwn', text: 'x', emoji: true } }],
    'invalid additional property: emoji [json-pointer:/blocks/0/text]',
  ],
  [
    'rich text in preformatted',
    [
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'user', user_id: 'U1' }] }],
      },
    ],
    'unsupported type: user [json-pointer:/blocks/0/elements/0/elements/0/type]',
  ],
  [
    '101 options',
    [
      actions({
        type: 'static_select',
        action_id: 'a',
        options: times(101, index => ({ text: plain('x'), value: `${index}` })),
      }),
    ],
    'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
]

for (const [what, blocks, reason] of refusals) {
  test(`blocks with ${what} are refused with the place of the mistake`, async () => {
    const answer = await post({ blocks })
    assert.equal(answer.error, 'invalid_blocks')
    assert.deepEqual(answer.response_metadata?.messages, [`[ERROR] ${reason}`])
    const validated = await call('blocks.validate', { blocks })
    assert.deepEqual(validated.errors, [reason])
  })
}

test('what a card needs is accepted, and keeps its metadata', async () => {
  const metadata = { event_type: 'approval', event_payload: { id: 'r1' } }
  const answer = await post({ blocks: sampleCard('r1'), metadata })
  assert.equal(answer.ok, true, JSON.stringify(answer))
  assert.deepEqual((answer.message as { metadata: object }).metadata, metadata)
  assert.equal((await call('blocks.validate', { blocks: sampleCard('r1') })).ok, true)
})

test('limits hold for the message as a whole', async () => {
  assert.equal((await post({ blocks: times(5, () => section('x'.repeat(2500))) })).error, 'msg_blocks_too_long')
  assert.equal((await post({ blocks: times(4, () => section('x'.repeat(3000))) })).ok, true)
  const long = await post({ text: 'x'.repeat(4001) })
  assert.equal(long.ok, true, 'posting tolerates more than updating does')
  assert.equal((await call('chat.update', { channel, ts: long.ts, text: 'x'.repeat(4001) })).error, 'msg_too_long')
  assert.equal((await post({ text: '' })).error, 'no_text')
  assert.equal((await post({ blocks: '{' })).error, 'invalid_blocks_format')
  assert.equal((await post({ metadata: { event_type: 'x' } })).error, 'invalid_metadata_schema')
})

test('an update without blocks drops them and shows as edited', async () => {
  const { ts } = await post({ blocks: [section('card')] })
  await call('chat.update', { channel, ts, text: 'only text' })
  const message = slack.state.message(channel, String(ts))
  assert.deepEqual([message?.blocks, message?.text, message?.editedTs !== undefined], [[], 'only text', true])
})

test('tokens are told apart', async () => {
  assert.equal((await call('auth.test', {}, '')).error, 'not_authed')
  assert.equal((await call('auth.test', {}, 'xoxb-stolen')).error, 'invalid_auth')
  assert.equal((await call('auth.test', {}, slack.appToken)).error, 'not_allowed_token_type')
  assert.equal((await call('apps.connections.open', {})).error, 'not_allowed_token_type')
  assert.equal((await call('auth.test', {})).user_id, 'U0WARDEN')
  assert.equal((await call('chat.scream', {})).error, 'unknown_method')
})

test('a bot writes only where it is, and changes only what it wrote', async () => {
  const to = async (target: string) => (await call('chat.postMessage', { channel: target, text: 'x' })).error
  assert.deepEqual(
    [await to('C0GENERAL'), await to('C0OLD'), await to('C0NOWHERE'), await to('U0LEFT')],
    ['not_in_channel', 'is_archived', 'channel_not_found', 'user_disabled'],
  )
  const human = slack.say('U0ONCALL1', channel, 'mine')
  assert.equal((await call('chat.update', { channel, ts: human.ts, text: 'x' })).error, 'cant_update_message')
  assert.equal(
    (await call('chat.update', { channel: '#data-approvals', ts: human.ts, text: 'x' })).error,
    'channel_not_found',
  )
  const eph = await call('chat.postEphemeral', { channel, user: 'U0ONCALL1', text: 'only you' })
  assert.equal((await call('chat.update', { channel, ts: eph.message_ts, text: 'x' })).error, 'message_not_found')
  assert.equal(
    (await call('chat.postEphemeral', { channel, user: 'U0OUTSIDER', text: 'x' })).error,
    'user_not_in_channel',
  )
})

test('users show what makes an approver unfit', async () => {
  const info = async (user: string) => (await call('users.info', { user })).user as Record<string, unknown>
  assert.equal((await info('U0GUEST')).is_restricted, true)
  assert.equal((await info('U0LEFT')).deleted, true)
  const outsider = await info('U0OUTSIDER')
  assert.deepEqual([outsider.is_stranger, outsider.team_id], [undefined, 'T0PARTNER'])
  slack.state.workspace.users.push({ id: 'U0FAR', name: 'far-1', teamId: 'T0FAR' })
  assert.equal((await info('U0FAR')).is_stranger, true, 'nobody but who shares no channel is a stranger')
  assert.equal('email' in (outsider.profile as object), false)
  assert.equal((await call('users.info', { user: 'U0NOBODY' })).error, 'user_not_found')
  assert.equal((await call('users.lookupByEmail', { email: 'oncall-0@acme.example' })).error, 'users_not_found')
  assert.deepEqual((await call('usergroups.users.list', { usergroup: 'S0ONCALL' })).users, ['U0ONCALL1', 'U0ONCALL2'])
  assert.equal(
    ((await call('conversations.info', { channel: 'C0PARTNER' })).channel as { is_ext_shared: boolean }).is_ext_shared,
    true,
  )
})

test('modals keep their limits', async () => {
  const open = (view: object) => call('views.open', { trigger_id: slack.state.newTrigger('U0ONCALL1'), view })
  const view = { type: 'modal', title: plain('Deny'), blocks: [] as object[] }
  const reasons = async (wrong: object) => (await open(wrong)).response_metadata?.messages
  assert.deepEqual(await reasons({ ...view, title: plain('x'.repeat(25)) }), [
    '[ERROR] must be less than 25 characters [json-pointer:/view/title/text]',
  ])
  assert.deepEqual(await reasons({ ...view, private_metadata: 'x'.repeat(3001) }), [
    '[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]',
  ])
  assert.deepEqual(await reasons({ ...view, blocks: times(101, () => ({ type: 'divider' })) }), [
    '[ERROR] no more than 100 items allowed [json-pointer:/view/blocks]',
  ])
  assert.deepEqual(await reasons({ type: 'modal', blocks: [] }), [
    '[ERROR] missing required field: title [json-pointer:/view]',
  ])
  const input = { type: 'input', label: plain('Why'), element: { type: 'plain_text_input', action_id: 'a' } }
  assert.deepEqual(await reasons({ ...view, blocks: [input] }), [
    '[ERROR] missing required field: submit [json-pointer:/view]',
  ])
  const long = times(100, () => section('x'.repeat(2900)))
  assert.equal((await open({ ...view, blocks: long })).error, 'view_too_large')
  assert.equal(slack.view('U0ONCALL1'), undefined)
})

test('a trigger opens one modal, within three seconds; at most three lie on each other', async () => {
  const view = { type: 'modal', title: plain('Deny'), blocks: [] }
  const trigger = slack.state.newTrigger('U0ONCALL2')
  assert.equal((await call('views.open', { trigger_id: trigger, view })).ok, true)
  assert.equal((await call('views.open', { trigger_id: trigger, view })).error, 'exchanged_trigger_id')
  const late = slack.state.newTrigger('U0ONCALL2')
  slack.advance(3_001)
  assert.equal((await call('views.open', { trigger_id: late, view })).error, 'expired_trigger_id')
  const push = () => call('views.push', { trigger_id: slack.state.newTrigger('U0ONCALL2'), view })
  assert.deepEqual([(await push()).ok, (await push()).ok, (await push()).error], [true, true, 'push_limit_reached'])
  const top = slack.view('U0ONCALL2')
  const stale = { view_id: top?.id, hash: '1.0', view }
  assert.equal((await call('views.update', stale)).error, 'hash_conflict')
})

test('a response_url takes five answers in half an hour', async () => {
  const respond = async (id: string) =>
    (
      await fetch(`${slack.url}/response/${id}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"text":"x"}',
      })
    ).status
  const id = slack.state.newResponseUrl('U0ONCALL1', channel)
  const statuses: number[] = []
  for (let use = 0; use < 6; use += 1) statuses.push(await respond(id))
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 404])
  const old = slack.state.newResponseUrl('U0ONCALL1', channel)
  slack.advance(30 * 60_000 + 1)
  assert.equal(await respond(old), 404)
})

test('a missing scope is named', async () => {
  const bare = await startFakeSlack({ workspace: { scopes: ['chat:write'] } })
  const headers = { authorization: `Bearer ${bare.botToken}` }
  const answer = (await (await fetch(`${bare.apiUrl}users.info?user=U0GUEST`, { headers })).json()) as Answer
  await bare.stop()
  assert.deepEqual([answer.error, answer.needed], ['missing_scope', 'users:read'])
})
