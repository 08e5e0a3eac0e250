import type { Classification, Hazard } from '../classify/classification.ts'
import { type Shape, shapeOf } from '../classify/shape.ts'
import { isAmong } from '../decide/approvers.ts'
import type { Decision, Estimate, GrantBounds } from '../decide/decision.ts'
import { pinnedTo } from '../pinned/pinned-so-far.ts'
import type { Person } from '../principal.ts'
import { canonicalJson, type SessionId, type Statement, sha256 } from '../statement.ts'
import type { HoldTerms } from './hold.ts'
import { isOwnAgent } from './own-agent.ts'
import type { CountedReview } from './review.ts'

/** What approvers may grant beside their approval. Part of the terms, so nobody grants what the card did not show. */
export interface GrantOffer extends GrantBounds {
  /** SHA-256 (hex) over all that a statement must have in common with the held one to run under the grant. */
  readonly scope: string
  /** The statement with `?` in place of each value that may be another one. */
  readonly shape: string
  readonly places: number
}

/** What an approver asks for: never more than is offered. */
export interface AskedGrant {
  readonly seconds: number
  readonly uses: number
}

/** Leave to run statements of one shape without asking, given with the approval of one of them. */
export interface Grant {
  /** The session of the hold it was given with: one grant each, at most. */
  readonly id: SessionId
  readonly scope: string
  /** From the last approval on; milliseconds since the epoch, by the hold store's clock. */
  readonly at: number
  readonly until: number
  readonly uses: number
  /** `Person.id`s of all who gave it. */
  readonly by: readonly string[]
}

/** Effects that are the same whatever the values are. Whoever grants reads them on the card. */
const harmlessToRepeat: readonly Hazard[] = ['no_where', 'constant_where', 'time_travel']

interface Judged {
  readonly statement: Statement
  readonly classification: Classification
  readonly decision: Decision
  readonly estimate?: Estimate
}

/**
 * What may be granted of this statement, and so also which grant it would run under: undefined where its rules grant nothing, where
 * it is not read and understood in full, does more than its text shows, or lies beyond the bounds. Pure. `shape`: the statement's own,
 * where it is known already.
 */
export function grantOffer(
  { statement, classification, decision, estimate }: Judged,
  shape = decision.grants && shapeOf(statement, classification),
): GrantOffer | undefined {
  const { grants } = decision
  if (!grants || decision.verdict !== 'hold' || !isRepeatable(classification) || !isWithin(estimate, grants)) return
  // What was looked at before a COMMIT is no word on what commits by itself, nor the other way round.
  if (!shape || pinnedTo(statement)) return undefined
  const { rules: _, ...bounds } = grants
  const scope = scopeOf({ statement, classification, decision }, shape)
  return { ...bounds, scope, shape: shape.text, places: shape.places }
}

function isRepeatable({ understood, gate, statements, kind, hazards, reads, outputs }: Classification): boolean {
  return (
    understood &&
    gate.ambiguous === false &&
    statements === 1 &&
    hazards.every(hazard => harmlessToRepeat.includes(hazard)) &&
    // Which tables a wildcard means may hang on a value.
    !reads.some(name => name.includes('*')) &&
    (kind !== 'select' || outputs !== null)
  )
}

function isWithin(estimate: Estimate | undefined, { bytes, rows }: GrantBounds): boolean {
  const fits = (value: number | undefined, most: number | undefined) =>
    most === undefined || (value !== undefined && value <= most)
  return fits(estimate?.bytes, bytes) && fits(estimate?.rows, rows)
}

/** All but the values: who asks, why, where and as which role, what it touches, and what policy says of it. */
function scopeOf({ statement, classification, decision }: Judged, { fingerprint }: Shape): string {
  const { connection, database, schema, parameters, principal, purpose } = statement
  const { reads, writes, outputs, stores, filters, hazards, schema: versions, tags } = classification
  const { role, limits, sensitive, detect, grants } = decision
  return sha256(
    canonicalJson({
      v: 1,
      fingerprint,
      principal: [principal.issuer, principal.subject, principal.onBehalfOf, principal.owner],
      asked: { connection, database, schema, parameters, purpose },
      touched: { reads, writes, outputs, stores, filters, hazards, versions, tags },
      terms: { role, limits, sensitive, detect, rules: grants?.rules },
    }),
  )
}

/** Whether somebody may ask for this beside an approval of these terms. */
export function isOffered({ grantable }: Pick<HoldTerms, 'grantable'>, { seconds, uses }: AskedGrant): boolean {
  return [seconds, uses].every(isAmount) && seconds <= (grantable?.seconds ?? 0) && uses <= (grantable?.uses ?? 0)
}

/** Who may decide on such a statement, at whatever time, and whose agent it is: both can end a grant, and neither make it wider. */
export function mayRevoke(
  person: Person,
  { statement, approvers }: Pick<HoldTerms, 'statement' | 'approvers'>,
): boolean {
  return (
    isOwnAgent(person, statement.principal) || approvers.some(asked => isAmong(person, asked, Number.POSITIVE_INFINITY))
  )
}

export function isAmount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0
}

/** What a complete approval grants: something only where each who approved asked for it, and then the least of it. Pure. */
export function grantFrom(
  { statement, grantable }: Pick<HoldTerms, 'statement' | 'grantable'>,
  counted: readonly Pick<CountedReview, 'verdict' | 'grant' | 'at' | 'reviewer'>[],
): Grant | undefined {
  const approvals = counted.filter(({ verdict }) => verdict === 'approve')
  const asked = approvals.flatMap(({ grant }) => grant ?? [])
  // Who releases it alone speaks for this one statement.
  if (counted.some(({ verdict }) => verdict === 'release')) return undefined
  if (!grantable || asked.length === 0 || asked.length < approvals.length) return undefined
  const at = Math.max(...approvals.map(review => review.at))
  return {
    id: statement.id,
    scope: grantable.scope,
    at,
    until: at + 1000 * Math.min(grantable.seconds, ...asked.map(({ seconds }) => seconds)),
    uses: Math.min(grantable.uses, ...asked.map(({ uses }) => uses)),
    by: approvals.map(({ reviewer }) => reviewer),
  }
}
