import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answers } from './answers.ts'
import type { FakeSlack } from './fake-slack.ts'
import type { OutageKind } from './faults.ts'
import { readJson, sendJson } from './http-server.ts'
import type { ClickOptions } from './interactions.ts'
import { fileBody, messageBody } from './message-body.ts'
import type { SlackMessage, SlackView } from './state.ts'
import { asFields, asText, type Fields, SlackFailure } from './wire.ts'

function shownMessage(message: SlackMessage, slack: FakeSlack): Fields {
  return {
    ...messageBody(message, slack.state.workspace),
    channel: message.channel,
    ephemeral: Boolean(message.ephemeralTo),
    from_slack: Boolean(message.fromSlack),
    updates: message.history.length,
    files: message.files.map(file => ({ ...fileBody(file), url: `/_control/files/${file.id}` })),
  }
}

const shownView = (view: SlackView | undefined): Fields | null =>
  view
    ? { id: view.id, hash: view.hash, previous_view_id: view.previousId, errors: view.errors, ...view.payload }
    : null

/** All that one user's client shows: their channels, the messages of each, their open modal and their Home tab. */
function client(slack: FakeSlack, user: string): Fields {
  const { workspace, messages } = slack.state
  const channels = workspace.channels.filter(channel => channel.members.includes(user))
  const ids = new Set(channels.map(channel => channel.id))
  const shown = messages.filter(
    message => ids.has(message.channel) && (!message.ephemeralTo || message.ephemeralTo === user),
  )
  return {
    team: workspace.team,
    app: workspace.app,
    users: workspace.users,
    userGroups: workspace.userGroups,
    channels,
    messages: shown.map(message => shownMessage(message, slack)),
    view: shownView(slack.state.viewStack(user).at(-1)),
    home: shownView(slack.state.homes.get(user)),
    connected: slack.connected,
    mode: slack.mode,
  }
}

function optionsOf(body: Fields): ClickOptions & { values?: Answers } {
  return {
    ...(body.block_id ? { blockId: asText(body.block_id) } : {}),
    ...(body.option === undefined ? {} : { option: asText(body.option) }),
    ...(body.confirm === 'no' ? { confirm: 'no' as const } : {}),
    ...(body.values ? { values: asFields(body.values) as Answers } : {}),
  }
}

type Control = (body: Fields, slack: FakeSlack) => unknown

const controls: Record<string, Control> = {
  click: (body, slack) =>
    body.view_id
      ? slack.clickInView(asText(body.user), asText(body.view_id), asText(body.action_id), optionsOf(body))
      : slack.click(asText(body.user), asText(body.channel), asText(body.ts), asText(body.action_id), optionsOf(body)),
  submit: (body, slack) => slack.submit(asText(body.user), asText(body.view_id), asFields(body.values) as Answers),
  'close-view': (body, slack) => slack.closeView(asText(body.user), asText(body.view_id)),
  command: (body, slack) => slack.command(asText(body.user), asText(body.channel), asText(body.text)),
  say: (body, slack) => void slack.say(asText(body.user), asText(body.channel), asText(body.text)),
  shortcut: (body, slack) =>
    slack.shortcut(asText(body.user), asText(body.channel), asText(body.ts), asText(body.callback_id)),
  'open-home': (body, slack) => slack.openHome(asText(body.user)),
  dismiss: (body, slack) => slack.dismiss(asText(body.user), asText(body.ts)),
  refresh: (body, slack) => slack.refreshConnections(body.which === 'all' ? 'all' : 'one'),
  fault: (body, slack) => setFault(body, slack),
}

const faults: Record<string, (body: Fields, slack: FakeSlack, times: number | undefined) => void> = {
  outage: (body, slack, times) => slack.outage(asText(body.how) as OutageKind, times),
  'rate-limit': (body, slack, times) => slack.faults.rateLimit(asText(body.method), Number(body.retry_after), times),
  'lose-response': (body, slack, times) => slack.faults.loseResponse(asText(body.method), times),
  stall: (body, slack, times) => slack.faults.stall(asText(body.method), times),
  duplicate: (_body, slack, times) => slack.faults.duplicateDeliveries(times),
  restore: (_body, slack) => slack.faults.restore(),
}

function setFault(body: Fields, slack: FakeSlack): void {
  const set = faults[asText(body.kind)]
  if (!set) throw new SlackFailure('unknown_fault')
  set(body, slack, body.times === undefined ? undefined : Number(body.times))
}

const reads: Record<string, (url: URL, slack: FakeSlack) => unknown> = {
  client: (url, slack) => client(slack, url.searchParams.get('user') ?? ''),
  messages: (url, slack) =>
    slack.state.messages
      .filter(message => message.channel === slack.state.channel(url.searchParams.get('channel') ?? '')?.id)
      .filter(message => !message.ephemeralTo || message.ephemeralTo === url.searchParams.get('user'))
      .map(message => ({ ...shownMessage(message, slack), history: message.history })),
  deliveries: (_url, slack) => slack.deliveries,
}

/** Other sites a person has open must not be able to press buttons here: own host only, and JSON, never a form. */
function isOwnPage(request: IncomingMessage, slack: FakeSlack): boolean {
  const origin = request.headers.origin
  const host = request.headers.host ?? ''
  const port = new URL(slack.url).port
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return false
  return origin === undefined || origin === `http://${host}`
}

function streamChanges(slack: FakeSlack, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write('data: hello\n\n')
  const off = slack.state.onChange(() => response.write('data: changed\n\n'))
  request.on('close', off)
}

/** The controls over HTTP, under /_control/: GET client, messages, deliveries, files, events; POST what people do. */
export async function handleControl(
  slack: FakeSlack,
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  if (!isOwnPage(request, slack)) return sendJson(response, 403, { ok: false, error: 'other_site' })
  const [name = '', id = ''] = url.pathname.slice('/_control/'.length).split('/')
  if (request.method === 'GET') {
    if (name === 'events') return streamChanges(slack, request, response)
    const file = name === 'files' ? slack.state.files.get(id) : undefined
    if (file) return sendJson(response, 200, { ...fileBody(file), content: file.content.toString() })
    const read = reads[name]
    return read ? sendJson(response, 200, read(url, slack)) : sendJson(response, 404, { ok: false, error: 'not_found' })
  }
  const control = controls[name]
  if (!control) return sendJson(response, 404, { ok: false, error: 'not_found' })
  if (!request.headers['content-type']?.startsWith('application/json')) {
    return sendJson(response, 415, { ok: false, error: 'json_only' })
  }
  try {
    sendJson(response, 200, { ok: true, result: (await control(readJson(body), slack)) ?? null })
  } catch (error) {
    if (!(error instanceof SlackFailure)) throw error
    sendJson(response, 400, { ok: false, error: error.code })
  }
}
