import type { Decision } from '#src/decide/decision.ts'
import type { Cell } from '#src/execute/warehouse.ts'
import { touchesSensitive } from '#src/mask/mask-plan.ts'
import { maskedCells } from '#src/mask/masked-cells.ts'
import type { Completed, Outcome, OutcomeContext, Pending, Refused } from '#src/outcome.ts'
import type { ConnectionFacts, Explained } from '../journey/journey.ts'

/** What the rows of one answer may measure: an answer is made at once, and in memory. */
const maxLength = 8 * 1024 * 1024

/** The part of a result that one answer carries at most; the rest is fetched by offset. */
export interface RowWindow {
  readonly offset: number
  readonly rows: number
  /** What they may measure in JSON, after the first. */
  readonly length?: number
}

const statusWords = {
  pending: 'pending_approval',
  approved: 'running',
  executing: 'running',
  unknown: 'running',
} as const satisfies Record<Pending['state'], string>

/** An outcome as JSON, the same words in REST, MCP and the command line. `columns` and `rows` are masked by their type. */
export async function answer(outcome: Outcome, window: RowWindow): Promise<Record<string, unknown>> {
  switch (outcome.status) {
    case 'pending':
      return { ...pendingAnswer(outcome), ...contextAnswer(outcome) }
    case 'completed':
      return { ...(await completedAnswer(outcome, window)), ...contextAnswer(outcome) }
    default: {
      const { summary, ...context } = contextAnswer(outcome)
      // It names columns behind a star, and what is under a view: of what policy refuses those are nobody's to hear.
      return { ...refusedAnswer(outcome), ...context, ...(outcome.decision.verdict === 'deny' ? {} : { summary }) }
    }
  }
}

/** What would become of a statement, for agents that ask before they bother people. */
export function explainAnswer(explained: Explained): Record<string, unknown> {
  const { decision, classification, mistake } = explained
  const { understood, cause, kind, reads, writes, hazards, outputs } = classification
  const { verdict, role, approvers, limits } = decision
  const instead = decision.reasons.find(reason => reason.instead)?.instead
  return {
    verdict: mistake ? 'fail' : verdict,
    ...(mistake ? { code: mistake.code, message: mistake.message } : {}),
    ...contextAnswer(explained),
    ...grantAnswer(explained.grant),
    ...(instead ? { what_would_pass: instead } : {}),
    understood,
    ...(cause ? { cause } : {}),
    kind,
    reads,
    writes,
    hazards,
    columns: outputs?.map(({ name, sources }) => ({ name, sources })) ?? null,
    ...(role ? { role } : {}),
    ...(approvers && !mistake ? { approvers } : {}),
    limits,
    // What people would be asked about is not counted for an agent that asks nobody: each number would be a row read unseen.
    ...(verdict === 'allow' ? estimateAnswer(explained) : {}),
  }
}

export function connectionsAnswer(connections: readonly ConnectionFacts[]): Record<string, unknown>[] {
  return connections.map(({ name, dialect }) => ({ name, dialect }))
}

function contextAnswer({
  decision,
  classification,
}: Omit<OutcomeContext, 'id' | 'statement'>): Record<string, unknown> {
  const { rule, grant } = decision
  return { rule, reasons: reasonsAnswer(decision), ...grantAnswer(grant), summary: classification.summary }
}

function grantAnswer(grant: Decision['grant']): Record<string, unknown> {
  return grant ? { grant: { id: grant.id, by: grant.by, until: new Date(grant.until).toISOString() } } : {}
}

function reasonsAnswer({ reasons }: Decision): Record<string, unknown>[] {
  return reasons.map(({ code, rule, because }) => ({ code, ...(rule ? { rule } : {}), because }))
}

/**
 * Not where sensitive columns are touched: an agent that learns how many rows `email = '…'` would touch reads the column
 * one question at a time, approved by nobody. Approvers see the number on the card.
 */
