import type { FastifyReply } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { TimestampFormat } from '#src/execute/bigquery-text.ts'
import { rowSpans } from '#src/execute/json-rows.ts'
import type { Column } from '#src/execute/warehouse.ts'
import { wireOf } from '#src/execute/wire-codecs.ts'
import type { Completed } from '#src/outcome.ts'
import { parseSessionId, type SessionId } from '#src/statement.ts'
import { turnToAnswer } from '../turn-to-answer.ts'
import { fieldSchema } from './field-schema.ts'
import { rowsWith } from './timestamps.ts'

/** Google's own limit of a page, about: https://cloud.google.com/bigquery/docs/paging-results */
const maxBytes = 8 * 1024 * 1024
const maxRows = 100_000

/** Which rows one answer carries. */
export interface PageRequest {
  readonly start: number
  readonly rows: number
  readonly timestamps: TimestampFormat
}

/** The rows of one answer and where the next answer begins. */
interface ResultPage {
  /** Some rows each, in JSON with commas between them and no brackets around. */
  readonly rows: readonly Uint8Array[]
  readonly pageToken?: string
}

export function tableSchema(columns: readonly Column[]): object {
  return { fields: columns.map(column => fieldSchema(column.name, column.nullable, wireOf(column))) }
}

export function returnsRows({ result }: Completed): boolean {
  return result.columns.length > 0
}

/**
 * `to the row limit`: of a result that was cut there, the last page has a token as well, behind which there is nothing. Absent: it
 * ends as any other.
 */
export async function resultPage(
  outcome: Completed,
  { start, rows, timestamps }: PageRequest,
  cut?: 'to the row limit',
): Promise<ResultPage> {
  if (rows === 0) return { rows: [] }
  const bytesOf = rowsWith(timestamps, outcome.result.columns)
  const parts: Uint8Array[] = []
  let left: Room = { rows: Math.min(rows, maxRows), bytes: maxBytes }
  let { at, pages } = pagesAt(outcome, start)
  for await (const page of pages) {
    const skipped = Math.max(0, start - at)
    const part = someRows(bytesOf(page), page.rows, skipped, left, parts.length === 0)
    if (part.rows > 0) parts.push(part.bytes)
    left = { rows: left.rows - part.rows, bytes: left.bytes - part.bytes.length }
    at += skipped + part.rows
    if (left.rows === 0 || skipped + part.rows < page.rows) break
  }
  const total = outcome.recorded.rows.reduce((sum, each) => sum + each, 0)
  const more = at < total || (cut !== undefined && outcome.truncated)
  return { rows: parts, ...(more && at > start ? { pageToken: pageToken(outcome.id, at) } : {}) }
}

/** What still fits into an answer. */
interface Room {
  readonly rows: number
  readonly bytes: number
}

/** Rows of a page, from one on, as far as there is room; `atLeastOne` however large it is. */
function someRows(page: Uint8Array, rows: number, from: number, room: Room, atLeastOne: boolean) {
  if (from === 0 && rows <= room.rows && page.length <= room.bytes) return { rows, bytes: page.subarray(1, -1) }
  const spans = [...rowSpans(page)].slice(from, from + room.rows)
  const start = spans[0]?.start ?? 0
  const fit = spans.filter(({ end }, nth) => end - start <= room.bytes || (atLeastOne && nth === 0))
  return { rows: fit.length, bytes: page.subarray(start, fit.at(-1)?.end ?? start) }
}

/** The recorded pages from the one that holds row `start` on, and the number of the first row of that. */
function pagesAt({ result, recorded }: Pick<Completed, 'result' | 'recorded'>, start: number) {
  let at = 0
  for (const [page, rows] of recorded.rows.entries()) {
    if (at + rows > start) return { at, pages: page === 0 ? result.pages : recorded.from(page) }
    at += rows
  }
  return { at, pages: recorded.from(recorded.rows.length) }
}

/** A place in a result, and no right to it: whose the session is, is asked anew for each page. */
function pageToken(id: SessionId, start: number): string {
  return Buffer.from(`${id} ${start}`).toString('base64url')
}

/** The session that a page token names; nothing where it is none of ours. */
export function sessionOfToken(token: string): SessionId | undefined {
  return parseSessionId(partsOf(token)[0])
}

/** The row that a page token of this session names. Rejects with `invalid_request`. */
export function startOf(token: string, id: SessionId): number {
  const [of, start] = partsOf(token)
  if (parseSessionId(of) === id && /^\d{1,15}$/.test(start)) return Number(start)
  throw new GatewayError('invalid_request', { message: 'The page token is not one of this job.' })
}

function partsOf(token: string): readonly [id: string, start: string] {
  const [id = '', start = ''] = Buffer.from(token.slice(0, 100), 'base64url').toString().split(' ')
  return [id, start]
}

/** Answers, in its turn, with the rows beside what else there is to say; `cut` as for `resultPage`. */
export async function sendRows(
  reply: FastifyReply,
  body: object,
  outcome: Completed,
  asked: PageRequest,
  cut?: 'to the row limit',
): Promise<FastifyReply> {
  await turnToAnswer(outcome, reply)
  const { rows, pageToken } = await resultPage(outcome, asked, cut)
  const head = JSON.stringify({ ...body, ...(pageToken ? { pageToken } : {}) })
  const list = rows.flatMap(part => [comma, part]).slice(1)
  const bytes = rows.length === 0 ? [Buffer.from(head)] : [Buffer.from(`${head.slice(0, -1)},"rows":[`), ...list, end]
  return reply.type('application/json; charset=utf-8').send(Buffer.concat(bytes))
}
const [comma, end] = [Buffer.from(','), Buffer.from(']}')]
