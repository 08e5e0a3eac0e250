import type { Readable } from 'node:stream'
import type { StatementKind } from '#src/classify/classification.ts'
import type { Completed } from '#src/outcome.ts'
import type { SessionId } from '#src/statement.ts'
import { chunkRows, chunkSizes, packed, type Rowset } from './chunks.ts'
import { queryIdOf } from './query-id.ts'
import { answeredBy } from './result-answer.ts'
import { type RowtypeEntry, rowtypeOf } from './rowtype.ts'

/** How a result is written. */
export interface Shown {
  /** Else NULL is written as the text `null`. */
  readonly nullable: boolean
  readonly requestId?: string
}

/** Where a statement is asked for again. */
export function statementPlace(id: SessionId) {
  const statementHandle = queryIdOf(id)
  return { statementHandle, statementStatusUrl: `/api/v2/statements/${statementHandle}` }
}

/** The first partition of a masked result, and how many rows are in each of the others. */
export async function completedStatement(outcome: Completed, { nullable, requestId }: Shown) {
  const { affectedRows, classification, statement, id } = outcome
  const { rowtype: rowType, rowset } = await answeredBy(outcome)
  const sizes = [rowset.length, ...chunkSizes(outcome)]
  // Rows are written when their partition is fetched: the sizes are those of the rows that came.
  const bytesPerRow = Buffer.byteLength(JSON.stringify(rowset)) / Math.max(1, rowset.length)
  return {
    ...{ code: '090001', sqlState: '00000', message: 'Statement executed successfully.', ...statementPlace(id) },
    ...{ requestId, createdOn: statement.receivedAt },
    resultSetMetaData: {
      ...{ format: 'jsonv2', numRows: sizes.reduce((sum, rows) => sum + rows, 0), rowType },
      partitionInfo: sizes.map(rowCount => ({ rowCount, uncompressedSize: Math.ceil(rowCount * bytesPerRow) })),
    },
    data: apiRows(rowset, rowType, nullable),
    ...(affectedRows === undefined ? {} : { stats: { [statOf(classification.kind)]: affectedRows } }),
  }
}

/** One of the other partitions, gzip. Begins with the first page read. */
export function partition(outcome: Completed, chunk: number, { nullable }: Shown): Readable {
  return packed(partitionText(outcome, chunk, nullable))
}

async function* partitionText(outcome: Completed, chunk: number, nullable: boolean): AsyncGenerator<string> {
  const rowtype = rowtypeOf(outcome.result.columns)
  let before = '{"data":['
  for await (const rows of chunkRows(outcome, chunk)) {
    yield before + JSON.stringify(apiRows(rows, rowtype, nullable)).slice(1, -1)
    before = ','
  }
  yield before === ',' ? ']}' : `${before}]}`
}

function apiRows(rowset: Rowset, rowtype: readonly RowtypeEntry[], nullable: boolean): Rowset {
  const nothing = nullable ? null : 'null'
  return rowset.map(row => row.map((text, at) => (text === null ? nothing : apiText(text, rowtype[at]?.type))))
}

/** A cell of Snowflake's JSON results as the SQL API writes it: words for truth, and nine decimals for seconds. */
function apiText(text: string, type: string | undefined): string {
  switch (type) {
    case 'boolean':
      return text === '1' ? 'true' : 'false'
    case 'time':
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz': {
      const [seconds = '', ...zone] = text.split(' ')
      const [whole, fraction = ''] = seconds.split('.')
      return [`${whole}.${fraction.padEnd(9, '0')}`, ...zone].join(' ')
    }
    default:
      return text
  }
}

function statOf(kind: StatementKind): string {
  if (kind === 'insert') return 'numRowsInserted'
  return kind === 'delete' ? 'numRowsDeleted' : 'numRowsUpdated'
}
