import { type Hold, termsHash } from '#src/hold/hold.ts'
import { needsStepUp, type Quorum, quorums, waitsFor } from '#src/hold/review.ts'
import {
  countedReviews,
  type FoundHold,
  lookUpHold,
  type Reviewed,
  type ReviewPorts,
  refuse,
  type VerdictRefusal,
} from '#src/hold/review-hold.ts'
import { type Person, principalKey } from '#src/principal.ts'
import { oddities } from '#src/show/oddities.ts'
import type { SessionId } from '#src/statement.ts'
import { sawAll } from './shown-statement.ts'

/** Statements that one modal shows. */
export const batchAtOnce = 6

/** One of several statements of an agent that wait for the same person. */
export interface BatchEntry {
  readonly hold: Hold
  readonly quorum: readonly Quorum[]
  /** Why it cannot be approved beside others; it can be denied there. */
  readonly notHere?: VerdictRefusal | 'odd'
}

export interface Batch {
  /** Oldest first. */
  readonly entries: readonly BatchEntry[]
  /** How many more there are. */
  readonly more: number
}

/**
 * What waits of the agent behind this hold, and is this person's to decide now. Nothing but a view: each statement is looked at as
 * if it stood alone. Rejects with `holds_unavailable`.
 */
export async function batchOf(
  ports: ReviewPorts,
  anchor: SessionId,
  person: Person,
): Promise<Batch | Extract<Reviewed, { readonly refusal: VerdictRefusal }>> {
  const found = await lookUpHold(ports, anchor)
  if ('refusal' in found) return found
  const agent = principalKey(found.hold.terms.statement.principal)
  const entries: BatchEntry[] = []
  let more = 0
  for await (const hold of ports.holds.list(['pending'])) {
    if (principalKey(hold.terms.statement.principal) !== agent || !ports.isGenuine(hold)) continue
    const counted = await countedReviews(ports, hold)
    const each = { hold, counted, now: found.now }
    if (why(each, person, 'deny') || !waitsFor(person, hold.terms, counted, found.now)) continue
    if (entries.length === batchAtOnce) {
      more += 1
      continue
    }
    const notHere = notTogether(each, person)
    entries.push({ hold, quorum: quorums(hold.terms, counted), ...(notHere && { notHere }) })
  }
  if (entries.length === 0) return { ...found, refusal: why(found, person, 'approve') ?? 'expired' }
  return { entries, more }
}

/** What asks for a closer look gets one: on its own card, or in the console. */
function notTogether(found: FoundHold, person: Person): BatchEntry['notHere'] {
  const { terms } = found.hold
  const refusal = why(found, person, 'approve')
  if (refusal) return refusal
  if (needsStepUp(terms, 'approve')) return 'step_up'
  return oddities(terms).length > 0 ? 'odd' : undefined
}

function why(found: FoundHold, person: Person, verdict: 'approve' | 'deny'): VerdictRefusal | undefined {
  const { id, terms } = found.hold
  const shown = { hold: id, terms: termsHash(terms) }
  return refuse(found, { shown, person, verdict, reason: 'asked for in the modal', sawAll: sawAll.onCard })
}
