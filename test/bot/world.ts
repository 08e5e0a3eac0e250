import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogFields } from '#bot/logger.ts'
import { type OpenBot, openBot } from '#bot/open-bot.ts'
import type { Clock } from '#src/clock.ts'
import type { BotConfig, TellOwners } from '#src/config/config.ts'
import { Secret } from '#src/config/secret.ts'
import type { Hold, HoldState } from '#src/hold/hold.ts'
import { SqliteHoldStore } from '#src/hold/sqlite-hold-store.ts'
import type { Person } from '#src/principal.ts'
import { type FakeSlack, startFakeSlack } from '#test/fakes/slack/fake-slack.ts'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { people, reviewKey } from './sample-hold.ts'

export const channel = 'C0APPROVALS'

export interface WorldOptions {
  mode?: 'socket' | 'http'
  bots?: number
  people?: readonly Person[]
  channel?: string
  consoleUrl?: string
  fallback?: string
  engineers?: readonly string[]
  matchEmail?: boolean
  /** In the thread where absent. */
  tellOwners?: TellOwners
  slackGroups?: Readonly<Record<string, string>>
  /** How long a hold whose card Slack refuses is left alone at first. */
  refusedMilliseconds?: number
  /** False: start bots by hand with `startBot`. */
  start?: boolean
  clock?: Clock
  /** The gateway that look-ups go to; none where absent. */
  gateway?: BotConfig['gateway']
}

/** A Slack workspace, a hold store and bots that share it as separate processes would: each with its own connection. */
export class World {
  readonly slack: FakeSlack
  readonly holds: SqliteHoldStore
  /** How far the hold store's clock is ahead, in milliseconds. */
  ahead = 0
  readonly logged: { fields: LogFields; message: string }[] = []
  readonly #options: WorldOptions
  readonly #folder: string
  readonly #open: { bot: OpenBot; holds: SqliteHoldStore }[] = []

  constructor(slack: FakeSlack, folder: string, options: WorldOptions) {
    this.slack = slack
    this.#folder = folder
    this.#options = options
    this.holds = this.openHolds()
  }

