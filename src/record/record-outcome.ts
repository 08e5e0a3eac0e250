import type { Secret } from '../config/secret.ts'
import { asGatewayError, GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import { withdrawnWhileRunning } from '../hold/stop.ts'
import { contentMask } from '../mask/content-mask.ts'
import { withoutKeyed } from '../mask/content-plan.ts'
import { hidesSources, touchesSensitive } from '../mask/mask-plan.ts'
import { traitsOf } from '../mask/text-traits.ts'
import { type Completed, type Outcome, type OutcomeContext, outcomeContext, type Pending } from '../outcome.ts'
import type { Ports } from '../ports.ts'
import type { RecordedReview } from './event.ts'
import type { Recorded } from './record-result.ts'

/** What came of a statement that has run. `reviews`: those that its claim rests on. */
export function completed(
  context: OutcomeContext,
  { completed, result, recorded }: Recorded,
  reviews: readonly RecordedReview[],
): Completed {
  const { rows, truncated, milliseconds, at: endedAt } = completed
  const { affectedRows, bytesScanned, credentialMilliseconds, wayBack } = completed
  return {
    ...context,
    status: 'completed',
    ...{ result, recorded, rows, truncated, milliseconds, endedAt },
    role: context.decision.role,
    approvedBy: reviews.filter(({ verdict }) => verdict !== 'deny').map(approval),
    ...(affectedRows === undefined ? {} : { affectedRows }),
    ...(bytesScanned === undefined ? {} : { bytesScanned }),
    ...(credentialMilliseconds === undefined ? {} : { credentialMilliseconds }),
    ...(wayBack === undefined ? {} : { wayBack }),
  }
}

function approval({ reviewer, reason, verdict }: RecordedReview): Completed['approvedBy'][number] {
  return { reviewer, ...(reason ? { reason } : {}), ...(verdict === 'release' ? { alone: true } : {}) }
}

/**
 * Closes a session whose statement did not come to its end. Where it may have run although no answer came, it is `unknown`
 * and the keeper asks the warehouse; it is never submitted again blindly. Where what came of it cannot be recorded, the session
 * stays claimed and is settled later. Where another gateway has taken over meanwhile, it closes the session, not this one.
 */
export async function recordFailure(
  ports: Ports,
  authorized: Authorized,
  cause: unknown,
  signal?: AbortSignal,
): Promise<Outcome> {
  const error = asGatewayError(cause)
  const { code, detail } = error
  const { id } = authorized.statement
  ports.log.warn({ session: id, code, detail }, 'statement failed')
  if (code === 'interrupted') return running(ports, authorized, 'executing')
  if (code === 'record_unavailable') return running(ports, authorized, 'unknown')
  try {
    return await close(ports, authorized, error, signal)
  } catch (failure) {
    const { code, detail } = asGatewayError(failure)
    ports.log.warn({ session: id, code, detail }, 'what came of a statement cannot be recorded')
    // Its agent hears the id: an answer without it would have the statement submitted again.
    return running(ports, authorized, 'unknown')
  }
}

async function close(
  ports: Ports,
  authorized: Authorized,
  error: GatewayError,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { statement, classification } = authorized
  const { id } = statement
  const at = ports.clock.now()
  const held = { holder: ports.gateway }
  // Of a fault of our own nobody knows whether it came before the submission or after.
  if (error.code === 'outcome_unknown' || (error.code === 'internal' && !classification.harmless)) {
    const detail = error.detail ?? error.message
    await ports.records.conclude(id, ['claimed'], 'unknown', [{ kind: 'unknown', at, detail }], held)
    return running(ports, authorized, 'unknown')
  }
  const isLost = error.code === 'recording_lost'
  const { code, message, next, warehouse } =
    signal?.aborted && !isLost ? stopped(signal) : publicError(authorized, error, ports.maskKey())
  const failure = { code, message, ...(next ? { next } : {}), ...(warehouse ? { warehouse } : {}) }
  // What the disk lost when the record was closed is on record as completed, with rows.
  const open = ['claimed', 'unknown', ...(isLost ? (['completed'] as const) : [])] as const
  const closed = await ports.records.conclude(id, open, 'failed', [{ kind: 'failed', at, ...failure }], held)
  if (!closed) return running(ports, authorized, 'executing')
  return { ...outcomeContext(authorized), status: 'failed', ...failure }
}

/** Ended by somebody whose reason the signal carries, or by its agent, which left. */
function stopped({ reason }: AbortSignal): GatewayError {
  return reason instanceof GatewayError ? reason : withdrawnWhileRunning()
}

/**
 * Warehouses quote values in their errors; where a sensitive column may be among them, or nobody knows what is, a generic text takes
 * its place, and what the policy's detectors find in the rest is hidden as it is in rows. With its words an error loses its number: a
 * statement that fails in another way for each value would spell them out.
 */
export function publicError(
  { classification, decision }: Pick<Authorized, 'classification' | 'decision'>,
  error: GatewayError,
  key: Secret,
): GatewayError {
  const { code, message, detail, next, warehouse } = error
  if (code !== 'warehouse_error' && code !== 'not_compiled') return error
  const withheld = (why: string) =>
    new GatewayError(code, {
      message: `The warehouse refused the statement. Its message is withheld, because ${why}.`,
      detail,
      next,
    })
  if (touchesSensitive(classification, decision.sensitive)) return withheld('the statement may touch sensitive columns')
  if (decision.sensitive.length > 0 && hidesSources(classification)) return withheld('what it reads is not known')
  const hide = contentMask(withoutKeyed(decision.detect), key.reveal())
  if (!hide) return error
  const shown = hide(message, traitsOf(message), () => undefined)
  if (shown === null) return withheld('it quotes what policy keeps back')
  return new GatewayError(code, { message: shown, detail, next, warehouse })
}

function running(ports: Ports, authorized: Authorized, state: 'executing' | 'unknown'): Pending {
  return { ...outcomeContext(authorized), status: 'pending', state, expiresAt: ports.clock.now(), approvals: [] }
}
