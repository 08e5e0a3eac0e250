import type { TellOwners } from '#src/config/config.ts'
import type { CardRef, Hold } from '#src/hold/hold.ts'
import type { HoldStore } from '#src/hold/hold-store.ts'
import { isIntact } from '#src/hold/intact.ts'
import { givenGrant } from '#src/hold/live-grants.ts'
import { namedBy } from '#src/hold/own-agent.ts'
import { quorums } from '#src/hold/review.ts'
import { countedReviews, type ReviewPorts } from '#src/hold/review-hold.ts'
import { nameIn } from '#src/show/asked-by.ts'
import { stateWord } from '#src/show/outcome.ts'
import { type Card, renderCard } from './card.ts'
import type { CardDesk } from './card-desk.ts'
import { CardFiles } from './card-files.ts'
import { type CardPlace, type CardSeal, fetchOwn } from './card-seal.ts'
import type { Channels } from './channels.ts'
import type { Claims } from './claims.ts'
import type { DirectMessages } from './direct-messages.ts'
import type { BotLog } from './logger.ts'
import { bareCard } from './message-head.ts'
import type { Refused } from './refused.ts'
import type { ReviewerPorts } from './reviewer.ts'
import { slackFault } from './slack-fault.ts'

export interface CardPorts extends Pick<ReviewPorts, 'verifier' | 'person'>, ReviewerPorts {
  readonly consoleUrl?: string
  readonly holds: HoldStore
  readonly claims: Claims
  readonly desk: CardDesk
  readonly cardSeal: CardSeal
  readonly channels: Channels
  readonly direct: DirectMessages
  /** Where an agent's owner hears what becomes of its statements. */
  readonly tellOwners: TellOwners
  readonly log: BotLog
}

/** What a card says that does not stand in its hold. */
export type Around = Readonly<Record<'awaited' | 'together', boolean>>

/** One attempt to post lasts shorter than this, and nobody else posts meanwhile. */
const claimSeconds = 60
const attemptMilliseconds = 40_000
const triedSeconds = 7 * 86_400
const conflicts = 8

/**
 * Keeps one card for each hold. Several keepers may run at once: who may post is claimed in the hold store, where the card is
 * stands in the hold itself, and a card whose answer was lost is looked for before another is posted.
 */
export class CardKeeper {
  readonly files: CardFiles
  readonly #ports: CardPorts
  /** Holds of which a card in another channel could not be shown. */
  readonly #elsewhere: Refused
  /** Until when this process alone may post a hold; milliseconds, by the store's clock. */
  readonly #claims = new Map<string, number>()
  /** Ended, and no card of it was found. */
  readonly #cardless = new Set<string>()

  constructor(ports: CardPorts, elsewhere: Refused) {
    this.#ports = ports
    this.#elsewhere = elsewhere
    this.files = new CardFiles(ports)
  }

