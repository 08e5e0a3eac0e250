import { setImmediate as immediate } from 'node:timers/promises'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import { followRecord, refuseHold } from '#src/hold/end-hold.ts'
import { type HoldState, termsHash } from '#src/hold/hold.ts'
import { newHold } from '#src/hold/hold-statement.ts'
import { verifyMac } from '#src/hold/seal.ts'
import type { Ports } from '#src/ports.ts'
import { findEvent } from '#src/record/session-facts.ts'
import type { SessionId } from '#src/statement.ts'

/** The store's epoch, as the record store last knew it. */
const epochSetting = 'holds_epoch'
/** Sweeps between two full passes while nothing seems lost: for holds that were recorded but could not be shown. */
const passEvery = 10
/** Where a hold may be while the record says that it waits: people are a step ahead of the gateway, nobody else is. */
const waiting: readonly HoldState[] = ['pending', 'approved', 'denied']

/** What cannot change while a session is held, so that its record is read once. */
interface Recorded {
  readonly expiresAt: number
  readonly shown: string
  /** Whether it carries our MAC. */
  readonly ours: boolean
  /** The hold as it was stored when it was last compared, and waited. */
  same?: string | undefined
}

/**
 * Holds the hold store against what the record says is held: brings back what was lost, ends in time what the store no
 * longer says the truth about, and so leaves nothing waiting for ever, whoever wrote to the store.
 */
export class HoldRebuilder {
  readonly #ports: Ports
  readonly #look: (id: SessionId) => Promise<void>
  #recorded = new Map<SessionId, Recorded>()
  #sweeps = 0

  /** `look`: does what is due of a hold, and tells those who wait for it. */
  constructor(ports: Ports, look: (id: SessionId) => Promise<void>) {
    this.#ports = ports
    this.#look = look
  }

  async rebuild(): Promise<void> {
    const { holds, records, log } = this.#ports
    const [epoch, known] = await Promise.all([holds.epoch(), records.setting(epochSetting)])
    const lost = known !== undefined && known !== epoch
    if (!lost && this.#sweeps++ % passEvery !== 0) return
    const rebuilt = await this.#pass()
    for (const id of await holds.ids(['pending', 'approved', 'executing', 'unknown']))
      if (!this.#recorded.has(id)) await followRecord(this.#ports, id)
    if (known !== epoch) await records.putSetting(epochSetting, known, epoch)
    if (lost) log.error({ rebuilt }, 'the hold store lost its contents; holds were rebuilt from the record')
  }

  /** How many holds it put back. */
  async #pass(): Promise<number> {
    const { holds, records } = this.#ports
    const now = await holds.now()
    const recorded = new Map<SessionId, Recorded>()
    let rebuilt = 0
    for (const { id } of await records.inState(['held'])) {
      const facts = this.#recorded.get(id) ?? (await this.#read(id))
      if (!facts) continue
      recorded.set(id, facts)
      // Each may be megabytes, and an embedded store answers at once: requests are answered in between.
      await immediate()
      if (await this.#compare(id, facts, now)) rebuilt++
    }
    this.#recorded = recorded
    return rebuilt
  }

  /** True where the hold was put back. */
  async #compare(id: SessionId, recorded: Recorded, now: number): Promise<boolean> {
    const { holds } = this.#ports
    const { expiresAt, shown, ours, same } = recorded
    try {
      // Nobody is to decide what will not run.
      if (!ours) throw otherKey()
      const stored = await holds.storedHash(id)
      if (stored !== undefined && stored === same && now < expiresAt) return false
      const hold = await holds.fetch(id)
      if (!hold) return await this.#putBack(id)
      if (termsHash(hold.terms) !== shown) throw changed('the terms in the hold store are not the recorded ones')
      if (!waiting.includes(hold.state)) throw changed(`the hold store says ${hold.state} of what is held`)
      if (hold.state === 'denied' || now >= expiresAt) await this.#look(id)
      else recorded.same = stored
    } catch (error) {
      const refusal = asGatewayError(error)
      if (refusal.code !== 'integrity') throw error
      await this.#refuse(id, refusal)
    }
    return false
  }

  async #read(id: SessionId): Promise<Recorded | undefined> {
    const held = await this.#terms(id)
    if (!held) return undefined
    const { terms, mac } = held
    return { expiresAt: terms.expiresAt, shown: termsHash(terms), ours: verifyMac(terms, mac, this.#ports.holdKey) }
  }

  async #putBack(id: SessionId): Promise<boolean> {
    const held = await this.#terms(id)
    return held !== undefined && this.#ports.holds.create({ ...newHold(held.terms, held.mac), rebuilt: true })
  }

  async #refuse(id: SessionId, refusal: GatewayError): Promise<void> {
    const held = await this.#terms(id)
    if (!held) return
    this.#ports.log.error({ session: id, code: refusal.code, detail: refusal.detail }, 'a hold was refused')
    await refuseHold(this.#ports, newHold(held.terms, held.mac), refusal)
  }

  async #terms(id: SessionId) {
    const record = await this.#ports.records.session(id)
    return record?.state === 'held' ? findEvent(record, 'held') : undefined
  }
}

function otherKey(): GatewayError {
  return new GatewayError('integrity', {
    message: 'It waited under another key of the gateway (`keys.holds`), or was changed since: nobody can approve it.',
    next: 'Submit it again.',
    detail: 'the recorded terms do not carry our MAC',
  })
}

function changed(detail: string): GatewayError {
  return new GatewayError('integrity', { detail })
}
