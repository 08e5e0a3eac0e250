import { setTimeout as sleep } from 'node:timers/promises'
import type { ReleaseToTell } from '#src/oncall/internal-shapes.ts'
import type { CardDesk } from './card-desk.ts'
import type { Claims } from './claims.ts'
import type { GatewayClient } from './gateway-client.ts'
import type { LinkedAccounts } from './linked-accounts.ts'
import { type BotLog, errorCode } from './logger.ts'
import { type Mention, releaseAlert, reviewReminder } from './release-alert.ts'
import type { SlackDirectory } from './slack-directory.ts'
import { slackFault } from './slack-fault.ts'

export interface ReleasePorts {
  readonly gateway: GatewayClient
  readonly claims: Claims
  readonly directory: SlackDirectory
  readonly links: LinkedAccounts
  readonly log: BotLog
  readonly desk: CardDesk
  /** Where it is said: in the first one that takes it. */
  readonly channels: readonly string[]
  readonly mention: Mention
}

type Place = Readonly<Record<'channel' | 'ts', string>>

/**
 * Says aloud that somebody released a statement alone, and daily that nobody has reviewed it. What is to be said comes from the
 * gateway's record, so that who can write to the hold store cannot keep it quiet; a claim there delays it by minutes.
 */
export class ReleaseKeeper {
  readonly #ports: ReleasePorts

  constructor(ports: ReleasePorts) {
    this.#ports = ports
  }

  /** Never rejects. */
  async run(everyMilliseconds: number, signal: AbortSignal): Promise<void> {
    const { gateway, log } = this.#ports
    while (!signal.aborted) {
      try {
        for (const release of (await gateway.askAsBot('releases', {})).releases) await this.#tell(release)
      } catch (error) {
        log.warn({ code: errorCode(error) }, 'releases could not be looked at')
      }
      await sleep(everyMilliseconds, undefined, { signal }).catch(() => undefined)
    }
  }

  async #tell(release: ReleaseToTell): Promise<void> {
    const { claims, gateway, log } = this.#ports
    const { id } = release.session
    if (!(await claims.take(`release:${id}:${release.told?.at ?? 0}`))) return
    const place = (await this.#remind(release)) ?? (await this.#announce(release))
    if (!place) return log.error({ hold: id, code: 'no_channel' }, 'a release could be announced nowhere')
    await gateway.askAsBot('announced', { id, ...place })
    log.info({ hold: id }, release.told ? 'reminded of a review' : 'announced a release')
  }

  async #announce(release: ReleaseToTell): Promise<Place | undefined> {
    const { desk, channels, directory, claims, links, mention } = this.#ports
    const { id } = release.session
    const marked = { id, terms: { createdAt: release.release.at } }
    for (const channel of channels) {
      const place = await this.#unlessRefused(id, async () => {
        if (await directory.isShared(channel)) return undefined
        return claims.sayOnce(`release-first:${id}:${channel}`, {
          find: async () => (release.told ? undefined : desk.find(channel, marked)),
          say: () => desk.post(channel, marked, releaseAlert(release, { people: links.known, mention })),
        })
      })
      if (place) return { channel: place.channel, ts: place.ts }
    }
    return undefined
  }

  /** In the thread of the alert; undefined where there is none, or none any more, or where others read it by now. */
  async #remind(release: ReleaseToTell): Promise<Place | undefined> {
    const { desk, channels, directory, claims, mention } = this.#ports
    const { told, session } = release
    if (!told || !channels.includes(told.channel)) return undefined
    const key = `review-${told.at}`
    const { channel, ts } = told
    const place = { channel, ts }
    return this.#unlessRefused(session.id, async () => {
      if (await directory.isShared(channel)) return undefined
      await claims.sayOnce<unknown>(`release-first:${session.id}:${key}`, {
        find: () => desk.isNoted(place, key),
        say: () => desk.note(place, key, reviewReminder(release, mention)),
      })
      return place
    })
  }

  /** Rejects where Slack is away: then it is tried again. */
  async #unlessRefused<T>(hold: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      const { kind, code } = slackFault(error)
      if (kind === 'later') throw error
      this.#ports.log.error({ hold, code }, 'a channel does not take a release')
      return undefined
    }
  }
}
