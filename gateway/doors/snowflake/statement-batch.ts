import type { DriverContext, DriverSession } from '#src/authenticate/driver-sessions.ts'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { Outcome, Pending, Refused } from '#src/outcome.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { principalKey } from '#src/principal.ts'
import { canonicalJson, type SessionId, sessionIdOf, sha256 } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { contextAfter } from './context-after.ts'
import { currentContext } from './current-context.ts'
import { unsupportedHere } from './envelope.ts'
import { finalState } from './final-state.ts'
import type { AskedParameters } from './parameters.ts'
import { queryIdOf, statusQueryId } from './query-id.ts'
import { type AskedQuery, isUncommitted, refuseCommitting, submissionIn } from './query-request.ts'
import { changedBy } from './run-command.ts'
import { sessionCommand } from './session-command.ts'
import { statementTypeOf } from './statement-type.ts'
import { isForWarehouse, outsideIfAlone, requireRead } from './transaction.ts'

type Session = DriverSession<Authenticated>
type Drivers = Pick<Journey, 'drivers' | 'connections' | 'transactions'>
type Running = Drivers & Pick<Journey, 'start' | 'outcome' | 'cancel' | 'onceThere' | 'stopping'>

/** Several statements that came as one. Kept with the session, so that any gateway goes on with them. */
interface Batch {
  readonly key: string
  /** SHA-256 of all its texts, and of what was set beside them. */
  readonly digest: string
  /** How many statements it has. */
  readonly count: number
  readonly asked: AskedParameters
  /** What the next one is read in. */
  readonly context: DriverContext
  readonly done: readonly RanStatement[]
}

interface RanStatement {
  readonly queryId: string
  readonly typeId: number
}

export type BatchState =
  | { readonly status: 'completed'; readonly done: readonly RanStatement[]; readonly context: DriverContext }
  | { readonly status: 'pending'; readonly outcome?: Pending }
  | { readonly status: 'refused'; readonly outcome: Refused }
  | { readonly status: 'cancelled'; readonly refusal: GatewayError }

const maxStatements = 100
/** Of all texts together: they are kept, by themselves, until nothing more of them will run. */
const maxBytes = 256 * 1024

/** Takes the statements of a request as one; the same request again is the same batch. Nothing runs where one of them is not taken here. */
export async function openBatch(
  journey: Drivers,
  session: Session,
  { submission, asked, texts }: AskedQuery,
): Promise<SessionId> {
  const { idempotencyKey: key, sql } = submission
  const id = sessionIdOf(principalKey(session.principal), key)
  const known = await find(journey, session, id)
  const digest = sha256(canonicalJson([texts, asked.kept]))
  if (known && known.digest !== digest) throw new GatewayError('idempotency_mismatch')
  if (known) return id
  if (texts.length > maxStatements || Buffer.byteLength(sql) > maxBytes)
    throw unsupportedHere(`At most ${maxStatements} statements and ${maxBytes / 1024} KiB are taken at once.`)
  let { context } = session
  for (const text of texts) context = contextBy(journey, context, asked, text, id)
  const { length: count } = texts
  await journey.drivers.remember(session, textsOf(id), { texts })
  await keep(journey, session, id, { key, digest, count, asked, context: session.context, done: [] })
  return id
}

/** The session after one of the statements. Throws for one that is not taken. */
function contextBy(
  journey: Drivers,
  context: DriverContext,
  asked: AskedParameters,
  text: string,
  by: SessionId,
): DriverContext {
  refuseCommitting(context, asked)
  const command = sessionCommand(text)
  // Its answer is kept nowhere, and would be asked for later.
  if (command?.kind === 'parameters') throw unsupportedHere('SHOW PARAMETERS goes alone.')
  if (command?.kind === 'temporary')
    throw unsupportedHere('What is temporary is created by a statement that goes alone.')
  if (command) return contextAfter(context, command, by, finalState(journey, context).virtualWarehouse)
  if (isUncommitted(context, asked)) requireRead(text)
  return context
}

/**
 * Goes on where the batch is, one statement after the other, for `waitMilliseconds`; the first that is refused ends it. Nothing of it
 * begins while nobody asks, or where this gateway ends. Rejects with `unknown_session`.
 */
export async function goOn(
  journey: Running,
  session: Session,
  id: SessionId,
  { waitMilliseconds, signal }: { readonly waitMilliseconds: number; readonly signal: AbortSignal },
): Promise<BatchState> {
  const until = Date.now() + waitMilliseconds
  for (;;) {
    const texts = await textsLeft(journey, session, id)
    const batch = await find(journey, session, id)
    if (!batch) throw new GatewayError('unknown_session')
    const { done, count, context } = batch
    if (done.length === count) return { status: 'completed', done, context }
    if (journey.stopping || signal.aborted) return { status: 'pending' }
    const left = Math.max(0, until - Date.now())
    const step = texts
      ? runNext(journey, session, batch, texts[done.length] ?? '', left, signal)
      : begunNext(journey, session, batch, left, signal)
    const next = await step.catch((error: unknown) => {
      throw inWords(batch, error)
    })
    const isOver = 'status' in next ? next.status !== 'pending' : next.done.length === count
    if (!('status' in next)) await keep(journey, session, id, next)
    if (isOver && texts) await endTexts(journey, session, id)
    if (!('status' in next)) continue
    if (isOver || !texts || (await textsLeft(journey, session, id))) return next
    // Who cancelled while this statement began found none to withdraw.
    await journey.onceThere(session.principal, () => cancelBatch(journey, session, id))
  }
}

