import { covers } from '../decide/approvers.ts'
import type { Decision } from '../decide/decision.ts'
import type { Spending } from '../decide/spending.ts'
import { asSensitive, type Taint } from '../decide/taint.ts'
import { GatewayError } from '../errors.ts'
import type { Ports } from '../ports.ts'
import { canonicalJson } from '../statement.ts'
import type { HoldTerms } from './hold.ts'
import { runBy } from './review.ts'
import type { VerifiedReview } from './verified-reviews.ts'

/** What is known at the claim, besides the terms. */
interface Meanwhile {
  readonly reviews: readonly VerifiedReview[]
  readonly spent: readonly Spending[] | undefined
  readonly tainted: readonly Taint[]
  /** By the hold store's clock; milliseconds since the epoch. */
  readonly now: number
}

interface Compared extends Meanwhile {
  readonly terms: HoldTerms
  readonly before: Decision
  readonly after: Decision
}

/** What ends an approval that was given before. */
const stricter: Readonly<Record<string, (compared: Compared) => boolean>> = {
  denied: ({ after }) => after.verdict === 'deny',
  'another role': ({ before, after }) => after.role !== before.role,
  'a fresh sign-in': ({ before, after }) => after.stepUp === true && !before.stepUp,
  'a reason': ({ before, after }) => after.approvalReason === true && !before.approvalReason,
  'other hours': ({ before, after }) =>
    canonicalJson(after.approveWithin ?? null) !== canonicalJson(before.approveWithin ?? null),
  'more or other people': ({ terms, after }) =>
    after.verdict === 'hold' && !after.approvers?.every(wanted => terms.approvers.some(had => covers(had, wanted))),
  'released by somebody who may not': ({ reviews, after }) =>
    after.verdict === 'hold' &&
    reviews.some(({ verdict, reviewer }) => verdict === 'release' && !after.releasers?.includes(reviewer)),
  'approved too long ago': ({ terms, reviews, after, now }) =>
    after.verdict === 'hold' && now >= runBy({ ...terms, decision: after }, reviews),
}

const gib = 2 ** 30

/**
 * Bytes that it may scan: what people approved is what they were shown, and a margin. Tables grow while they think, and BigQuery bills
 * ten MB for each of many small ones.
 */
function approvedBytes({ decision: { limits }, estimate }: HoldTerms): number {
  return Math.min(limits.bytes, (estimate?.bytes ?? Number.POSITIVE_INFINITY) * 1.5 + 10 * gib)
}

/**
 * Where the policy changed during the hold, or what the statement touches became sensitive, it is decided again and the stricter
 * answer wins: it ends the approval (rejects with `denied`), or limits and masks of both apply.
 */
export function decideAgain(ports: Ports, terms: HoldTerms, meanwhile: Meanwhile): Decision {
  const { tainted, spent } = meanwhile
  const known = new Set(terms.decision.sensitive.map(entry => canonicalJson(entry)))
  const added = tainted.map(asSensitive).filter(entry => !known.has(canonicalJson(entry)))
  const policy = ports.policy()
  const changed = policy.version !== terms.decision.policyVersion
  const limits = { ...terms.decision.limits, bytes: approvedBytes(terms) }
  const before = { ...terms.decision, limits, sensitive: [...terms.decision.sensitive, ...added] }
  if (!changed && added.length === 0) return before
  const { statement, classification, estimate } = terms
  const { principal } = statement
  const asked = { statement, classification, principal, now: ports.clock.now(), tainted }
  const after = policy.decide({ ...asked, ...(estimate ? { estimate } : {}), ...(spent ? { spent } : {}) })
  const why = Object.keys(stricter).find(each => stricter[each]?.({ ...meanwhile, terms, before, after }))
  if (why !== undefined) throw noMore(after, why, changed)
  return {
    ...before,
    limits: {
      rows: Math.min(before.limits.rows, after.limits.rows),
      bytes: Math.min(before.limits.bytes, after.limits.bytes),
      seconds: Math.min(before.limits.seconds, after.limits.seconds),
    },
    sensitive: [...before.sensitive, ...after.sensitive],
    detect: [...before.detect, ...after.detect],
  }
}

function noMore({ rule }: Decision, why: string, changed: boolean): GatewayError {
  const what = changed ? 'The policy changed' : 'What the statement touches was written from sensitive columns'
  return new GatewayError('denied', {
    message: `${what} while the statement waited; rule ${rule} decides now.`,
    next: 'Submit the statement again.',
    detail: `stricter than the approval: ${why}`,
  })
}
