import type { DriverSession, DriverSessions } from '#src/authenticate/driver-sessions.ts'
import type { Classification } from '#src/classify/classification.ts'
import { understand } from '#src/classify/understand.ts'
import type { Clock } from '#src/clock.ts'
import { GatewayError } from '#src/errors.ts'
import { withdrawStatement } from '#src/hold/stop.ts'
import type { Outcome, Refused } from '#src/outcome.ts'
import { beginWithin, type ClientSession, leaveWithin, openSession, useSession } from '#src/pinned/client-sessions.ts'
import { abandonPinned, endedHere } from '#src/pinned/leave-session.ts'
import { type Ended, type FoundSession, findPinned } from '#src/pinned/pinned-sessions.ts'
import type { TransactionEnd } from '#src/pinned/transaction.ts'
import { type Authenticated, authenticate, type Credentials, refuse, resumeSession, submit } from '#src/pipeline.ts'
import type { Ports } from '#src/ports.ts'
import { principalKey } from '#src/principal.ts'
import type { SessionRecord, SessionSummary } from '#src/record/event.ts'
import { findSession } from '#src/record/joined.ts'
import { outcomeOf, readOutcome } from '#src/record/read-outcome.ts'
import type { SessionQuery } from '#src/record/record-store.ts'
import { findEvent } from '#src/record/session-facts.ts'
import { type Dialect, type SessionId, type Submission, sessionFor } from '#src/statement.ts'
import type { Keeper } from '../hold/keeper.ts'
import { type Described, describeStatement, type Explained, explain } from './explain.ts'
import { endWithin, type Flights } from './flights.ts'
import { onceThere } from './once-there.ts'
import { onRecord, standing, waiting } from './standing.ts'
import { type VisibleObjects, visibleObjects } from './visible-objects.ts'

export type { Explained }

/** Fits into the 60 s that common clients allow a request: what runs for longer is answered as running. */
const answerMilliseconds = 50_000

/** What a driver asks for by its own request id: the session that this names, and what is known of it. */
export interface Started {
  readonly id: SessionId
  /** Undefined: not judged yet. */
  readonly outcome?: Outcome
}

/** A connection as drivers know it: what they call their account, and what names resolve in. */
export interface ConnectionFacts {
  readonly name: string
  readonly dialect: Dialect
  readonly account?: string
  readonly virtualWarehouse?: string
  readonly location?: string
  readonly database?: string
  readonly schema?: string
}

type OwnSessions = Pick<SessionQuery, 'limit' | 'before' | 'since' | 'until'>

