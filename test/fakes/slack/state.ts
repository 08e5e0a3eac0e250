import { randomBytes } from 'node:crypto'
import { type Fields, SlackFailure } from './wire.ts'
import type { SlackChannel, SlackUser, Workspace } from './workspace.ts'

const TRIGGER_LIFE_MS = 3_000
const RESPONSE_URL_LIFE_MS = 30 * 60_000
const RESPONSE_URL_USES = 5

export interface SlackFile {
  id: string
  name: string
  title: string
  mimetype: string
  size: number
  content: Buffer
  snippetType?: string
}

export interface SlackMessage {
  channel: string
  ts: string
  user: string
  text: string
  blocks: Fields[]
  metadata?: Fields
  threadTs?: string
  /** Only this user sees it, and it cannot be changed by ts. */
  ephemeralTo?: string
  /** A note of the Slack client itself, such as a click the app did not answer. */
  fromSlack?: boolean
  editedTs?: string
  files: SlackFile[]
  /** What the message said before each chat.update, oldest first. */
  history: { text: string; blocks: Fields[]; at: number }[]
}

export interface SlackView {
  id: string
  hash: string
  user: string
  rootId: string
  previousId: string | null
  /** What the app sent: type, title, blocks, private_metadata, … */
  payload: Fields
  /** What Slack shows beside inputs after `response_action: errors`, by block_id. */
  errors: Record<string, string>
}

/** A file announced by files.getUploadURLExternal and not yet completed. */
interface Upload {
  file: SlackFile
  expires: number
  received: boolean
}

interface Trigger {
  user: string
  expires: number
  used: boolean
}

interface ResponseUrl {
  user: string
  channel: string
  messageTs?: string
  expires: number
  uses: number
}

/** Everything the workspace knows; every change is told to the listeners. */
export class SlackState {
  readonly workspace: Workspace
  readonly messages: SlackMessage[] = []
  readonly views = new Map<string, SlackView>()
  readonly homes = new Map<string, SlackView>()
  readonly files = new Map<string, SlackFile>()
  /** By the secret part of the upload URL. */
  readonly uploads = new Map<string, Upload>()
  readonly responseUrls = new Map<string, ResponseUrl>()
  readonly #triggers = new Map<string, Trigger>()
  readonly #listeners = new Set<() => void>()
  #clockAhead = 0
  #lastTs = 0

  constructor(workspace: Workspace) {
    this.workspace = workspace
  }

  now(): number {
    return Date.now() + this.#clockAhead
  }

  /** Moves Slack's clock forward: trigger ids, response_urls and upload URLs age, nothing waits. */
  advance(ms: number): void {
    this.#clockAhead += ms
    this.changed()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  /** Unique, growing, in seconds with six decimals, as Slack's message ids are. */
  nextTs(): string {
    this.#lastTs = Math.max(this.now() * 1000, this.#lastTs + 1)
    return `${Math.floor(this.#lastTs / 1e6)}.${String(this.#lastTs % 1e6).padStart(6, '0')}`
  }

  newId(prefix: string): string {
    return prefix + randomBytes(5).toString('hex').toUpperCase()
  }

  user(id: string): SlackUser {
    const user = this.workspace.users.find(candidate => candidate.id === id)
    if (!user) throw new SlackFailure('user_not_found')
    return user
  }

  channel(idOrName: string): SlackChannel | undefined {
    const name = idOrName.replace(/^#/, '')
    return this.workspace.channels.find(channel => channel.id === idOrName || channel.name === name)
  }

  /** The direct message channel of the bot with a user, opened when it does not exist yet. */
  directMessage(userId: string): SlackChannel {
    const known = this.workspace.channels.find(channel => channel.imWith === userId)
    if (known) return known
    const user = this.user(userId)
    if (user.deleted) throw new SlackFailure('user_disabled')
    const channel: SlackChannel = {
      id: this.newId('D'),
      name: user.name,
      members: [userId, this.workspace.app.botUserId],
      isPrivate: true,
      imWith: userId,
    }
    this.workspace.channels.push(channel)
    return channel
  }

  message(channel: string, ts: string): SlackMessage | undefined {
    return this.messages.find(message => message.channel === channel && message.ts === ts)
  }

  add(message: Partial<SlackMessage> & Pick<SlackMessage, 'channel' | 'user' | 'text'>): SlackMessage {
    const added: SlackMessage = { ts: this.nextTs(), blocks: [], files: [], history: [], ...message }
    this.messages.push(added)
    this.changed()
    return added
  }

  /** A line only this user sees, said by the Slack client and not by the app. */
  notice(user: string, channel: string, text: string): void {
    this.add({ channel, user: 'USLACKBOT', text, ephemeralTo: user, fromSlack: true })
  }

  newTrigger(user: string): string {
    const id = `${Math.floor(this.now() / 1000)}.${this.#triggers.size + 1}.${randomBytes(16).toString('hex')}`
    this.#triggers.set(id, { user, expires: this.now() + TRIGGER_LIFE_MS, used: false })
    return id
  }

  /** Exchanges a trigger_id for the user whose click made it: once, and within three seconds. */
  useTrigger(id: string): string {
    const trigger = this.#triggers.get(id)
    if (!trigger) throw new SlackFailure('invalid_trigger_id')
    if (this.now() > trigger.expires) throw new SlackFailure('expired_trigger_id')
    if (trigger.used) throw new SlackFailure('exchanged_trigger_id')
    trigger.used = true
    return trigger.user
  }

  newResponseUrl(user: string, channel: string, messageTs?: string): string {
    const id = randomBytes(16).toString('hex')
    const expires = this.now() + RESPONSE_URL_LIFE_MS
    this.responseUrls.set(id, { user, channel, expires, uses: 0, ...(messageTs ? { messageTs } : {}) })
    return id
  }

  useResponseUrl(id: string): ResponseUrl {
    const target = this.responseUrls.get(id)
    if (!target) throw new SlackFailure('invalid_url')
    if (this.now() > target.expires) throw new SlackFailure('expired_url')
    if (target.uses >= RESPONSE_URL_USES) throw new SlackFailure('used_url')
    target.uses += 1
    return target
  }

  /** The modals a user has open, the visible one last. */
  viewStack(user: string): SlackView[] {
    return [...this.views.values()].filter(view => view.user === user)
  }
}
