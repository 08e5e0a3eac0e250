import { GoogleError } from '../google/google-error.ts'
import { encodeRow, type Row, type TimestampFormat } from './cell-encoding.ts'
import type { Job } from './job.ts'
import { ResultRows } from './result-rows.ts'

/** A page ends here at the latest, as with the real service. */
const maxPageBytes = 10 * 1024 * 1024

interface PageRequest {
  readonly maxResults: number
  readonly startIndex: number
  readonly timestamps: TimestampFormat
}

interface ResultPage {
  readonly totalRows: string
  readonly rows?: readonly Row[]
  readonly pageToken?: string
}

/** Reads the paging parameters of getQueryResults and tabledata.list. */
export function pageRequest(query: URLSearchParams, job: Job): PageRequest {
  const token = query.get('pageToken')
  return {
    maxResults: numberOf(query, 'maxResults', Number.POSITIVE_INFINITY),
    startIndex: token ? indexOf(token, job) : numberOf(query, 'startIndex', 0),
    timestamps: timestampFormat(
      query.get('formatOptions.useInt64Timestamp') === 'true',
      query.get('formatOptions.timestampOutputFormat'),
    ),
  }
}

export function timestampFormat(useInt64: boolean, format: unknown): TimestampFormat {
  if (useInt64 && format) {
    throw new GoogleError(400, 'useInt64Timestamp and timestampOutputFormat exclude each other.', 'invalid')
  }
  if (useInt64) return 'INT64'
  return format === 'INT64' || format === 'ISO8601_STRING' ? format : 'FLOAT64'
}

/** One page of a finished job's rows; its token is good for both ways of reading them. */
export function pageOf(job: Job, { maxResults, startIndex, timestamps }: PageRequest): ResultPage {
  const { schema = [], rows: all = ResultRows.none } = job.result ?? {}
  const rows: Row[] = []
  let bytes = 0
  for (const values of all.from(startIndex)) {
    if (rows.length >= maxResults || bytes >= maxPageBytes) break
    const row = encodeRow(values, schema, timestamps)
    bytes += JSON.stringify(row).length
    rows.push(row)
  }
  const next = startIndex + rows.length
  const more = maxResults > 0 && next < all.count
  return {
    totalRows: String(all.count),
    ...(rows.length > 0 ? { rows } : {}),
    ...(more ? { pageToken: Buffer.from(`${job.id}:${next}`).toString('base64url') } : {}),
  }
}

function indexOf(token: string, job: Job): number {
  const [id, index] = Buffer.from(token, 'base64url').toString().split(':')
  if (id !== job.id) throw new GoogleError(400, 'Invalid page token.', 'invalid', 'pageToken')
  return Number(index)
}

function numberOf(query: URLSearchParams, name: string, absent: number): number {
  const text = query.get(name)
  if (text === null) return absent
  if (!/^\d+$/.test(text)) throw new GoogleError(400, `Invalid value for ${name}: ${text}`, 'invalidParameter', name)
  return Number(text)
}