/** All that a door may call. A door turns bytes into these calls and outcomes into bytes, and knows nothing else. */
export interface Journey {
  readonly clock: Clock
  authenticate(credentials: Credentials): Promise<Authenticated>
  /**
   * Judges, then runs, holds or refuses; waits up to `waitMilliseconds` for people. What runs for long is answered as running, and
   * goes on. `signal`: the client went away, which withdraws what runs and was not answered so.
   */
  submit(
    principal: Authenticated,
    submission: Submission,
    waitMilliseconds: number,
    signal: AbortSignal,
  ): Promise<Outcome>
  /**
   * As `submit`, for clients that lose their connection and ask again: the statement goes on without them, and the same
   * request finds it. Answers within `waitMilliseconds`, `pending` where it waits or runs. Needs the idempotency key.
   */
  start(
    principal: Authenticated,
    submission: Submission & { readonly idempotencyKey: string },
    waitMilliseconds: number,
    signal: AbortSignal,
  ): Promise<Started>
  /**
   * What is known of a session of this principal; waits while it is pending. Rejects with `unknown_session`. Where `signal` is aborted
   * from the start, that is only looked at: nobody counts as waiting for it.
   */
  outcome(principal: Authenticated, id: SessionId, waitMilliseconds: number, signal: AbortSignal): Promise<Outcome>
  /** Withdraws a statement that waits, or cancels one that runs. Ended ones stay as they are. */
  cancel(principal: Authenticated, id: SessionId): Promise<Outcome>
  /** Waits for what is to be cancelled; see `onceThere`. */
  onceThere(principal: Authenticated, cancel: () => Promise<unknown>): Promise<void>
  /** This gateway was told to end: who has an id asks the next one. */
  readonly stopping: boolean
  /** Its own sessions, newest first. */
  sessions(principal: Authenticated, query: OwnSessions): Promise<readonly SessionSummary[]>
  /** The judgement of a statement without the statement: nothing is shown to people or run; see `explain`. */
  explain(principal: Authenticated, submission: Submission, estimating?: 'with estimate'): Promise<Explained>
  /** What a statement does, to the last name: for what a door makes of it, and for no agent to hear. */
  understand(principal: Authenticated, submission: Submission): Promise<Classification>
  /** Refuses, on record, what policy denies; any other statement is neither recorded nor run. */
  refuse(principal: Authenticated, submission: Submission): Promise<Refused | undefined>
  /** What a statement would answer with; see `describeStatement`. */
  describe(principal: Authenticated, submission: Submission): Promise<Described>
  connections(): ConnectionFacts[]
  /** How long a statement may be; `submit` and the others reject with `statement_too_large` what is longer. */
  sqlBytes(): number
  /** What there is, of what policy lets a principal see. */
  readonly objects: VisibleObjects
  /** Transactions of drivers' sessions, by id. */
  readonly transactions: {
    /** `none`: nothing of it was ever submitted. */
    state(id: string): Promise<Ended | 'open' | 'none'>
    /** See `endedHere`. */
    endedHere(id: string, end: TransactionEnd, by: SessionId): Promise<boolean>
    /** Nobody will end it: what was not committed is rolled back. */
    abandon(id: string): Promise<void>
  }
  /** Sessions that clients open and name, of a principal on a connection; see `openSession` and `useSession`. */
  readonly sessionsByName: {
    open(principal: Authenticated, connection: string, id: string, schema: string | undefined): Promise<ClientSession>
    use(principal: Authenticated, connection: string, id: string): Promise<ClientSession>
    /** See `beginWithin` and `leaveWithin`. */
    begin(principal: Authenticated, connection: string, id: string, transaction: string): Promise<void>
    end(principal: Authenticated, connection: string, id: string, transaction: string): Promise<void>
  }
  /** Logins of drivers. */
  readonly drivers: Pick<DriverSessions, 'open' | 'renew' | 'change' | 'end' | 'remember' | 'recall' | 'ticket'> & {
    resume(token: string): Promise<DriverSession<Authenticated>>
    admit(ticket: string, subject: string): Promise<DriverSession<Authenticated>>
  }
  /** Protected resource metadata (RFC 9728) for the door at `path`. */
  protectedResource(path: string): Record<string, unknown>
}

/** How this installation is reached, and who issues the tokens it accepts. */
interface Site {
  readonly url: string
  readonly issuers: () => readonly string[]
}

export interface JourneyParts {
  readonly keeper: Keeper
  readonly flights: Flights
  readonly site: Site
  /** How long a statement may run before its request is answered. */
  readonly answerMilliseconds?: number | undefined
}

export function createJourney(ports: Ports, parts: JourneyParts): Journey {
  const { keeper, site } = parts
  return {
    clock: ports.clock,
    authenticate: credentials => authenticate(ports, credentials),
    ...statementsOf(ports, parts),
    onceThere: (principal, cancel) => onceThere(principal, cancel, { clock: ports.clock, keeper }),
    get stopping() {
      return keeper.stopping
    },
    sessions: (principal, query) => ports.records.find({ ...query, principal: principalKey(principal) }),
    explain: (...asked) => explain(ports, ...asked),
    understand: async (principal, submission) => (await understand(ports, submission, principal)).classification,
    refuse: (principal, submission) => refuse(ports, principal, submission),
    describe: (principal, submission) => describeStatement(ports, principal, submission),
    connections: () =>
      ports.connections().map(({ warehouse, verify: _, ...facts }) => ({ ...facts, dialect: warehouse.dialect })),
    sqlBytes: () => ports.limits().sqlBytes,
    objects: visibleObjects(ports),
    transactions: transactionsOf(ports),
    sessionsByName: {
      open: (principal, connection, id, schema) => openSession(ports, { id, principal, connection }, schema),
      use: (principal, connection, id) => useSession(ports, { id, principal, connection }),
      begin: (principal, connection, id, transaction) => beginWithin(ports, { id, principal, connection }, transaction),
      end: (principal, connection, id, transaction) => leaveWithin(ports, { id, principal, connection }, transaction),
    },
    drivers: driversOf(ports),
    protectedResource: path => ({
      resource: `${site.url}${path}`,
      authorization_servers: site.issuers(),
      bearer_methods_supported: ['header'],
    }),
  }
}

