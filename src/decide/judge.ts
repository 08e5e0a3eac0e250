import { bringsUnseen, type Classification } from '../classify/classification.ts'
import { containersOf, ownerOf } from '../classify/column-name.ts'
import { actsWhenCompiled } from '../classify/judge/may-be-compiled.ts'
import { asLook, asRead, type Classified } from '../classify/understand.ts'
import type { NotCompiled } from '../not-compiled.ts'
import { type Refusal, taintScope } from '../pinned/temporary-tables.ts'
import type { Connection, Ports } from '../ports.ts'
import { agentKey } from '../principal.ts'
import type { Stage } from '../stage.ts'
import { type Statement, statementDigest } from '../statement.ts'
import { compiled, estimated, readByWarehouse } from './ask-warehouse.ts'
import type { Decision, DecisionInput, Estimate, Policy } from './decision.ts'
import { pauseOf } from './pause.ts'
import { sameWarehouse } from './same-warehouse.ts'
import type { Spending, SpendingScope } from './spending.ts'
import { type Taint, withTaintWords } from './taint.ts'
import { mayBeTold } from './told-fault.ts'
import { isVerified, withWarehouseReading } from './warehouse-reading.ts'

/** A statement with its decision, bound by its digest. Only this file makes one. */
export type Decided = Stage<
  {
    readonly statement: Statement
    readonly classification: Classification
    readonly connection: Connection
    readonly refusal?: Refusal
    readonly decision: Decision
    readonly digest: string
    readonly estimate?: Estimate
    /** What its agent may hear of the estimate. */
    readonly told?: Estimate
    /** What the decision rests on of the past; absent where no rule asked. */
    readonly spent?: readonly Spending[]
    /** Columns of its tables that were written from sensitive ones. */
    readonly tainted: readonly Taint[]
    /** When it was understood and decided; milliseconds since the epoch. */
    readonly classifiedAt: number
    readonly decidedAt: number
    /** Why it cannot run whatever anybody decides, where its agent may hear of that at once. */
    readonly fault?: NotCompiled
  },
  'decided'
>

/** Whether the warehouse is asked: where the decision or a person needs it, never, or also for who wants to know. */
export type Estimating = 'as needed' | 'without estimate' | 'with estimate'

/**
 * Third stage. A statement that policy surely denies never reaches the warehouse, not even its EXPLAIN: the warehouse is asked for
 * an estimate only after a first look, and only where a rule reads it or a person will, and for its own reading of what would run
 * unseen; not where the caller wants the decision `without estimate`. Of a text that nobody here understands it is asked whether it compiles,
 * before people are. The record is asked what was spent only where a rule's answer hangs on it. Rejects with
 * `record_unavailable`.
 */
export async function judge(ports: Ports, classified: Classified, asked: Estimating = 'as needed'): Promise<Decided> {
  const { statement, classification, refusal } = classified
  const policy = ports.policy()
  const { principal, receivedAt: now } = statement
  const [tainted, paused] = await Promise.all([taintsOn(ports, statement, classification), pauseOf(ports, principal)])
  const asking = { statement, classification, principal, now, tainted, ...(refusal && { refusal }) }
  const blind = await looked(ports, policy, { ...asking, ...(paused && { paused }) })
  // The reader's session sees no temporary tables: what touches some is compared where it runs.
  const ask = asked !== 'without estimate' && !statement.temporary
  const { decision: first } = blind
  const wanted = wantsEstimate(policy, first, classification) || (asked === 'with estimate' && first.verdict !== 'deny')
  const { estimate, fault } = ask
    ? await (wanted ? estimated(ports, classified, first) : compiled(ports, classified, first))
    : {}
  const read = estimate?.tables ? withWarehouseReading(classification, estimate.tables) : classification
  const informed = estimate
    ? await looked(ports, policy, { ...(await reread(ports, blind.input, read)), estimate })
    : blind
  const { input, decision } = ask ? await compared(ports, policy, classified, informed) : informed
  const digest = statementDigest(statement, decision.role)
  const toldFault = fault && (await mayBeTold(classified, decision, fault, look => mayLook(ports, look)))
  const told =
    estimate && (await toldOf(ports, { ...classified, classification: input.classification }, decision, estimate))
  return {
    ...classified,
    classification: withTaintWords(input.classification, decision.sensitive),
    decision,
    digest,
    decidedAt: ports.clock.now(),
    ...(estimate ? { estimate } : {}),
    ...(told ? { told } : {}),
    ...(toldFault ? { fault } : {}),
    ...(input.spent ? { spent: input.spent } : {}),
    tainted: input.tainted,
  } as unknown as Decided
}

/**
 * The decision as it is now that this statement itself is on record and counts for others. Of statements that are decided at
 * the same moment, by any gateways, at least one sees the other here: together they cannot pass what one of them could not.
 */