/** The batch after its next statement, or why it is not there yet. */
async function runNext(
  journey: Running,
  session: Session,
  batch: Batch,
  text: string,
  waitMilliseconds: number,
  signal: AbortSignal,
): Promise<BatchState | Batch> {
  const { asked } = batch
  const context = await currentContext(journey, session, batch.context)
  const submission = submissionIn(context, asked, text, nextKey(batch))
  const by = nextId(session, batch)
  const command = sessionCommand(text)
  if (command && !(await isForWarehouse(journey, { ...session, context }, command, by))) {
    const after = contextBy(journey, context, asked, text, by)
    await changedBy(journey, { ...session, context }, command, by)
    return afterNext(batch, after, { queryId: statusQueryId(command.typeId), typeId: command.typeId })
  }
  const placed = await outsideIfAlone(journey, context, submission)
  const { outcome } = await journey.start(session.principal, placed, waitMilliseconds, signal)
  return outcome ? withOutcome({ ...batch, context }, outcome) : { status: 'pending' }
}

/** Of one that is over: its next statement may have begun before that, at another gateway, and what it did is told. */
async function begunNext(
  journey: Running,
  session: Session,
  batch: Batch,
  waitMilliseconds: number,
  signal: AbortSignal,
): Promise<BatchState | Batch> {
  try {
    const id = nextId(session, batch)
    return withOutcome(batch, await journey.outcome(session.principal, id, waitMilliseconds, signal))
  } catch (error) {
    const refusal = asGatewayError(error)
    if (refusal.code !== 'unknown_session') throw error
    const { message } = new GatewayError('cancelled')
    return { status: 'cancelled', refusal: new GatewayError('cancelled', { message: wordsIn(batch, message) }) }
  }
}

function withOutcome(batch: Batch, outcome: Outcome): BatchState | Batch {
  if (outcome.status === 'pending') return { status: 'pending', outcome }
  if (outcome.status !== 'completed')
    return { status: 'refused', outcome: { ...outcome, message: wordsIn(batch, outcome.message) } }
  const ran = { queryId: queryIdOf(outcome.id), typeId: statementTypeOf(outcome.classification.kind) }
  return afterNext(batch, batch.context, ran)
}

function afterNext(batch: Batch, context: DriverContext, ran: RanStatement): Batch {
  return { ...batch, context, done: [...batch.done, ran] }
}

/** Whether this is the id of several statements that came as one. */
export async function isBatch(journey: Pick<Journey, 'drivers'>, session: Session, id: SessionId): Promise<boolean> {
  return (await find(journey, session, id)) !== undefined
}

/**
 * Nothing more of it begins, and the statement where it stands is withdrawn; rejects with `unknown_session` while that one is not there. False
 * where there is no such batch.
 */
export async function cancelBatch(
  journey: Pick<Journey, 'drivers' | 'cancel'>,
  session: Session,
  id: SessionId,
): Promise<boolean> {
  if (!(await isBatch(journey, session, id))) return false
  try {
    // Also for whoever opens the same batch at this moment, and keeps its texts once more.
    await journey.drivers.remember(session, cancelMark(id), {})
    await endTexts(journey, session, id)
  } finally {
    // It may have gone on meanwhile; of one that is over, what it was at may still be judged at another gateway.
    const batch = await find(journey, session, id)
    if (batch && batch.done.length < batch.count) await journey.cancel(session.principal, nextId(session, batch))
  }
  return true
}

/** Why the next statement did not begin. What passes by itself is said as it is: drivers ask again. */
function inWords(batch: Batch, error: unknown): GatewayError {
  const refusal = asGatewayError(error)
  const { code, message, detail, next, warehouse, table } = refusal
  if (table.status === 503 || table.status === 408) return refusal
  return new GatewayError(code, { message: wordsIn(batch, message), detail, next, warehouse, cause: error })
}

/** What a refusal of the next statement says. */
function wordsIn({ count, done }: Batch, message: string): string {
  const before = done.length > 0 ? ' Those before it have run.' : ''
  return `Statement ${done.length + 1} of ${count}: ${message}${before}`
}

/** The driver's own name for the request, and which of its statements. */
function nextKey({ key, done }: Batch): string {
  return `${key} ${done.length + 1}`
}

function nextId({ principal }: Session, batch: Batch): SessionId {
  return sessionIdOf(principalKey(principal), nextKey(batch))
}

/** Where they are not there any more, nothing of it begins: it was cancelled or refused, or all of it has run. */
async function textsLeft({ drivers }: Drivers, session: Session, id: SessionId) {
  const [cancelled, kept] = await Promise.all([cancelMark(id), textsOf(id)].map(name => drivers.recall(session, name)))
  return cancelled ? undefined : (kept?.texts as readonly string[] | undefined)
}

function endTexts({ drivers }: Pick<Journey, 'drivers'>, session: Session, id: SessionId): Promise<void> {
  return drivers.remember(session, textsOf(id), {})
}

function cancelMark(id: SessionId): string {
  return `batch ${id} cancelled`
}

function textsOf(id: SessionId): string {
  return `texts of batch ${id}`
}

async function find({ drivers }: Pick<Journey, 'drivers'>, session: Session, id: SessionId) {
  return (await drivers.recall(session, `batch ${id}`)) as unknown as Batch | undefined
}

/** Another gateway may have gone on meanwhile: who reads an earlier state would take what ran, and its texts are gone, for withdrawn. */
function keep({ drivers }: Pick<Journey, 'drivers'>, session: Session, id: SessionId, batch: Batch): Promise<void> {
  const isAsFar = (now: object) => (now as Batch).done.length >= batch.done.length
  return drivers.remember(session, `batch ${id}`, { ...batch }, isAsFar)
}
