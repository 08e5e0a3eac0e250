import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '#src/errors.ts'
import { Doorbell } from '#src/hold/doorbell.ts'
import { type CardRef, type Hold, holdStates, isTerminal } from '#src/hold/hold.ts'
import { principalKey } from '#src/principal.ts'
import type { SessionId } from '#src/statement.ts'
import { type Around, CardKeeper, type CardPorts } from './card-keeper.ts'
import { fetchOwn } from './card-seal.ts'
import { errorCode } from './logger.ts'
import { Refused } from './refused.ts'
import { slackFault } from './slack-fault.ts'
import { ThreadKeeper } from './thread-keeper.ts'

const live = holdStates.filter(state => !isTerminal(state))
const ended = holdStates.filter(isTerminal)
/** Between two looks whether a card is still there. */
const sweepsBetweenChecks = 20

export interface Pace {
  /** Between two looks at everything that is live. */
  readonly sweepMilliseconds: number
  /** First wait after a failure; doubles up to a hundredfold. */
  readonly backoffMilliseconds: number
  /** How long a hold whose card Slack refuses is left alone; doubles up to half an hour. */
  readonly refusedMilliseconds: number
}

/** What a sweep remembers of a hold that waits for people, of however many there are. */
interface Pending {
  readonly id: SessionId
  readonly agent: string
  readonly hasCard: boolean
}

const usualPace: Pace = { sweepMilliseconds: 3_000, backoffMilliseconds: 300, refusedMilliseconds: 60_000 }

/**
 * Follows the hold store and keeps a card for each hold. Hints make it quick, sweeps make it complete; one call to Slack at
 * a time keeps the order. While Slack is away everything waits, and is posted late, oldest first.
 */
export class Notifier {
  readonly #ports: CardPorts
  readonly #pace: Pace
  readonly #keeper: CardKeeper
  readonly #thread: ThreadKeeper
  readonly #bell = new Doorbell()
  readonly #dirty = new Set<string>()
  /** Seen and not yet shown to their end, even where a hint is lost. */
  readonly #tracked = new Set<string>()
  /** Holds whose card is left alone for a while, and those of which only one in another channel is. */
  readonly #refused: Refused
  readonly #elsewhere: Refused
  /** What their cards say that does not stand in the holds. */
  readonly #shown = new Map<string, Around>()
  /** Agents of which several statements wait, at the last look. */
  #crowded: ReadonlySet<string> = new Set()
  /** When the card of each pending hold was seen in its place; `performance.now()`. */
  #checkedAt = new Map<string, number>()
  #failures = 0

  constructor(ports: CardPorts, pace: Partial<Pace> = {}) {
    this.#ports = ports
    this.#pace = { ...usualPace, ...pace }
    this.#refused = new Refused(this.#pace.refusedMilliseconds)
    this.#elsewhere = new Refused(this.#pace.refusedMilliseconds)
    this.#keeper = new CardKeeper(ports, this.#elsewhere)
    this.#thread = new ThreadKeeper(ports)
  }

  /** Runs until `signal` aborts; a pass that has begun is finished first. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#followHints(signal), this.#work(signal)])
  }

  async #followHints(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const id of this.#ports.holds.changes(signal)) {
          this.#dirty.add(id)
          this.#bell.ring()
        }
      } catch (error) {
        this.#ports.log.warn({ code: errorCode(error) }, 'lost the hints of the hold store')
      }
      await sleep(this.#pace.sweepMilliseconds, undefined, { signal }).catch(() => undefined)
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    let sweepAt = 0
    let first = true
    while (!signal.aborted) {
      let wait = this.#pace.sweepMilliseconds
      try {
        if (performance.now() >= sweepAt) {
          await this.#sweep(first)
          first = false
          sweepAt = performance.now() + this.#pace.sweepMilliseconds
        }
        await this.#pass(signal)
        this.#failures = 0
      } catch (error) {
        wait = this.#afterFailure(error)
        await sleep(wait, undefined, { signal }).catch(() => undefined)
        continue
      }
      if (this.#dirty.size === 0) await this.#bell.wait(wait, signal)
    }
  }

  async #sweep(first: boolean): Promise<void> {
    const { holds, cardSeal } = this.#ports
    const known = new Set<string>()
    const pending: Pending[] = []
    for await (const stored of holds.list(live)) {
      const hold = cardSeal.own(stored)
      const { id, state, terms, cards } = hold
      known.add(id)
      if (state === 'pending')
        pending.push({ id, agent: principalKey(terms.statement.principal), hasCard: cards.length > 0 })
      if (await this.#needsWork(hold)) this.#dirty.add(id)
    }
    for (const id of this.#tracked) if (!known.has(id)) this.#dirty.add(id)
    for (const id of known) this.#tracked.add(id)
    this.#crowd(pending)
    await this.#checkOneCard(pending)
    if (!first) return
    for await (const hold of holds.list(ended)) if (await this.#needsWork(cardSeal.own(hold))) this.#dirty.add(hold.id)
  }

  /** What is offered on the cards of an agent depends on whether more than one statement of it is pending. */
  #crowd(pending: readonly Pending[]): void {
    const before = this.#crowded
    const byAgent = Map.groupBy(pending, ({ agent }) => agent)
    this.#crowded = new Set([...byAgent.keys()].filter(agent => (byAgent.get(agent)?.length ?? 0) > 1))
    for (const { id, agent } of pending) if (this.#crowded.has(agent) !== before.has(agent)) this.#dirty.add(id)
  }

