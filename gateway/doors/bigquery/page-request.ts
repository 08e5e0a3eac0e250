import { GatewayError } from '#src/errors.ts'
import type { TimestampFormat } from '#src/execute/bigquery-text.ts'
import type { SessionId } from '#src/statement.ts'
import { type PageRequest, startOf } from './result-page.ts'

/** Of `getQueryResults` and `tabledata.list`; `fields` and `location` are not listed, because every answer is whole. */
export interface PageQuery {
  readonly timeoutMs?: string
  readonly maxResults?: string
  readonly startIndex?: string
  readonly pageToken?: string
  readonly 'formatOptions.useInt64Timestamp'?: string
  readonly 'formatOptions.timestampOutputFormat'?: string
}

export function pageRequest(query: PageQuery, id: SessionId): PageRequest {
  const { pageToken, startIndex, maxResults } = query
  const timestamps = timestampFormat({
    // Python's client writes `True`.
    useInt64Timestamp: query['formatOptions.useInt64Timestamp']?.toLowerCase() === 'true',
    timestampOutputFormat: query['formatOptions.timestampOutputFormat'],
  })
  return { start: pageToken ? startOf(pageToken, id) : count(startIndex, 0), rows: rowsOf(maxResults), timestamps }
}

/** How many rows one answer may carry; as many as fit where the client does not say. */
export function rowsOf(maxResults: unknown): number {
  return count(maxResults, Number.POSITIVE_INFINITY)
}

/** A number that may be a text, as Google's JSON and query strings have them. */
export function count(said: unknown, otherwise: number): number {
  if (said === undefined || said === null || said === '') return otherwise
  if (/^\d{1,15}$/.test(String(said))) return Number(said)
  throw new GatewayError('invalid_request', { message: `${JSON.stringify(String(said).slice(0, 40))} is no count.` })
}

export function timestampFormat(
  asked: {
    readonly useInt64Timestamp?: boolean | undefined
    readonly timestampOutputFormat?: string | null | undefined
  } = {},
): TimestampFormat {
  const { useInt64Timestamp, timestampOutputFormat: named } = asked
  if (named === 'FLOAT64' || named === 'INT64' || named === 'ISO8601_STRING') return named
  if (named && named !== 'TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED') {
    throw new GatewayError('invalid_request', { message: `There is no timestamp format ${JSON.stringify(named)}.` })
  }
  return useInt64Timestamp ? 'INT64' : 'FLOAT64'
}
