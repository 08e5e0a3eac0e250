import { randomUUID } from 'node:crypto'
import type { Completed } from '#src/outcome.ts'
import { wholeBytes } from '#src/whole-bytes.ts'
import { arrowRowset, readsAsArrow } from './arrow/arrow-rowset.ts'
import type { FirstRows } from './chunk-routes.ts'
import { inlineRows, inlineStream, type Rowset } from './chunks.ts'
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
  const queryId = queryIdOf(outcome.id)
  const [first, rows] = await firstRows(outcome, after.resultFormat)
  if (!hasRows(outcome)) return answered(first, rows, after, queryId)
  const rest = outcome.rows > rows.rows ? await more({ rows: rows.rows, bytes: rows.bytes(), format: rows.format }) : {}
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

/** Where the session reads Arrow, rows that were recorded so leave as they are, others are written anew. */
async function firstRows(outcome: Completed, format: ResultFormat | undefined): Promise<readonly [Answered, Encoded]> {
  const head = headOf(outcome)
  const arrow = format === 'arrow' && hasRows(outcome) && readsAsArrow(head.rowtype)
  const page = arrow ? await inlineStream(outcome) : undefined
  if (page) return [{ ...head, rowset: [] }, asStream(page.rows, wholeBytes(page.pieces))]
  const first = await answeredBy(outcome)
  return [first, arrow ? inArrow(first) : inJson(first)]
}

/** Its columns, and the rows that come first. */
export async function answeredBy(outcome: Completed): Promise<Answered> {
  const { affectedRows, classification } = outcome
  const statementTypeId = statementTypeOf(classification.kind)
  if (affectedRows !== undefined) {
    const column = ownColumn(countColumnOf(classification.kind), 'fixed')
    return { rowtype: [column], rowset: [[String(affectedRows)]], statementTypeId }
  }
  if (!hasRows(outcome)) return statusOf(statementTypeId)
  return { ...headOf(outcome), rowset: await inlineRows(outcome) }
}

function headOf({ classification, result }: Completed): Omit<Answered, 'rowset'> {
  return { rowtype: rowtypeOf(result.columns), statementTypeId: statementTypeOf(classification.kind) }
}

function statusOf(statementTypeId: number): Answered {
  return { rowtype: [ownColumn('status', 'text')], rowset: [['Statement executed successfully.']], statementTypeId }
}

/** Rows as one format has them in an answer. */
interface Encoded {
  readonly format: ResultFormat
  readonly rows: number
  readonly bytes: () => number
  readonly fields: object
}

function inJson({ rowset }: Answered): Encoded {
  const bytes = () => Buffer.byteLength(JSON.stringify(rowset))
  return { format: 'json', rows: rowset.length, bytes, fields: { rowset } }
}

function inArrow({ rowtype, rowset }: Answered): Encoded {
  return asStream(rowset.length, arrowRowset(rowtype, rowset))
}

function asStream(rows: number, stream: Uint8Array): Encoded {
  const rowsetBase64 = Buffer.from(stream.buffer, stream.byteOffset, stream.length).toString('base64')
  return { format: 'arrow', rows, bytes: () => stream.length, fields: { rowsetBase64 } }
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