  /**
   * Nobody tells us of a card that an administrator deletes, so each that is waited for is looked at now and then: one in a sweep,
   * which is less than Slack answers.
   */
  async #checkOneCard(pending: readonly Pending[]): Promise<void> {
    const now = performance.now()
    const carded = pending.filter(({ hasCard }) => hasCard)
    this.#checkedAt = new Map(carded.map(({ id }) => [id, this.#checkedAt.get(id) ?? now]))
    const [next] = [...this.#checkedAt].sort(([, one], [, other]) => one - other)
    if (!next || now - next[1] < sweepsBetweenChecks * this.#pace.sweepMilliseconds) return
    const [id] = next
    this.#checkedAt.set(id, now)
    const hold = await fetchOwn(this.#ports.holds, this.#ports.cardSeal, id)
    if (typeof hold === 'object' && hold.state === 'pending') await this.#keeper.checkCard(hold)
  }

  /** What is dirty, cards that do not exist yet before those that change, each oldest first. */
  async #pass(signal: AbortSignal): Promise<void> {
    const holds: Hold[] = []
    for (const id of this.#dirty) {
      const hold = await fetchOwn(this.#ports.holds, this.#ports.cardSeal, id)
      if (typeof hold === 'object') holds.push(hold)
      else this.#forget(id)
    }
    const order = (hold: Hold) => Number(hold.cards.length > 0)
    holds.sort((a, b) => order(a) - order(b) || a.terms.createdAt - b.terms.createdAt)
    for (const hold of holds) {
      if (signal.aborted) return
      await this.#settle(hold)
    }
  }

  /** Not dirty before it is worked on, so that a hint that comes meanwhile makes it dirty again. */
  async #settle(hold: Hold): Promise<void> {
    this.#dirty.delete(hold.id)
    this.#tracked.add(hold.id)
    try {
      const needed = await this.#needsWork(hold)
      if (needed) await this.#refresh(hold)
      else if (needed === false && isTerminal(hold.state)) this.#forget(hold.id)
    } catch (error) {
      this.#dirty.add(hold.id)
      throw error
    }
  }

  #forget(id: string): void {
    for (const known of [this.#dirty, this.#tracked, this.#refused, this.#elsewhere, this.#shown]) known.delete(id)
  }

  /** Undefined where it may, once Slack is to be asked again. */
  async #needsWork(hold: Hold): Promise<boolean | undefined> {
    if (this.#refused.has(hold.id)) return undefined
    try {
      return (await this.#isStale(hold)) || (this.#elsewhere.has(hold.id) ? undefined : false)
    } catch (error) {
      this.#unlessPassing(hold, error)
      return undefined
    }
  }

  async #isStale(hold: Hold): Promise<boolean> {
    if (hold.cards.length === 0 || hold.state === 'pending') {
      if (await this.#keeper.lacksCard(hold)) return true
      if (hold.cards.length === 0) return false
    }
    if (this.#isBehind(hold) || (await this.#keeper.files.lacks(hold))) return true
    if ((await this.#thread.due(hold)).length > 0) return true
    if (hold.state !== 'pending') return false
    const { awaited, together } = this.#shown.get(hold.id) ?? { awaited: true, together: false }
    const now = await this.#around(hold)
    return now.awaited !== awaited || now.together !== together
  }

  #isBehind({ id, version, cards: [card, ...others] }: Hold): boolean {
    const behind = ({ shows }: CardRef) => shows < version
    return (card !== undefined && behind(card)) || (!this.#elsewhere.has(id) && others.some(behind))
  }

  async #around(hold: Hold): Promise<Around> {
    if (hold.state !== 'pending') return { awaited: true, together: false }
    const together = this.#crowded.has(principalKey(hold.terms.statement.principal))
    return { awaited: await this.#ports.holds.isAwaited(hold.id), together }
  }

  async #refresh(hold: Hold): Promise<void> {
    try {
      if (await this.#keeper.lacksCard(hold)) return await this.#keeper.post(hold)
      const notes = this.#isBehind(hold) ? [] : await this.#thread.due(hold)
      if (notes.length > 0) return await this.#thread.tell(hold, notes)
      const around = await this.#around(hold)
      await this.#keeper.update(hold.id, around)
      this.#shown.set(hold.id, around)
      this.#refused.delete(hold.id)
    } catch (error) {
      this.#unlessPassing(hold, error)
    }
  }

  /** One hold that Slack refuses, or that somebody wrote into the store, must not keep the others from being shown. */
  #unlessPassing(hold: Hold, error: unknown): void {
    if (error instanceof GatewayError || slackFault(error).kind === 'later') throw error
    this.#refused.add(hold.id)
    this.#ports.log.error({ hold: hold.id, code: errorCode(error) }, 'a card could not be shown')
  }

  #afterFailure(error: unknown): number {
    const fault = slackFault(error)
    const backoff = this.#pace.backoffMilliseconds * Math.min(2 ** this.#failures, 100)
    const wait = fault.kind === 'later' ? (fault.retryAfterMilliseconds ?? backoff) : backoff
    this.#failures += 1
    this.#ports.log.warn({ code: errorCode(error), milliseconds: wait }, 'cards wait')
    return wait
  }
}
