import type { AddressInfo } from 'node:net'
import type { Answers } from './answers.ts'
import type { Delivery } from './delivery.ts'
import { userBody } from './directory-methods.ts'
import { Dispatcher } from './dispatcher.ts'
import { Faults, type OutageKind } from './faults.ts'
import { HttpDelivery } from './http-delivery.ts'
import { serve } from './http-server.ts'
import { type ClickOptions, Interactions } from './interactions.ts'
import { slashCommand } from './slash-command.ts'
import { SocketMode } from './socket-mode.ts'
import { type SlackMessage, SlackState, type SlackView } from './state.ts'
import { waitFor } from './wait-for.ts'
import { SlackFailure } from './wire.ts'
import { type SlackUser, type Workspace, workspace } from './workspace.ts'

interface FakeSlackOptions {
  /** A free port when absent. */
  port?: number
  /** Parts of the workspace that differ from the demo's. */
  workspace?: Partial<Workspace>
  /** How payloads reach the app: over Socket Mode, or signed to `requestUrl`. */
  mode?: 'socket' | 'http'
  /** Where HTTP mode posts to; can also be set later with `setRequestUrl`. */
  requestUrl?: string
  /** Waits before events are tried again; Slack's own are 0, 1 and 5 minutes. */
  eventRetriesMs?: number[]
}

/** For what never comes: on a busy machine a client takes its time until it has asked. */
const patienceMilliseconds = 180_000

/** A local Slack workspace that enforces what Slack enforces, for tests and the demo. */
export class FakeSlack {
  readonly state: SlackState
  readonly faults = new Faults(() => this.state.now())
  /** Every Web API call that got as far as a method. */
  readonly calls: { method: string; ok: boolean; error?: string }[] = []
  /** Defects of the stand-in itself; empty in a healthy run. */
  readonly failures: unknown[] = []
  readonly mode: 'socket' | 'http'
  url = ''
  readonly #socket: SocketMode
  readonly #dispatcher: Dispatcher
  readonly #people: Interactions
  #requestUrl: string
  #close: () => Promise<void> = async () => {}

