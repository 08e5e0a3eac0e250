import type { Clock } from '#src/clock.ts'
import type { HoldStore } from '#src/hold/hold-store.ts'
import type { DirectMessages } from './direct-messages.ts'
import type { LinkedAccounts } from './linked-accounts.ts'
import { type BotLog, errorCode } from './logger.ts'
import type { Words } from './note-message.ts'
import type { Inline } from './rich-text.ts'
import type { SlackDirectory } from './slack-directory.ts'
import { slackFault } from './slack-fault.ts'

interface ChannelPorts {
  readonly directory: SlackDirectory
  readonly direct: DirectMessages
  readonly links: LinkedAccounts
  readonly holds: HoldStore
  readonly clock: Clock
  readonly log: BotLog
  readonly consoleUrl?: string
}

interface ChannelSettings {
  /** The first that can be used is. */
  readonly channels: readonly string[]
  /** `Person.id`s of who is told where the first cannot be. */
  readonly engineers: readonly string[]
}

const refusals = /^(not_in_channel|is_archived|channel_not_found|restricted_action\w*)$/
const refusedMilliseconds = 60_000
const lostSeconds = 30 * 86_400
const claimSeconds = 60

/** Where cards go: into their channel, into the second one while that cannot be used, and where neither can be, nowhere. */
export class Channels {
  readonly #ports: ChannelPorts
  readonly #settings: ChannelSettings
  /** Channels in which Slack has just refused a post, although nothing else says why. */
  readonly #refused = new Map<string, { readonly why: string; readonly until: number }>()

  constructor(ports: ChannelPorts, settings: ChannelSettings) {
    this.#ports = ports
    this.#settings = settings
  }

  get all(): readonly string[] {
    return this.#settings.channels
  }

  /** Undefined where there is none. Whoever looks after it is told of one that cannot be used. Rejects where Slack cannot be asked. */
  async usable(): Promise<string | undefined> {
    const reasons = await Promise.all(this.all.map(channel => this.#why(channel)))
    const usable = this.all.find((_channel, at) => reasons[at] === undefined)
    const [first = ''] = this.all
    if (reasons[0] === undefined) await this.#forget(first)
    else await this.#report(first, reasons[0], usable)
    return usable
  }

  async isLost(channel: string): Promise<boolean> {
    return (await this.#why(channel)) !== undefined
  }

  /** Whether a post came to nothing because of the channel, which then is not used for a while. */
  refuses(channel: string, error: unknown): boolean {
    const { kind, code: why } = slackFault(error)
    if (kind !== 'refused' || !refusals.test(why)) return false
    this.#refused.set(channel, { why, until: this.#ports.clock.now() + refusedMilliseconds })
    return true
  }

  async #why(channel: string): Promise<string | undefined> {
    const refused = this.#refused.get(channel)
    if (refused && this.#ports.clock.now() < refused.until) return refused.why
    return this.#ports.directory.unusable(channel)
  }

  /** Once, by whichever process comes first, until the channel could be used again. */
  async #report(channel: string, why: string, instead: string | undefined): Promise<void> {
    const { holds, log } = this.#ports
    const key = lostKey(channel)
    if ((await holds.kept(key)) !== undefined) return
    if (!(await holds.once(`tell-${key}`, claimSeconds))) return
    log.error({ code: why, channel }, 'cards cannot be posted in their channel')
    await this.#tellEngineers(channel, why, instead)
    await holds.keep(key, why, lostSeconds)
  }

  async #tellEngineers(channel: string, why: string, instead: string | undefined): Promise<void> {
    const { direct, links, clock, log, consoleUrl } = this.#ports
    const room = (id: string): Inline => ({ type: 'channel', channel_id: id })
    const place: Words = consoleUrl
      ? ['the console: ', { type: 'link', url: consoleUrl }]
      : ['nowhere else: they wait until they expire']
    const goes =
      instead === undefined ? ['Statements that wait are decided in ', ...place] : ['Cards go to ', room(instead)]
    const help = ', until I can: invite me there, or name another channel in slack.channel.'
    const words = ['I cannot post cards in ', room(channel), ` (${why}). `, ...goes, help]
    const engineers = links.known.filter(({ id }) => this.#settings.engineers.includes(id))
    for (const { slack } of engineers) {
      if (!slack) continue
      try {
        await direct.tell(slack.user, `lost:${channel}:${clock.now()}`, words)
      } catch (error) {
        log.error({ code: errorCode(error) }, 'an engineer could not be told of a lost channel')
      }
    }
  }

  async #forget(channel: string): Promise<void> {
    const { holds, log } = this.#ports
    if ((await holds.kept(lostKey(channel))) === undefined) return
    await holds.forget(lostKey(channel))
    log.info({ channel }, 'cards can be posted in their channel again')
  }
}

function lostKey(channel: string): string {
  return `channel-lost:${channel}`
}
