import { randomUUID } from 'node:crypto'
import type { Completed } from '#src/outcome.ts'
import { inlineRows } from './chunks.ts'
import { type Envelope, succeeded } from './envelope.ts'
import type { FinalState } from './final-state.ts'
import { toldParameters } from './parameters.ts'
import { queryIdOf } from './query-id.ts'
import { ownColumn, type RowtypeEntry, rowtypeOf } from './rowtype.ts'
import { countColumnOf, statementTypeOf } from './statement-type.ts'

export type Rowset = readonly (readonly (string | null)[])[]

interface Answered {
  readonly rowtype: readonly RowtypeEntry[]
  readonly rowset: Rowset
  readonly statementTypeId: number
}

/** The masked result of a statement; `more` says where the rows are that do not come with it. */
export async function completedAnswer(
  outcome: Completed,
  after: FinalState,
  more: (first: Rowset) => Promise<object>,
): Promise<Envelope> {
  const first = await answeredBy(outcome)
  const total = hasRows(outcome) ? outcome.rows : first.rowset.length
  const rest = total > first.rowset.length ? await more(first.rowset) : {}
  return answered({ ...first, total }, after, queryIdOf(outcome.id), { totalTruncated: outcome.truncated, ...rest })
}

/** Of a statement about the session itself. */
export function statusAnswer(statementTypeId: number, after: FinalState, queryId: string): Envelope {
  return answered({ ...statusOf(statementTypeId), total: 1 }, after, queryId)
}

/** Of a statement that was not run: what its columns would be. */
export function emptyAnswer(
  first: Omit<Answered, 'rowset'>,
  after: FinalState,
  binds: { readonly numberOfBinds: number; readonly arrayBindSupported: boolean },
): Envelope {
  return answered({ ...first, rowset: [], total: 0 }, after, randomUUID(), binds)
}

function hasRows({ affectedRows, result }: Completed): boolean {
  return affectedRows === undefined && result.columns.length > 0
}

async function answeredBy(outcome: Completed): Promise<Answered> {
  const { affectedRows, classification, result } = outcome
  const statementTypeId = statementTypeOf(classification.kind)
  if (affectedRows !== undefined) {
    const column = ownColumn(countColumnOf(classification.kind), 'fixed')
    return { rowtype: [column], rowset: [[String(affectedRows)]], statementTypeId }
  }
  if (!hasRows(outcome)) return statusOf(statementTypeId)
  return { rowtype: rowtypeOf(result.columns), rowset: await inlineRows(outcome), statementTypeId }
}

function statusOf(statementTypeId: number): Answered {
  return { rowtype: [ownColumn('status', 'text')], rowset: [['Statement executed successfully.']], statementTypeId }
}

function answered(
  { rowtype, rowset, statementTypeId, total }: Answered & { readonly total: number },
  after: FinalState,
  queryId: string,
  more: object = {},
): Envelope {
  return succeeded({
    parameters: toldParameters(after),
    ...{ rowtype, rowset, total, returned: total, queryId },
    databaseProvider: null,
    finalDatabaseName: after.database ?? null,
    finalSchemaName: after.schema ?? null,
    finalWarehouseName: after.virtualWarehouse ?? null,
    finalRoleName: null,
    numberOfBinds: 0,
    arrayBindSupported: false,
    ...{ statementTypeId, version: 1, queryResultFormat: 'json' },
    ...more,
  })
}
