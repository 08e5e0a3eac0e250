import { setTimeout as sleep } from 'node:timers/promises'
import type { Person } from '#src/principal.ts'
import { type SlackLink, withLinks } from '#src/record/slack-link.ts'
import { shortLine } from '#src/show/visible-text.ts'
import type { Claims } from './claims.ts'
import type { DirectMessages } from './direct-messages.ts'
import type { GatewayClient } from './gateway-client.ts'
import { type BotLog, errorCode } from './logger.ts'
import { bold, plain } from './rich-text.ts'
import { slackFault } from './slack-fault.ts'

interface LinkPorts {
  readonly people: readonly Person[]
  readonly gateway: GatewayClient
  readonly direct: DirectMessages
  readonly claims: Claims
  readonly log: BotLog
  /** Absent: nobody can link anything. */
  readonly consoleUrl?: string
}

/** The people of the configuration with their Slack accounts: those that stand there, and those that they linked themselves. */
export class LinkedAccounts {
  readonly #ports: LinkPorts
  #known: readonly SlackLink[] = []

  constructor(ports: LinkPorts) {
    this.#ports = ports
  }

  /** As known last; for whom to call by name, never for who may do what. */
  get known(): readonly Person[] {
    return withLinks(this.#ports.people, this.#known)
  }

  /** As they are now. Rejects where the gateway cannot be asked. */
  async fresh(): Promise<{ people: readonly Person[]; links: readonly SlackLink[] }> {
    const { people, gateway, consoleUrl } = this.#ports
    if (consoleUrl !== undefined) this.#known = (await gateway.askAsBot('links', {})).links
    return { people: withLinks(people, this.#known), links: this.#known }
  }

  /** Looks for new links now and then, and tells each account of its own, so that none is linked behind somebody's back. */
  async run(everyMilliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#ports.consoleUrl === undefined) return
    while (!signal.aborted) {
      try {
        const { links } = await this.fresh()
        for (const link of links) if (link.toldAt === undefined) await this.#tell(link)
      } catch (error) {
        this.#ports.log.warn({ code: errorCode(error) }, 'links could not be looked at')
      }
      await sleep(everyMilliseconds, undefined, { signal }).catch(() => undefined)
    }
  }

  async #tell({ id, user, person }: SlackLink): Promise<void> {
    const { claims, direct, gateway, people, log } = this.#ports
    if (!(await claims.take(`tell-link:${id}`))) return
    const name = people.find(known => known.id === person)?.name ?? person
    const words = [
      'Your Slack account is linked: what you click counts as that of ',
      bold(shortLine(name, 80)),
      ' (',
      plain(shortLine(person, 80)),
      '). If it was not you who signed in for this, write /qw unlink and tell whoever runs Querywarden.',
    ]
    try {
      const key = `link:${id}`
      await claims.sayOnce<unknown>(`tell-first:${key}`, {
        find: () => direct.isTold(user, key),
        say: () => direct.tell(user, key, words),
      })
    } catch (error) {
      if (slackFault(error).kind === 'later') throw error
      log.error({ code: errorCode(error) }, 'an account could not be told of its link')
    }
    await gateway.askAsBot('told', { link: id })
  }
}