  constructor(options: FakeSlackOptions) {
    this.mode = options.mode ?? 'socket'
    this.state = new SlackState(workspace(options.workspace))
    this.#requestUrl = options.requestUrl ?? 'http://127.0.0.1:9/slack/events'
    this.#socket = new SocketMode(this.state.workspace.app.id, () => this.state.changed())
    const http = new HttpDelivery(() => this.#requestUrl, this.state.workspace.signingSecret)
    const courier = this.mode === 'http' ? http : this.#socket
    this.#dispatcher = new Dispatcher(courier, this.faults, this.state, options.eventRetriesMs)
    const deliver = this.#dispatcher.deliver.bind(this.#dispatcher)
    this.#people = new Interactions(this.state, deliver, () => this.url)
  }

  async start(port: number): Promise<void> {
    const context = () => ({
      state: this.state,
      host: new URL(this.url).host,
      openSocketUrl: () => this.#socket.openUrl(new URL(this.url).host),
    })
    const server = await serve(this, context, (...upgrade) => this.#socket.upgrade(...upgrade), port)
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.#close = () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }

  async stop(): Promise<void> {
    await this.#dispatcher.stop()
    await this.#socket.stop()
    await this.#close()
  }

  /** For `clientOptions.slackApiUrl`. */
  get apiUrl(): string {
    return `${this.url}/api/`
  }

  get botToken(): string {
    return this.state.workspace.botToken
  }

  get appToken(): string {
    return this.state.workspace.appToken
  }

  get signingSecret(): string {
    return this.state.workspace.signingSecret
  }

  /** Open Socket Mode connections. */
  get connected(): number {
    return this.#socket.connectionCount
  }

  /** How each payload was acknowledged, and how fast. */
  get deliveries(): readonly Delivery[] {
    return this.#dispatcher.deliveries
  }

  get requestUrl(): string {
    return this.#requestUrl
  }

  setRequestUrl(url: string): void {
    this.#requestUrl = url
  }

  /** Moves Slack's clock: trigger ids live 3 s, response_urls 30 min. */
  advance(ms: number): void {
    this.state.advance(ms)
  }

  /** What lasts in a channel (id or name), oldest first, threads included. */
  messages(channel: string): SlackMessage[] {
    const id = this.state.channel(channel)?.id
    return this.state.messages.filter(message => message.channel === id && !message.ephemeralTo)
  }

  thread(channel: string, ts: string): SlackMessage[] {
    return this.messages(channel).filter(message => message.threadTs === ts)
  }

  /** What only this user sees, the Slack client's own notes included. */
  ephemerals(user: string): SlackMessage[] {
    return this.state.messages.filter(message => message.ephemeralTo === user)
  }

  /** Messages between the bot and a user. */
  directMessages(user: string): SlackMessage[] {
    return this.messages(this.state.directMessage(user).id)
  }

  /** The modal a user sees. */
  view(user: string): SlackView | undefined {
    return this.state.viewStack(user).at(-1)
  }

  home(user: string): SlackView | undefined {
    return this.state.homes.get(user)
  }

  click(user: string, channel: string, ts: string, actionId: string, options: ClickOptions = {}) {
    return this.#people.click(user, this.state.channel(channel)?.id ?? channel, ts, actionId, options)
  }

  clickInView(user: string, viewId: string, actionId: string, options: ClickOptions & { values?: Answers } = {}) {
    return this.#people.clickInView(user, viewId, actionId, options)
  }

  /** Answers go by block_id; inputs not named keep what they show. */
  submit(user: string, viewId: string, answers: Answers = {}) {
    return this.#people.submit(user, viewId, answers)
  }

  closeView(user: string, viewId: string): Promise<void> {
    return this.#people.closeView(user, viewId)
  }

  shortcut(user: string, channel: string, ts: string, callbackId: string): Promise<Delivery> {
    return this.#people.shortcut(user, channel, ts, callbackId)
  }

  /** Types a whole line such as "/qw find since:2h". */
  command(user: string, channel: string, text: string): Promise<Delivery> {
    const deliver = this.#dispatcher.deliver.bind(this.#dispatcher)
    return slashCommand({ user, channel, text }, this.state, deliver, this.url)
  }

  /** Posts what a person typed; the stand-in's apps do not listen to it. */
  say(user: string, channel: string, text: string): SlackMessage {
    const target = this.state.channel(channel)
    if (!target?.members.includes(user)) throw new SlackFailure('not_in_channel')
    const escaped = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
    return this.state.add({ channel: target.id, user, text: escaped })
  }

  openHome(user: string): Promise<Delivery> {
    const channel = this.state.directMessage(user).id
    return this.#dispatcher.event({ type: 'app_home_opened', user, channel, tab: 'home' })
  }

  event(event: Record<string, unknown> & { type: string }): Promise<Delivery> {
    return this.#dispatcher.event(event)
  }

  /** Changes a user and tells the app with user_change, as when somebody leaves. */
  changeUser(id: string, changes: Partial<SlackUser>): Promise<Delivery> {
    const user = Object.assign(this.state.user(id), changes)
    return this.#dispatcher.event({ type: 'user_change', user: userBody(user, this.state.workspace) })
  }

  /** What an administrator does to a channel; nobody tells the app. */
  setArchived(channel: string, isArchived: boolean): void {
    Object.assign(this.state.channel(channel) ?? {}, { isArchived })
    this.state.changed()
  }

  setMember(channel: string, user: string, isMember: boolean): void {
    const target = this.state.channel(channel)
    if (!target) throw new SlackFailure('channel_not_found')
    target.members = [...target.members.filter(member => member !== user), ...(isMember ? [user] : [])]
    this.state.changed()
  }

  /** Takes away a message only this user sees. */
  dismiss(user: string, ts: string): void {
    const at = this.state.messages.findIndex(message => message.ts === ts && message.ephemeralTo === user)
    if (at < 0) throw new SlackFailure('message_not_found')
    this.state.messages.splice(at, 1)
    this.state.changed()
  }

  /** An administrator takes a message away. */
  remove(channel: string, ts: string): void {
    const message = this.state.message(this.state.channel(channel)?.id ?? channel, ts)
    if (!message) throw new SlackFailure('message_not_found')
    this.state.messages.splice(this.state.messages.indexOf(message), 1)
    this.state.changed()
  }

  /** One Socket Mode connection goes dead without being closed. */
  silenceConnection(): void {
    this.#socket.silence()
  }

  refreshConnections(which: 'one' | 'all' = 'one'): void {
    this.#socket.refresh(which)
  }

  /** Slack goes away: calls fail for `requests` calls or until `faults.restore()`, and sockets are cut. */
  outage(kind: OutageKind, requests?: number): void {
    this.faults.outage(kind, requests)
    this.#socket.cut()
  }

  /** Resolves with the first defined answer of `look`, asked now and at every change; rejects after `ms`. */
  waitFor<T>(look: () => T | undefined | false, what: string, ms = patienceMilliseconds): Promise<T> {
    return waitFor(this.state, look, what, ms)
  }

  waitForMessage(matches: (message: SlackMessage) => boolean, ms?: number): Promise<SlackMessage> {
    return this.waitFor(
      () => this.state.messages.find(message => !message.ephemeralTo && matches(message)),
      'message',
      ms,
    )
  }

  waitForEphemeral(user: string, matches: (message: SlackMessage) => boolean = () => true, ms?: number) {
    return this.waitFor(() => this.ephemerals(user).find(matches), `ephemeral message to ${user}`, ms)
  }

  waitForView(user: string, matches: (view: SlackView) => boolean = () => true, ms?: number): Promise<SlackView> {
    const top = () => {
      const view = this.view(user)
      return view && matches(view) ? view : undefined
    }
    return this.waitFor(top, `modal of ${user}`, ms)
  }
}

/** Starts a workspace on 127.0.0.1. */
export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const slack = new FakeSlack(options)
  await slack.start(options.port ?? 0)
  return slack
}
