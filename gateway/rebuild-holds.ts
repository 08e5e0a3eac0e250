import { followRecord } from '#src/hold/end-hold.ts'
import { newHold } from '#src/hold/hold-statement.ts'
import type { Ports } from '#src/ports.ts'
import { findEvent } from '#src/record/session-facts.ts'

/** The store's epoch, as the record store last knew it. */
const epochSetting = 'holds_epoch'
/** Sweeps between two full passes while nothing seems lost: for holds that were recorded but could not be shown. */
const passEvery = 10

/** Brings back into the hold store what the record says is held: after it lost its contents, or after it was away. */
export class HoldRebuilder {
  readonly #ports: Ports
  #sweeps = 0

  constructor(ports: Ports) {
    this.#ports = ports
  }

  async rebuild(): Promise<void> {
    const { holds, records, log } = this.#ports
    const [epoch, known] = await Promise.all([holds.epoch(), records.setting(epochSetting)])
    const lost = known !== undefined && known !== epoch
    if (!lost && this.#sweeps++ % passEvery !== 0) return
    const rebuilt = await this.#putBack()
    for (const hold of await holds.list(['pending', 'approved', 'executing', 'unknown']))
      await followRecord(this.#ports, hold.id)
    if (known !== epoch) await records.putSetting(epochSetting, known, epoch)
    if (lost) log.error({ rebuilt }, 'the hold store lost its contents; holds were rebuilt from the record')
  }

  async #putBack(): Promise<number> {
    const { holds, records } = this.#ports
    let rebuilt = 0
    for (const { id } of await records.inState(['held'])) {
      if (await holds.fetch(id)) continue
      const record = await records.session(id)
      if (record?.state !== 'held') continue
      const { terms, mac } = findEvent(record, 'held')
      if (await holds.create(newHold(terms, mac))) rebuilt++
    }
    return rebuilt
  }
}
