import { type Authenticated, authenticate, resumeSession } from './authenticate/authenticate.ts'
import type { Credentials } from './authenticate/authenticator.ts'
import { understand } from './classify/understand.ts'
import { type Decided, judge } from './decide/judge.ts'
import { asGatewayError, GatewayError } from './errors.ts'
import { type Executed, executeStatement } from './execute/execute-statement.ts'
import { authorizeAllowed, authorizeApproved, authorizeGranted } from './hold/authorize.ts'
import type { Authorized } from './hold/authorized.ts'
import { holdStatement, waitingHold } from './hold/hold-statement.ts'
import { mask } from './mask/mask.ts'
import { endCredential, mintCredential } from './mint/mint-credential.ts'
import { type Outcome, outcomeContext, type Refused } from './outcome.ts'
import { leavePinned } from './pinned/leave-session.ts'
import { transactionEnd } from './pinned/transaction.ts'
import type { Ports } from './ports.ts'
import { rememberJoined } from './record/joined.ts'
import { readOutcome, sameRequest } from './record/read-outcome.ts'
import { denied, recordDenial } from './record/record-denial.ts'
import { recordFault } from './record/record-fault.ts'
import { completed, recordFailure } from './record/record-outcome.ts'
import { afterItRan, recordResult } from './record/record-result.ts'
import { taintWritten } from './record/taint-written.ts'
import type { SessionId, Submission } from './statement.ts'

/*
 * The whole journey. Eight stages, in this order, and no other way through:
 *
 *   authenticate → classify → decide → hold → mint → execute → mask → record
 *
 * A stage takes the previous stage's product and nothing else: `mint` cannot be called without an authorization, and no
 * door can send a row that `mask` did not make. Doors call `submit`; the keeper calls `resume` when people approved.
 */

export type { Authenticated, Credentials }
export { authenticate, resumeSession }

/**
 * Judges one statement and runs, holds or refuses it, under the id that `sessionFor` gave. A hold comes back as `pending`; a
 * refusal is a value, not an error.
 */
export async function submit(
  ports: Ports,
  principal: Authenticated,
  submission: Submission,
  id: SessionId,
  signal: AbortSignal,
): Promise<Outcome> {
  return once(ports, principal, submission, () => submitNew(ports, principal, submission, id, signal))
}

/** What became of the same request before, else what comes of `work`. */
async function once<T>(
  ports: Ports,
  principal: Authenticated,
  submission: Submission,
  work: () => Promise<T>,
): Promise<Outcome | T> {
  const earlier = await sameRequest(ports, principal, submission)
  if (earlier) return earlier
  try {
    return await work()
  } catch (error) {
    // The same request may come at two places at once. Whoever is late fails with one of these, the second COMMIT because the first
    // has ended the transaction, and is answered with what became of the first.
    const { code } = asGatewayError(error)
    const late = ['conflict', 'session_busy', 'transaction_over'].includes(code)
    const first = late && (await sameRequest(ports, principal, submission))
    if (first) return first
    throw error
  }
}

/** Rejects with `conflict`, `session_busy` or `transaction_over` where the same request is on record meanwhile, or runs here. */
async function submitNew(
  ports: Ports,
  principal: Authenticated,
  submission: Submission,
  id: SessionId,
  signal: AbortSignal,
): Promise<Outcome> {
  const classified = await understand(ports, submission, principal, id)
  const decided = await judge(ports, classified)
  switch (decided.decision.verdict) {
    case 'deny':
      return refused(ports, decided)
    case 'hold': {
      const granted = await underGrant(ports, decided, signal)
      if (granted) return granted
      if (decided.fault && !(await waitingHold(ports, decided))) return recordFault(ports, decided, decided.fault)
      const held = await holdStatement(ports, decided, submission.idempotencyKey !== undefined)
      if (held !== id && submission.idempotencyKey) await rememberJoined(ports.records, id, held)
      return readOutcome(ports, held)
    }
    case 'allow':
      return whileRunning(ports, id, [signal], async signal => {
        const authorized = await authorizeAllowed(ports, decided)
        return authorized ? run(ports, authorized, signal) : readOutcome(ports, id)
      })
  }
}

