import type { Classification } from '#src/classify/classification.ts'
import { understand } from '#src/classify/understand.ts'
import type { Decision, Estimate } from '#src/decide/decision.ts'
import { judge } from '#src/decide/judge.ts'
import { GatewayError } from '#src/errors.ts'
import { cancelHold } from '#src/hold/end-hold.ts'
import { awaitedMilliseconds } from '#src/hold/hold-statement.ts'
import { touchesSensitive } from '#src/mask/mask-plan.ts'
import type { Outcome } from '#src/outcome.ts'
import { type Authenticated, authenticate, type Credentials, submit } from '#src/pipeline.ts'
import type { Ports } from '#src/ports.ts'
import { principalKey } from '#src/principal.ts'
import type { SessionRecord } from '#src/record/event.ts'
import { outcomeOf, readOutcome } from '#src/record/read-outcome.ts'
import { findEvent } from '#src/record/session-facts.ts'
import type { SessionId, Submission } from '#src/statement.ts'
import type { Keeper } from './keeper.ts'

/** What would become of a statement. */
export interface Explained {
  readonly classification: Classification
  readonly decision: Decision
  readonly estimate?: Estimate
}

/** All that a door may call. A door turns bytes into these calls and outcomes into bytes, and knows nothing else. */
export interface Journey {
  authenticate(credentials: Credentials): Promise<Authenticated>
  /** Judges, then runs, holds or refuses; waits up to `waitMilliseconds` for people. `signal`: the client went away. */
  submit(
    principal: Authenticated,
    submission: Submission,
    waitMilliseconds: number,
    signal: AbortSignal,
  ): Promise<Outcome>
  /** What is known of a session of this principal; waits while it is pending. Rejects with `unknown_session`. */
  outcome(principal: Authenticated, id: SessionId, waitMilliseconds: number, signal: AbortSignal): Promise<Outcome>
  /** Withdraws a statement that waits, or cancels one that runs. Ended ones stay as they are. */
  cancel(principal: Authenticated, id: SessionId): Promise<Outcome>
  /** The judgement of a statement without the statement: nothing is recorded, shown to people or run. */
  explain(principal: Authenticated, submission: Submission): Promise<Explained>
  connections(): { readonly name: string; readonly dialect: string }[]
  /** Protected resource metadata (RFC 9728) for the door at `path`. */
  protectedResource(path: string): Record<string, unknown>
}

/** How this installation is reached, and who issues the tokens it accepts. */
export interface Site {
  readonly url: string
  readonly issuers: () => readonly string[]
}

export function createJourney(ports: Ports, keeper: Keeper, site: Site): Journey {
  const wait = async (first: Outcome, milliseconds: number, signal: AbortSignal): Promise<Outcome> => {
    const until = ports.clock.now() + milliseconds
    if (first.status !== 'pending') return first
    const { id } = first
    let outcome: Outcome
    // Somebody is there to take the rows of an approved read: say so, and look whether it was approved meanwhile.
    await ports.holds.touch(id, awaitedMilliseconds)
    await keeper.look(id)
    do {
      const changed = keeper.changed(id, until - ports.clock.now(), signal)
      outcome = await readOutcome(ports, id)
      if (outcome.status === 'pending') await changed
    } while (outcome.status === 'pending' && ports.clock.now() < until && !signal.aborted && !keeper.stopping)
    return outcome.status === 'pending' ? readOutcome(ports, id) : outcome
  }
  return {
    authenticate: credentials => authenticate(ports, credentials),
    async submit(principal, submission, waitMilliseconds, signal) {
      const outcome = await submit(ports, principal, submission, signal)
      return waitMilliseconds > 0 ? wait(outcome, waitMilliseconds, signal) : outcome
    },
    async outcome(principal, id, waitMilliseconds, signal) {
      const record = await ownSession(ports, principal, id)
      return wait(await outcomeOf(ports, record), waitMilliseconds, signal)
    },
    async cancel(principal, id) {
      await ownSession(ports, principal, id)
      if (!(await cancelHold(ports, id, principal.name)) && !keeper.cancel(id))
        await askOthers(ports, id, principal.name)
      return readOutcome(ports, id)
    },
    async explain(principal, submission) {
      const classified = await understand(ports, submission, principal)
      const unasked = await judge(ports, classified, 'without estimate')
      // With an estimate the verdict alone would tell about rows, and nobody would ever see that it was asked for.
      const blind = touchesSensitive(unasked.classification, unasked.decision.sensitive)
      return blind ? unasked : judge(ports, classified)
    },
    connections: () => ports.connections().map(({ name, warehouse }) => ({ name, dialect: warehouse.dialect })),
    protectedResource: path => ({
      resource: `${site.url}${path}`,
      authorization_servers: site.issuers(),
      bearer_methods_supported: ['header'],
    }),
  }
}

/** Another principal's session is answered like one that does not exist. */
async function ownSession(ports: Ports, principal: Authenticated, id: SessionId): Promise<SessionRecord> {
  const record = await ports.records.session(id)
  const owner = record && findEvent(record, 'received').statement.principal
  if (!owner || principalKey(owner) !== principalKey(principal)) throw new GatewayError('unknown_session')
  return record
}

/** The gateway that runs it sees the mark and cancels. */
async function askOthers(ports: Ports, id: SessionId, by: string): Promise<void> {
  const hold = await ports.holds.fetch(id)
  if (hold?.state !== 'executing') return
  await ports.holds.replace(hold, { ...hold, outcome: { ...hold.outcome, cancelledBy: by } })
}