  openHolds(): SqliteHoldStore {
    const clock = { now: () => Date.now() + this.ahead }
    return new SqliteHoldStore(join(this.#folder, 'holds.sqlite'), { clock })
  }

  async startBot(): Promise<OpenBot> {
    const holds = this.openHolds()
    const line = (fields: LogFields, message: string) => void this.logged.push({ fields, message })
    const log = { info: line, warn: line, error: line }
    const { clock, refusedMilliseconds } = this.#options
    const slow = refusedMilliseconds === undefined ? {} : { refusedMilliseconds }
    const pace = { sweepMilliseconds: 200, backoffMilliseconds: 20, ...slow }
    const bot = await openBot(this.#config(), { holds, log, pace, ...(clock ? { clock } : {}) })
    this.#open.push({ bot, holds })
    if (bot.port) this.slack.setRequestUrl(`http://127.0.0.1:${bot.port}/slack/events`)
    return bot
  }

  /** Puts a hold into the store, as the gateway does. */
  async put(hold: Hold): Promise<Hold> {
    await this.holds.create(hold)
    return hold
  }

  /** The card of a hold once it begins with these words. */
  card(hold: Hold, words = 'Approval needed'): Promise<SlackMessage> {
    return this.slack.waitForMessage(message => isCardOf(message, hold) && header(message).startsWith(words))
  }

  cards(hold: Hold): SlackMessage[] {
    return this.slack.state.messages.filter(message => isCardOf(message, hold))
  }

  async click(user: string, hold: Hold, action: string) {
    const { ts, channel: where } = await this.card(hold, '')
    return this.slack.click(user, where, ts, action)
  }

  /** What only this user was told, once something was. */
  async told(user: string): Promise<string> {
    return (await this.slack.waitForEphemeral(user)).text
  }

  /** Looks again and again until it is so; for what Slack's side cannot tell. */
  async until(look: () => boolean, what: string): Promise<void> {
    for (const end = performance.now() + 5_000; !look(); await sleep(5)) {
      if (performance.now() > end) throw new Error(`no ${what} within 5 s`)
    }
  }

  /** Moves a stored hold on, as the gateway does, however often a bot writes in between. */
  async move(hold: Hold, state: HoldState, changes: Partial<Hold> = {}): Promise<void> {
    for (;;) {
      const stored = await this.stored(hold)
      if ((await this.holds.replace(stored, { ...stored, state, ...changes })) === 'replaced') return
    }
  }

  async stored(hold: Hold): Promise<Hold> {
    const stored = await this.holds.fetch(hold.id)
    if (!stored) throw new Error('the hold is gone')
    return stored
  }

  async close(): Promise<void> {
    for (const { bot, holds } of this.#open) {
      await bot.close()
      await holds.close()
    }
    await this.slack.stop()
    await this.holds.close()
    rmSync(this.#folder, { recursive: true })
  }

  #config(): BotConfig {
    const { slack } = this
    return {
      stores: { holds: new Secret('sqlite:') },
      people: this.#options.people ?? people,
      ...(this.#options.consoleUrl ? { console: { url: this.#options.consoleUrl } } : {}),
      slackGroups: this.#options.slackGroups ?? {},
      keys: { reviews: reviewKey },
      gateway: this.#options.gateway ?? { url: 'http://127.0.0.1:9', audience: 'http://127.0.0.1:9' },
      slack: {
        mode: this.#options.mode ?? 'socket',
        channel: this.#options.channel ?? channel,
        oncall: { channel: 'C0ONCALL', mention: 'here' },
        botToken: new Secret(slack.botToken),
        appToken: new Secret(slack.appToken),
        signingSecret: new Secret(slack.signingSecret),
        host: '127.0.0.1',
        port: 0,
        matchEmail: this.#options.matchEmail ?? false,
        engineers: this.#options.engineers ?? [],
        ...(this.#options.fallback ? { fallback: this.#options.fallback } : {}),
        tellOwners: this.#options.tellOwners ?? 'thread',
        apiUrl: slack.apiUrl,
      },
    }
  }
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const slack = await startFakeSlack({ mode: options.mode ?? 'socket' })
  const world = new World(slack, mkdtempSync(join(tmpdir(), 'querywarden-bot-')), options)
  if (options.start === false) return world
  for (let at = 0; at < (options.bots ?? 1); at += 1) await (await world.startBot()).connected
  return world
}

/** A test in a world of its own, in which Slack refused nothing that the bot sent. */
export function inWorld(name: string, options: WorldOptions, run: (world: World) => Promise<void>): void {
  test(name, async () => {
    const world = await openWorld(options)
    try {
      await run(world)
      assert.deepEqual(world.slack.failures, [])
    } finally {
      await world.close()
    }
  })
}

export function header(message: SlackMessage): string {
  const [first] = message.blocks as { type?: string; text?: { text?: string } }[]
  return first?.type === 'header' ? (first.text?.text ?? '') : ''
}

/** Everything a message shows, as one text. */
export function shownText(value: unknown): string {
  if (Array.isArray(value)) return value.map(shownText).join(' ')
  if (typeof value !== 'object' || value === null) return ''
  return Object.entries(value)
    .map(([name, inner]) => (name === 'text' && typeof inner === 'string' ? inner : shownText(inner)))
    .join(' ')
}

export function isCardOf(message: SlackMessage, { id }: Pick<Hold, 'id'>): boolean {
  return header(message) !== '' && shownText(message.blocks).includes(id)
}

interface Workspace {
  readonly slack: { readonly state: Pick<World['slack']['state'], 'workspace'> }
}

/** An administrator whom nobody linked, somebody of another workspace of the company, and all of these users in the channel. */
export function addPeople({ slack }: Workspace, users: Readonly<Record<string, string>>): void {
  const { users: known, channels } = slack.state.workspace
  const [member] = known
  assert.ok(member)
  known.push({ ...member, id: 'U0ADMIN', name: 'admin-1' })
  known.push({ ...member, id: 'U0ELSEWHERE', name: 'elsewhere-1', teamId: 'T0OTHER' })
  for (const { id, members } of channels)
    if (id === channel) members.push(...Object.values(users).filter(user => !members.includes(user)))
}
