import { randomUUID } from 'node:crypto'
import type { Completed } from '#src/outcome.ts'
import { arrowRowset, readsAsArrow } from './arrow/arrow-rowset.ts'
import type { FirstRows } from './chunk-routes.ts'
import { inlineRows, type Rowset } from './chunks.ts'
import { type Envelope, succeeded } from './envelope.ts'
import type { FinalState } from './final-state.ts'
import { toldParameters } from './parameters.ts'
import { queryIdOf } from './query-id.ts'
import type { ResultFormat } from './result-format.ts'
import { ownColumn, type RowtypeEntry, rowtypeOf } from './rowtype.ts'
import { countColumnOf, statementTypeOf, statementTypes } from './statement-type.ts'

interface Answered {
  readonly rowtype: readonly RowtypeEntry[]
  readonly rowset: Rowset
  readonly statementTypeId: number
}

/** The masked result of a statement; `more` says where the rows are that do not come with it. */
export async function completedAnswer(
  outcome: Completed,
  after: FinalState,
  more: (first: FirstRows) => Promise<object>,
): Promise<Envelope> {
  const first = await answeredBy(outcome)
  const queryId = queryIdOf(outcome.id)
  if (!hasRows(outcome)) return answered(first, inJson(first), after, queryId)
  const arrow = after.resultFormat === 'arrow' && readsAsArrow(first.rowtype)
  const rows = arrow ? inArrow(first) : inJson(first)
  const came = first.rowset.length
  const rest = outcome.rows > came ? await more({ rows: came, bytes: rows.bytes(), format: rows.format }) : {}
  const { rows: total, truncated: totalTruncated } = outcome
  return answered(first, rows, after, queryId, { total, returned: total, totalTruncated, ...rest })
}

/** Of a statement about the session itself. */
export function statusAnswer(statementTypeId: number, after: FinalState, queryId: string): Envelope {
  return ownAnswer(statusOf(statementTypeId), after, queryId)
}

/** Of a statement whose rows are the gateway's own. */
export function ownAnswer(first: Answered, after: FinalState, queryId: string): Envelope {
  return answered(first, inJson(first), after, queryId)
}

/** Of several statements that came as one: where the answer of each is. Without `ran`, as RESULT_SCAN has it: its one row. */
export function batchAnswer(
  ran: readonly { readonly queryId: string; readonly typeId: number }[] | undefined,
  after: FinalState,
  queryId: string,
): Envelope {
  const rowtype = [ownColumn('multiple statement execution', 'text')]
  const rowset = [['Multiple statements executed successfully.']]
  if (!ran) return ownAnswer({ rowtype, rowset, statementTypeId: statementTypes.select }, after, queryId)
  const first = { rowtype, rowset, statementTypeId: statementTypes.batch }
  const resultIds = ran.map(each => each.queryId).join()
  const resultTypes = ran.map(({ typeId }) => typeId).join()
  return answered(first, inJson(first), after, queryId, { resultIds, resultTypes })
}

/** Of a statement that was not run: what its columns would be. */
export function emptyAnswer(
  first: Omit<Answered, 'rowset'>,
  after: FinalState,
  binds: { readonly numberOfBinds: number; readonly arrayBindSupported: boolean },
): Envelope {
  const none = { ...first, rowset: [] }
  return answered(none, inJson(none), after, randomUUID(), binds)
}

function hasRows({ affectedRows, result }: Completed): boolean {
  return affectedRows === undefined && result.columns.length > 0
}

/** Its columns, and the rows that come first. */
export async function answeredBy(outcome: Completed): Promise<Answered> {
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

/** Rows as one format has them in an answer. */
interface Encoded {
  readonly format: ResultFormat
  readonly bytes: () => number
  readonly fields: object
}

function inJson({ rowset }: Answered): Encoded {
  return { format: 'json', bytes: () => Buffer.byteLength(JSON.stringify(rowset)), fields: { rowset } }
}

function inArrow({ rowtype, rowset }: Answered): Encoded {
  const stream = arrowRowset(rowtype, rowset)
  return { format: 'arrow', bytes: () => stream.length, fields: { rowsetBase64: stream.toString('base64') } }
}

function answered(
  { rowtype, rowset, statementTypeId }: Answered,
  { format, fields }: Encoded,
  after: FinalState,
  queryId: string,
  more: object = {},
): Envelope {
  return succeeded({
    parameters: toldParameters(after),
    ...{ rowtype, ...fields, total: rowset.length, returned: rowset.length, queryId },
    databaseProvider: null,
    finalDatabaseName: after.database ?? null,
    finalSchemaName: after.schema ?? null,
    finalWarehouseName: after.virtualWarehouse ?? null,
    finalRoleName: null,
    numberOfBinds: 0,
    arrayBindSupported: false,
    ...{ statementTypeId, version: 1, queryResultFormat: format },
    ...more,
  })
}