export async function judgeCounted(ports: Ports, decided: Decided): Promise<Decision> {
  const { statement, classification, estimate, spent, tainted, refusal } = decided
  if (!spent) return decided.decision
  const { principal, receivedAt: now } = statement
  const known = { statement, classification, tainted, ...(estimate && { estimate }), ...(refusal && { refusal }) }
  return ports.policy().decide({ ...known, principal, now, spent: await countSpent(ports, statement, spent) })
}

/**
 * Of the tables that the statement touches, temporary ones included, by whatever connection they were written; of all tables where it
 * may touch others.
 */
export async function taintsOn(
  { records, connections }: Pick<Ports, 'records' | 'connections'>,
  { connection, temporary }: Statement,
  { understood, reads, writes, hazards }: Classification,
): Promise<readonly Taint[]> {
  const tables = [...reads, ...writes].map(ownerOf)
  const hidden = hazards.includes('other_tables') || bringsUnseen(hazards)
  const named = understood && !hidden && !tables.some(table => table.includes('*'))
  const reaching = connections().map(({ name, account, warehouse: { dialect } }) => ({ name, account, dialect }))
  const found = await records.taints({
    connections: sameWarehouse(connection, reaching),
    ...(named ? { tables: withContainers(tables) } : {}),
  })
  if (!temporary) return found
  return [...found, ...(await records.taints({ connections: [taintScope({ connection }, temporary)] }))]
}

const withContainers = (tables: readonly string[]): readonly string[] => [
  ...new Set([...tables, ...tables.flatMap(containersOf)]),
]

interface Asking extends DecisionInput {
  readonly tainted: readonly Taint[]
}

/** What is known, and the decision on that. */
interface Look {
  readonly input: Asking
  readonly decision: Decision
}

/** The decision on what is known, once what was spent is known as far as that asks for it. */
async function looked(ports: Ports, policy: Policy, asking: Asking): Promise<Look> {
  const scopes = policy.asksSpent(asking)
  const counted = scopes.length > 0 ? await countSpent(ports, asking.statement, scopes) : []
  const input = counted.length > 0 ? { ...asking, spent: [...(asking.spent ?? []), ...counted] } : asking
  return { input, decision: policy.decide(input) }
}

/** As the warehouse reads it: with the taints of what we did not see. */
async function reread(ports: Ports, input: Asking, classification: Classification): Promise<Asking> {
  if (classification === input.classification) return input
  return { ...input, classification, tainted: await taintsOn(ports, input.statement, classification) }
}

function countSpent(
  ports: Ports,
  { id, principal, receivedAt }: Statement,
  scopes: readonly SpendingScope[],
): Promise<readonly Spending[]> {
  return ports.records.spent({ agent: agentKey(principal), scopes, at: receivedAt, except: id })
}

/** Whether the warehouse is asked after a first look without its numbers. */
export function wantsEstimate(policy: Policy, first: Decision, { understood }: Classification): boolean {
  const open = first.verdict === 'allow' || (first.verdict === 'deny' && first.unsure === true)
  return understood && (first.verdict === 'hold' || (policy.needsEstimate && open))
}

/**
 * What is counted of rows tells of them, so that it is for agents that may read the tables unseen; how large a table is tells that it is
 * there, as a look at it would.
 */
async function toldOf(
  ports: Ports,
  classified: Classified,
  { verdict }: Decision,
  estimate: Estimate,
): Promise<Estimate | undefined> {
  if (verdict !== 'hold') return verdict === 'allow' ? estimate : undefined
  if (await mayLook(ports, asRead(classified))) return estimate
  const { rows: _, counted: __, ...sizes } = estimate
  return (await mayLook(ports, asLook(classified, {}))) ? sizes : undefined
}

/** Whether policy lets the agent look at, or read, the tables of `look`, which says so by what it does (`asLook`, `asRead`). */
export async function mayLook(ports: Ports, look: Classified): Promise<boolean> {
  const { decision } = await judge(ports, look, 'without estimate')
  return decision.verdict === 'allow'
}

/**
 * A query that nobody would look at, as far as is known by now, is compared with the warehouse's own reading of it, where no estimate
 * brought that along. What people may have granted beforehand may run unseen as well.
 */
async function compared(ports: Ports, policy: Policy, classified: Classified, informed: Look): Promise<Look> {
  const { input, decision } = informed
  const { classification, connection } = classified
  const { verdict, grants, sensitive } = decision
  const unseen = (verdict === 'allow' || grants) && classification.kind === 'select' && classification.understood
  if (input.estimate?.tables || !unseen || !isVerified(connection.verify, classification, sensitive)) return informed
  const acts = verdict === 'hold' && actsWhenCompiled(classified.statement.sql, classification)
  const tables = acts ? undefined : await readByWarehouse(ports, classified, decision)
  if (tables === 'cannot run') return informed
  // People look at it, and know no more than they did; but nothing of it runs unseen.
  if (tables === undefined && verdict === 'hold') return { input, decision: withoutGrants(decision) }
  const read = withWarehouseReading(classification, tables)
  return read === classification ? informed : looked(ports, policy, await reread(ports, input, read))
}

const withoutGrants = ({ grants: _, ...decision }: Decision): Decision => decision
