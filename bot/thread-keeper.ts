import { GatewayError } from '#src/errors.ts'
import type { Hold } from '#src/hold/hold.ts'
import { isIntact } from '#src/hold/intact.ts'
import { countedReviews, fetchHold } from '#src/hold/review-hold.ts'
import type { CardPorts } from './card-keeper.ts'
import { called, type Words } from './note-message.ts'
import { dueNotes, mayBeDue, type Note } from './notes.ts'
import { isUnasked, resolveReviewer } from './reviewer.ts'
import { slackFault } from './slack-fault.ts'

const conflicts = 8

/**
 * Tells what is due in the thread of a card, each note once: which were told stands in the hold itself, who tells is claimed
 * in the hold store, and a note whose answer was lost is looked for before it is told again.
 */
export class ThreadKeeper {
  readonly #ports: CardPorts

  constructor(ports: CardPorts) {
    this.#ports = ports
  }

  /** What has to be said now, by the hold store's clock. */
  async due(hold: Hold): Promise<readonly Note[]> {
    const { holds, links, groups, tellOwners } = this.#ports
    if (!hold.cards[0] || !mayBeDue(hold, tellOwners) || !isIntact(hold)) return []
    const reviews = await countedReviews(this.#ports, hold)
    const facts = { now: await holds.now(), people: links.known, reviews, tellOwners }
    // Slack is asked who is in its groups only where there is something to tell them.
    if (dueNotes(hold, facts).length === 0) return []
    return dueNotes(hold, { ...facts, people: await groups.addedToAll(links.known) })
  }

  async tell(hold: Hold, notes: readonly Note[]): Promise<void> {
    for (const note of notes) {
      if (!(await this.#ports.claims.take(`tell:${hold.id}:${note.key}`))) continue
      const welcome = await this.#isWelcome(hold, note)
      if (welcome === undefined) continue
      if (welcome) await this.#say(hold, note)
      await this.#remember(hold.id, note)
    }
  }

  /** What is for one person alone goes into the thread, with their name, only where they cannot be written to. */
  async #say(hold: Hold, { key, to, direct, words }: Note): Promise<void> {
    if (!direct || !to?.slack) return this.#post(hold, key, words)
    if (await this.#sayAlone(hold, key, to.slack.user, words)) return
    await this.#post(hold, key, [...called(to.slack.user), ...words])
  }

  /** False where Slack refuses it. */
  async #sayAlone(hold: Hold, key: string, user: string, words: Words): Promise<boolean> {
    const { claims, direct, log } = this.#ports
    const name = `${hold.id}:${key}`
    try {
      await claims.sayOnce<unknown>(`tell-alone:${name}`, {
        find: () => direct.isTold(user, name),
        say: () => direct.tell(user, name, words),
        again: hold.rebuilt ?? false,
      })
      return true
    } catch (error) {
      const { kind, code } = slackFault(error)
      if (error instanceof GatewayError || kind === 'later') throw error
      log.warn({ hold: hold.id, code }, 'an owner cannot be written to: told in the thread')
      return false
    }
  }

  async #post(hold: Hold, key: string, words: Words): Promise<void> {
    const { claims, desk, log } = this.#ports
    const card = hold.cards[0]
    if (!card) return
    await claims.sayOnce<unknown>(`tell-first:${hold.id}:${key}`, {
      find: () => desk.isNoted(card, key),
      say: () => desk.note(card, key, words),
      again: hold.rebuilt ?? false,
    })
    log.info({ hold: hold.id, state: hold.state }, `told in the thread: ${key}`)
  }

  /**
   * Nobody outside is called by name, and nothing is said where others listen. Undefined where it cannot be known just now who
   * somebody is: then it is told once that can be. Rejects where Slack cannot tell of a channel.
   */
  async #isWelcome({ cards }: Hold, { to }: Note): Promise<boolean | undefined> {
    const [card] = cards
    if (!card || (await this.#ports.directory.isShared(card.channel))) return false
    if (!to?.slack) return true
    await this.#ports.directory.account(to.slack.user)
    const { user, team } = to.slack
    const reviewer = await resolveReviewer(this.#ports, { user, team, channel: card.channel })
    return 'person' in reviewer || (isUnasked(reviewer.refusal) ? undefined : false)
  }

  /** The card says nothing of it, so it need not be shown anew. */
  async #remember(id: string, { key, stands }: Note): Promise<void> {
    for (let attempt = 0; attempt < conflicts; attempt += 1) {
      const hold = await fetchHold(this.#ports.holds, id)
      if (typeof hold !== 'object') return
      const cards = hold.cards.map(card => (card.shows === hold.version ? { ...card, shows: card.shows + 1 } : card))
      const told = [...new Set([...(hold.told ?? []), key, ...(stands ?? [])])]
      if ((await this.#ports.holds.replace(hold, { ...hold, cards, told })) === 'replaced') return
    }
  }
}