  /**
   * Whether a hold without a card should have one, or has one that we do not know of: the answer to its post was lost, or
   * whoever posted it has died, and it was decided before anybody looked for it. A card in a channel that cannot be used any
   * more is none while people are asked.
   */
  async lacksCard({ id, state, rebuilt, cards }: Hold): Promise<boolean> {
    const { channels } = this.#ports
    if (state === 'pending') {
      const lost = !cards[0] || (await channels.isLost(cards[0].channel))
      return lost && (await channels.usable()) !== undefined
    }
    if (cards.length > 0 || this.#cardless.has(id)) return false
    return rebuilt === true || (await this.#ports.holds.kept(triedKey(id))) !== undefined
  }

  /** Finds the card, or posts one while the hold is pending. Rejects with Slack's errors and `holds_unavailable`. */
  async post(hold: Hold): Promise<void> {
    if (!(await this.#claim(hold.id))) return
    const earlier = await this.#earlier(hold)
    if (earlier) {
      await this.#putRef(hold, earlier, 0)
    } else if (hold.state === 'pending') {
      const ref = await this.#put(hold)
      if (ref) await this.#putRef(hold, ref, hold.version)
    } else {
      this.#cardless.add(hold.id)
    }
    this.#ports.log.info({ hold: hold.id, state: hold.state }, earlier ? 'card found' : 'card posted')
    this.#claims.delete(hold.id)
  }

  /** Into the first channel that Slack takes it in; undefined where there is none. */
  async #put(hold: Hold): Promise<CardPlace | undefined> {
    const { desk, channels, holds, people, log } = this.#ports
    const { owner } = hold.terms.statement.principal
    if (owner !== undefined && !namedBy(people, owner))
      log.warn(
        { hold: hold.id },
        'the owner of its agent is nobody of identity.people, who cannot be kept from deciding',
      )
    const card = await this.#render(hold, await holds.now(), { awaited: true, together: false })
    for (let channel = await channels.usable(); channel !== undefined; channel = await channels.usable()) {
      try {
        return await desk.post(channel, hold, card)
      } catch (error) {
        if (!channels.refuses(channel, error)) throw error
      }
    }
    return undefined
  }

  /** Brings the card to what the hold is now. */
  async update(id: string, around: Around): Promise<void> {
    for (let attempt = 0; attempt < conflicts; attempt += 1) {
      const hold = await fetchOwn(this.#ports.holds, this.#ports.cardSeal, id)
      const ref = typeof hold === 'object' ? hold.cards[0] : undefined
      if (typeof hold !== 'object' || !ref) return
      const attached = await this.files.attach(hold, ref)
      const card = await this.#render(withCard(hold, attached), Number(ref.ts) * 1000, around)
      if (!(await this.#show(hold, attached, card))) return this.#forget(hold)
      const others = await this.#showElsewhere(hold, card)
      // What another keeper shows meanwhile may be overtaken by this update, so a conflict always shows once more.
      const cards = [{ ...attached, shows: hold.version + 1 }, ...others]
      if ((await this.#ports.holds.replace(hold, { ...hold, cards })) === 'replaced') return
    }
  }

  /** Only one process may post, and again after its claim has run out: it may have died in between. */
  async #claim(id: string): Promise<boolean> {
    const now = await this.#ports.holds.now()
    const until = this.#claims.get(id)
    if (until !== undefined && now + attemptMilliseconds < until) return true
    if (!(await this.#ports.holds.once(`post:${id}`, claimSeconds))) return false
    this.#claims.set(id, now + claimSeconds * 1000)
    return true
  }

  /** A card that an earlier attempt may have left, of this process or of another. Not asked for at the very first one. */
  async #earlier(hold: Hold): Promise<CardPlace | undefined> {
    const { holds, channels } = this.#ports
    const tried = (await holds.kept(triedKey(hold.id))) !== undefined
    if (!tried) await holds.keep(triedKey(hold.id), 'tried', triedSeconds)
    if (!tried && !hold.rebuilt) return undefined
    const unknown = channels.all.filter(channel => !hold.cards.some(card => card.channel === channel))
    for (const channel of unknown) {
      const found = await this.#find(channel, hold)
      if (found) return found
    }
    return undefined
  }

  async #find(channel: string, hold: Hold): Promise<CardPlace | undefined> {
    try {
      return await this.#ports.desk.find(channel, hold)
    } catch (error) {
      const { kind, code } = slackFault(error)
      if (kind === 'later') throw error
      this.#ports.log.warn({ hold: hold.id, code, channel }, 'cannot look for an earlier card; there may be two')
      return undefined
    }
  }

  /**
   * Cards in channels that could not be used for a while: where they can be again, nobody is asked what is decided. Answers what
   * they show now: one that is refused stays behind, and is tried again.
   */
  async #showElsewhere(hold: Hold, card: Card): Promise<CardRef[]> {
    const [, ...others] = hold.cards
    const shown: CardRef[] = []
    for (const ref of others) {
      try {
        await this.#show(hold, ref, card)
        shown.push({ ...ref, shows: hold.version + 1 })
      } catch (error) {
        const { kind, code } = slackFault(error)
        if (kind === 'later') throw error
        this.#elsewhere.add(hold.id)
        this.#ports.log.warn({ hold: hold.id, code, channel: ref.channel }, 'a card in another channel is not shown')
        shown.push(ref)
      }
    }
    return shown
  }

  /** `shown`: the version that the card shows. Putting the card into the hold makes another version, which shows no more. */
  async #putRef(posted: Hold, ref: CardPlace, shown: number): Promise<void> {
    let hold: Hold = posted
    for (let attempt = 0; attempt < conflicts; attempt += 1) {
      const shows = hold.version === shown ? shown + 1 : shown
      const cards = [{ ...ref, proof: this.#ports.cardSeal.proof(posted.id, ref), shows }, ...hold.cards]
      if ((await this.#ports.holds.replace(hold, { ...hold, cards })) === 'replaced') return
      const now = await fetchOwn(this.#ports.holds, this.#ports.cardSeal, posted.id)
      if (typeof now !== 'object' || now.cards.some(({ ts }) => ts === ref.ts)) return
      hold = now
    }
  }

  /** A channel may be shared since its card was posted. Rejects where Slack cannot tell. */
  async #seenIn({ channel }: CardRef, hold: Hold, card: Card): Promise<Card> {
    if (!(await this.#ports.directory.isShared(channel))) return card
    return bareCard(isIntact(hold) ? stateWord(hold) : 'Not approvable', String(hold.id))
  }

  /** False where the card is gone. */
  async #show(hold: Hold, ref: CardRef, card: Card): Promise<boolean> {
    try {
      await this.#ports.desk.update(ref, await this.#seenIn(ref, hold, card))
      return true
    } catch (error) {
      if (slackFault(error).code !== 'message_not_found') throw error
      this.#ports.log.warn({ hold: hold.id, code: 'message_not_found' }, 'the card is gone')
      return false
    }
  }

  /** Whether the card that people are to decide on is where it was put; where it is not, the hold has none any more. */
  async checkCard(hold: Hold): Promise<void> {
    const [card] = hold.cards
    try {
      if (card && !(await this.#ports.desk.isThere(card))) await this.#forget(hold)
    } catch (error) {
      const { kind, code } = slackFault(error)
      if (kind === 'later') throw error
      this.#ports.log.warn({ hold: hold.id, code }, 'a card could not be looked for')
    }
  }

  /** A pending hold whose card somebody deleted gets another one; of a decided one nothing is left to show. */
  async #forget(hold: Hold): Promise<void> {
    const cards = hold.state === 'pending' ? [] : hold.cards.map(card => ({ ...card, shows: hold.version + 1 }))
    await this.#ports.holds.replace(hold, { ...hold, cards })
  }

  async #render(hold: Hold, postedAt: number, around: Around): Promise<Card> {
    const { people, person, consoleUrl } = this.#ports
    const reviews = isIntact(hold) ? await countedReviews(this.#ports, hold) : []
    const quorum = quorums(hold.terms, reviews)
    const reviewed = { reviews, quorum, grant: givenGrant(hold.terms, reviews, person) }
    const said = { nameOf: nameIn(people), postedAt, ...around, ...(consoleUrl ? { consoleUrl } : {}) }
    return renderCard(hold, { ...reviewed, ...said })
  }
}

function triedKey(id: string): string {
  return `card-tried:${id}`
}

function withCard(hold: Hold, card: CardRef): Hold {
  return { ...hold, cards: [card, ...hold.cards.slice(1)] }
}