function estimateAnswer({ told, classification, decision }: Omit<Explained, 'grant'>): Record<string, unknown> {
  return told && !touchesSensitive(classification, decision.sensitive) ? { estimate: told } : {}
}

function pendingAnswer(outcome: Pending): Record<string, unknown> {
  const waits = outcome.state === 'pending'
  const { approvals } = outcome
  return {
    status: statusWords[outcome.state],
    request_id: outcome.id,
    ...(waits
      ? {
          approval: {
            expires_at: new Date(outcome.expiresAt).toISOString(),
            waiting_for: approvals.filter(({ given, people }) => given < people),
          },
        }
      : {}),
    ...estimateAnswer(outcome),
    poll_after_seconds: waits ? 10 : 2,
    next_step: nextStep(outcome),
  }
}

function nextStep({ id, state }: Pending): string {
  switch (state) {
    case 'pending':
      return `Wait. Do not rewrite, split or resubmit this statement. Ask for request_id ${id} again, or end your turn and tell the user where it stands.`
    case 'unknown':
      return `It may have run, and what came of it is being settled. Do not submit it again: ask for request_id ${id}.`
    default:
      return `The statement runs. Do not submit it again: ask for request_id ${id}.`
  }
}

async function completedAnswer(outcome: Completed, window: RowWindow): Promise<Record<string, unknown>> {
  const { result, rows, affectedRows, credentialMilliseconds, wayBack } = outcome
  const page = await rowsIn(outcome, window)
  const next = window.offset + page.length
  return {
    status: 'succeeded',
    request_id: outcome.id,
    columns: result.columns.map(({ name, type, warehouseType }, at) => ({
      name,
      type,
      warehouse_type: warehouseType,
      ...(result.masks[at] ? { masked: result.masks[at].mask } : {}),
    })),
    rows: page,
    row_count: rows,
    ...(next < rows ? { next_offset: next } : {}),
    truncated: outcome.truncated,
    ...(result.detected().length > 0 ? { detected: result.detected() } : {}),
    masked_columns: result.masks.filter(mask => mask !== null).map(mask => mask.column),
    ...(affectedRows === undefined ? {} : { affected_rows: affectedRows }),
    role: outcome.role,
    milliseconds: outcome.milliseconds,
    ...(credentialMilliseconds === undefined ? {} : { credential_milliseconds: credentialMilliseconds }),
    ...(outcome.approvedBy.length > 0 ? { approved_by: outcome.approvedBy } : {}),
    ...(wayBack ? { way_back: wayBack } : {}),
  }
}

function refusedAnswer(outcome: Refused): Record<string, unknown> {
  return {
    status: outcome.status,
    request_id: outcome.id,
    code: outcome.code,
    message: outcome.message,
    ...(outcome.next ? { what_would_pass: outcome.next } : {}),
    ...(outcome.reviewer ? { denied_by: outcome.reviewer } : {}),
    ...(outcome.reason ? { reason: outcome.reason } : {}),
    ...(outcome.suggestedSql ? { suggested_sql: outcome.suggestedSql } : {}),
  }
}

async function rowsIn(
  outcome: Completed,
  { offset, rows, length: most = maxLength }: RowWindow,
): Promise<(readonly Cell[])[]> {
  const wanted: (readonly Cell[])[] = []
  let length = 0
  let { pages, skip } = pagesFrom(outcome, offset)
  for await (const page of pages) {
    for (const row of maskedCells(page, outcome.result, skip, skip + rows - wanted.length)) {
      length += JSON.stringify(row).length
      if (wanted.length > 0 && length > most) return wanted
      wanted.push(row)
    }
    if (wanted.length === rows) return wanted
    skip = 0
  }
  return wanted
}

/** The pages from the one with this row on, and how many of its rows come before that; what lies before it is not read back. */
function pagesFrom({ result, recorded }: Completed, offset: number) {
  let skip = offset
  let before = 0
  for (const rows of recorded.rows) {
    if (skip < rows) break
    skip -= rows
    before += 1
  }
  return { pages: before === 0 ? result.pages : recorded.from(before), skip }
}
