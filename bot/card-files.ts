import type { CardRef, Hold } from '#src/hold/hold.ts'
import { isIntact } from '#src/hold/intact.ts'
import type { CardPorts } from './card-keeper.ts'
import { showStatement } from './shown-statement.ts'
import { slackFault } from './slack-fault.ts'

/** An attempt to attach lasts shorter than this, and nobody else attaches meanwhile. */
const claimSeconds = 60

/** Puts the whole statement into the thread of a card on which it does not fit, once. */
export class CardFiles {
  readonly #ports: Pick<CardPorts, 'holds' | 'desk' | 'directory' | 'log'>
  readonly #unattachable = new Set<string>()
  /** Files that this process has put into threads, also where their hold does not say so yet. */
  readonly #attached = new Map<string, string>()

  constructor(ports: Pick<CardPorts, 'holds' | 'desk' | 'directory' | 'log'>) {
    this.#ports = ports
  }

  /** Whether the card lacks its file and should be brought up to date for that alone. */
  async lacks(hold: Hold): Promise<boolean> {
    const [card] = hold.cards
    if (hold.state !== 'pending' || !card || card.file || !this.#isAttachable(hold)) return false
    return showStatement(hold.terms).approvable !== 'card' && !(await this.#ports.directory.isShared(card.channel))
  }

  /** The whole statement as a file, where it does not fit on the card. The card is worth having without it. */
  async attach(hold: Hold, ref: CardRef): Promise<CardRef> {
    if (!(await this.lacks(hold))) return ref
    const thread = `${hold.id}:${ref.ts}`
    try {
      if (!this.#attached.has(thread)) {
        if (!(await this.#ports.holds.once(`attach:${thread}`, claimSeconds))) return ref
        this.#attached.set(
          thread,
          await this.#ports.desk.attach(ref, `${hold.id}.sql`, showStatement(hold.terms).whole),
        )
      }
      return { ...ref, file: this.#attached.get(thread) ?? '' }
    } catch (error) {
      const { kind, code } = slackFault(error)
      if (kind === 'later') throw error
      this.#unattachable.add(hold.id)
      this.#ports.log.error({ hold: hold.id, code }, 'the whole statement could not be attached')
      return ref
    }
  }

  /** What keeps its values out of the channel puts no file there. */
  #isAttachable(hold: Hold): boolean {
    return !this.#unattachable.has(hold.id) && isIntact(hold) && !hold.terms.decision.hidesLiterals
  }
}