/** Refuses a statement that policy denies, as `submit` does; any other is neither recorded nor run, and `undefined`. */
export async function refuse(
  ports: Ports,
  principal: Authenticated,
  submission: Submission,
): Promise<Refused | undefined> {
  const outcome = await once(ports, principal, submission, async () => {
    const decided = await judge(ports, await understand(ports, submission, principal))
    return decided.decision.verdict === 'deny' ? refused(ports, decided) : undefined
  })
  return outcome?.status === 'denied' ? outcome : undefined
}

async function refused(ports: Ports, decided: Decided): Promise<Refused> {
  await recordDenial(ports, decided)
  return denied(decided)
}

/** Runs what would be held, where people granted that beforehand; `undefined` where nobody did. */
async function underGrant(ports: Ports, decided: Decided, signal: AbortSignal): Promise<Outcome | undefined> {
  const { id } = decided.statement
  return whileRunning(ports, id, [signal], async signal => {
    const authorized = await authorizeGranted(ports, decided)
    return authorized === 'overtaken' ? readOutcome(ports, id) : authorized && run(ports, authorized, signal)
  })
}

/** Runs what people approved, once; whoever calls first wins the claim, everybody else gets `undefined`. */
export async function resume(ports: Ports, id: SessionId): Promise<Outcome | undefined> {
  return whileRunning(ports, id, [], async signal => {
    const authorized = await authorizeApproved(ports, id)
    return authorized && run(ports, authorized, signal)
  })
}

/** The second half: from an authorization to a recorded, masked result. The credential ends with the statement. */
export async function run(ports: Ports, authorized: Authorized, signal: AbortSignal): Promise<Outcome> {
  try {
    await taintWritten(ports, authorized)
    const credential = await mintCredential(ports, authorized)
    try {
      const executed = await executeTainting(ports, authorized, credential, signal)
      const recorded = await afterItRan(ports, executed, async () => {
        const masked = mask(executed, ports.maskKey())
        return recordResult(ports, executed, masked, credential)
      })
      await leaveEnded(ports, authorized)
      // Who approved it is read from the record, by whoever waits for that.
      return completed(outcomeContext(authorized), recorded, [])
    } finally {
      await endCredential(ports, authorized, credential, signal)
    }
  } catch (error) {
    return recordFailure(ports, authorized, error, signal)
  }
}

/** On record as COMMIT or ROLLBACK that came to its end: the warehouse's session of the transaction goes. */
async function leaveEnded(ports: Ports, { statement }: Authorized): Promise<void> {
  const { transaction } = statement
  const end = transaction && transactionEnd(statement)
  if (end) await leavePinned(ports, transaction.id, end === 'commit' ? 'committed' : 'rolled back')
}

/** However it ends, it may have written: what became sensitive since `run` noted the taints of its target is in there too. */
async function executeTainting(...asked: Parameters<typeof executeStatement>): Promise<Executed> {
  const [ports, authorized] = asked
  try {
    return await executeStatement(...asked)
  } finally {
    await taintWritten(ports, authorized)
  }
}

/**
 * Does `work` under the mark of this process, by which settling leaves a statement alone and a kill ends it. Rejects with `conflict`
 * where it has that mark already: the same request, repeated, would take the mark away when it ends.
 */
async function whileRunning<T>(
  ports: Ports,
  id: SessionId,
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (ports.running.has(id)) throw new GatewayError('conflict')
  const end = new AbortController()
  ports.running.set(id, end)
  try {
    return await work(AbortSignal.any([...signals, end.signal]))
  } finally {
    ports.running.delete(id)
  }
}
