import type { Classification, StatementKind } from '#src/classify/classification.ts'
import { nameContext } from '#src/classify/name-context.ts'
import { asLook, understand } from '#src/classify/understand.ts'
import type { Decision, Estimate } from '#src/decide/decision.ts'
import { type Decided, type Estimating, judge, mayLook } from '#src/decide/judge.ts'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { Column } from '#src/execute/warehouse.ts'
import type { Grant } from '#src/hold/grant.ts'
import { waitingHold } from '#src/hold/hold-statement.ts'
import { liveGrants } from '#src/hold/live-grants.ts'
import { maskedColumns } from '#src/mask/mask.ts'
import { touchesSensitive } from '#src/mask/mask-plan.ts'
import { NotCompiled } from '#src/not-compiled.ts'
import type { Authenticated } from '#src/pipeline.ts'
import type { Ports } from '#src/ports.ts'
import { refusalBy } from '#src/record/record-denial.ts'
import { heardFault, recordHeard } from '#src/record/record-fault.ts'
import { publicError } from '#src/record/record-outcome.ts'
import { newSessionId, type Submission } from '#src/statement.ts'

/** What would become of a statement; of one that is refused, with no more about its tables than it says itself. */
export interface Explained {
  readonly classification: Classification
  readonly decision: Decision
  /** As far as it is for the agent to hear. */
  readonly told?: Estimate
  /** It would be held, but for this. */
  readonly grant?: Grant
  /** What its agent would hear at once, in the place of a question to people. */
  readonly mistake?: GatewayError
}

/**
 * The judgement of a statement without the statement: nothing is shown to people or run, and nothing is recorded but what the agent
 * hears of one that does not compile. That is what it rejects with where it is asked `with estimate`.
 */
export async function explain(ports: Ports, ...asked: Asked): Promise<Explained> {
  const decided = await judgementOf(ports, ...asked)
  const [[grant], classification] = await Promise.all([liveGrants(ports, decided), toldOf(ports, decided)])
  const mistake = grant ? undefined : await mistakeIn(ports, decided)
  return { ...decided, classification, ...(grant ? { grant } : {}), ...(mistake ? { mistake } : {}) }
}

/** What is answered at once, as `submit` does. */
async function mistakeIn(ports: Ports, decided: Decided): Promise<GatewayError | undefined> {
  const { fault, decision } = decided
  if (!fault || decision.verdict !== 'hold' || (await waitingHold(ports, decided))) return undefined
  return onRecord(ports, decided, heardFault(ports, decided, fault))
}

async function onRecord(ports: Ports, decided: Decided, heard: GatewayError): Promise<GatewayError> {
  await recordHeard(ports, decided, heard)
  return heard
}

type Asked = readonly [principal: Authenticated, submission: Submission, estimating?: Estimating]

async function judgementOf(ports: Ports, ...[principal, submission, estimating]: Asked): Promise<Decided> {
  // What is recorded of it is nothing that the same request would find, were it submitted.
  const classified = await understand(ports, submission, principal, newSessionId())
  const unasked = await judge(ports, classified, 'without estimate')
  // With an estimate the verdict alone would tell about rows, and nobody would ever see that it was asked for.
  const blind = touchesSensitive(unasked.classification, unasked.decision.sensitive)
  if (blind && classified.classification.understood) return unasked
  const decided = await judge(ports, classified, blind ? 'as needed' : estimating)
  if (estimating !== 'with estimate') return decided
  if (decided.fault) throw await onRecord(ports, decided, heardFault(ports, decided, decided.fault))
  return decided
}

/**
 * What its agent is told that the statement does. Where policy refuses it, that is what its text says by itself: the columns behind a
 * star, and what is under a view, are names of tables that this agent may not look at.
 */
async function toldOf(
  { classifier }: Pick<Ports, 'classifier'>,
  { statement, classification, decision }: Decided,
): Promise<Classification> {
  if (decision.verdict !== 'deny') return classification
  return classifier.classify(statement.sql, statement.dialect, nameContext(statement))
}

/** What a statement would answer with. */
export interface Described {
  readonly kind: StatementKind
  /** Of a query, as they would leave; absent where the answer is a count. */
  readonly columns?: readonly Column[]
}

const writeKinds: readonly StatementKind[] = ['insert', 'update', 'delete', 'merge']

/**
 * The columns of a query that would run unseen, or whose tables policy lets its agent look at (`metadata`). Nothing of it runs, and
 * nothing is recorded but that it does not compile. Rejects with `denied`, with `not_permitted` where people would be asked about it, and with `syntax_error` or
 * `not_compiled` where it does not compile.
 */
export async function describeStatement(
  ports: Ports,
  principal: Authenticated,
  submission: Submission,
): Promise<Described> {
  const decided = await judgementOf(ports, principal, submission)
  const { statement, classification, decision, connection } = decided
  const { kind, understood, statements } = classification
  if (decision.verdict === 'deny') throw refusalBy(decision)
  if (understood && statements === 1 && writeKinds.includes(kind)) return { kind }
  if (statement.temporary) throw notDescribed('A statement on temporary tables is not described without running it.')
  const query = understood && statements === 1 && kind === 'select'
  if (!query || !connection.warehouse.describe)
    throw notDescribed('Only queries and writes are described without running them.')
  if (
    decision.verdict === 'hold' &&
    !(await mayLook(ports, asLook(await understand(ports, submission, principal), { columns: true })))
  )
    throw notDescribed(
      `People would be asked about this statement (rule ${decision.rule}), before anything is told of it.`,
    )
  try {
    const columns = await connection.warehouse.describe(statement)
    return { kind, columns: maskedColumns(decided, columns).columns }
  } catch (error) {
    const heard = publicError(decided, asGatewayError(error), ports.maskKey())
    throw error instanceof NotCompiled ? await onRecord(ports, decided, heard) : heard
  }
}

function notDescribed(message: string): GatewayError {
  return new GatewayError('not_permitted', { message, next: 'running it; its answer says what its columns are.' })
}