/** Statements on their way: brought, asked for again, withdrawn. */
function statementsOf(
  ports: Ports,
  { keeper, flights, answerMilliseconds: patience = answerMilliseconds }: JourneyParts,
): Pick<Journey, 'submit' | 'start' | 'outcome' | 'cancel'> {
  const wait = waiting(ports, keeper)
  const fly = (id: SessionId, principal: Authenticated, submission: Submission) =>
    flights.join(id, principal, submission, signal => submit(ports, principal, submission, id, signal))
  return {
    async submit(principal, submission, waitMilliseconds, signal) {
      const until = ports.clock.now() + waitMilliseconds
      const id = sessionFor(principalKey(principal), submission)
      const flight = fly(id, principal, submission)
      const waits = { milliseconds: Math.max(waitMilliseconds, patience), hurried: flights.hurried, signal }
      const first = await standing(ports, id, flight, waits)
      const left = until - ports.clock.now()
      return left > 0 ? wait(first, left, signal) : first
    },
    async start(principal, submission, waitMilliseconds, signal) {
      const id = sessionFor(principalKey(principal), submission)
      const until = ports.clock.now() + waitMilliseconds
      const flight = fly(id, principal, submission)
      const ended = await endWithin(flight, waitMilliseconds, signal, flights.hurried)
      if (ended) return { id: ended.id, outcome: await wait(ended, until - ports.clock.now(), signal) }
      const outcome = await onRecord(ports, id, flight, until, signal)
      return outcome ? { id: outcome.id, outcome } : { id }
    },
    async outcome(principal, id, waitMilliseconds, signal) {
      const until = ports.clock.now() + waitMilliseconds
      const flight = flights.find(id, principal)
      const landed = flight && (await endWithin(flight, waitMilliseconds, signal, flights.hurried))
      const first = landed ?? (await outcomeOf(ports, await ownSession(ports, principal, id)))
      return wait(first, until - ports.clock.now(), signal)
    },
    async cancel(principal, asked) {
      const flight = flights.find(asked, principal)
      flight?.abort()
      await flight?.done.catch(() => undefined)
      const { id } = await ownSession(ports, principal, asked)
      await withdrawStatement(ports, id, principal.name)
      return readOutcome(ports, id)
    },
  }
}

const stateOf = (found: FoundSession | undefined) => (found ? (found.ended ?? 'open') : 'none')

function transactionsOf(ports: Ports): Journey['transactions'] {
  return {
    state: async id => stateOf(await findPinned(ports, id)),
    endedHere: (...asked) => endedHere(ports, ...asked),
    abandon: id => abandonPinned(ports, id),
  }
}

function driversOf(ports: Ports): Journey['drivers'] {
  return {
    open: (principal, context) => ports.driverSessions.open(principal, context),
    resume: token => resumeSession(ports, token),
    renew: token => ports.driverSessions.renew(token),
    change: (session, to) => ports.driverSessions.change(session, to),
    end: session => ports.driverSessions.end(session),
    remember: (...asked) => ports.driverSessions.remember(...asked),
    recall: (session, name) => ports.driverSessions.recall(session, name),
    ticket: (session, subject) => ports.driverSessions.ticket(session, subject),
    admit: (ticket, subject) => resumeSession(ports, ticket, subject),
  }
}

/** Another principal's session is answered like one that does not exist. */
async function ownSession(ports: Ports, principal: Authenticated, id: SessionId): Promise<SessionRecord> {
  const record = await findSession(ports.records, id)
  const owner = record && findEvent(record, 'received').statement.principal
  if (!owner || principalKey(owner) !== principalKey(principal)) throw new GatewayError('unknown_session')
  return record
}
