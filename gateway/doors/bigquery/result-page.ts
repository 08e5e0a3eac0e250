import type { FastifyReply } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Column } from '#src/execute/warehouse.ts'
import type { Completed } from '#src/outcome.ts'
import { parseSessionId, type SessionId } from '#src/statement.ts'
import { fieldSchema, type TimestampFormat, wireRow, wireTypeOf } from './cells.ts'

/** Google's own limit of a page, about: https://cloud.google.com/bigquery/docs/paging-results */
const maxCharacters = 8 * 1024 * 1024
const maxRows = 100_000

/** Which rows one answer carries. */
export interface PageRequest {
  readonly start: number
  readonly rows: number
  readonly timestamps: TimestampFormat
}

/** The rows of one answer, each as JSON text, and where the next answer begins. */
export interface ResultPage {
  readonly rows: readonly string[]
  readonly pageToken?: string
}

export function tableSchema(columns: readonly Column[]): object {
  return { fields: columns.map(column => fieldSchema(column.name, column.nullable, wireTypeOf(column))) }
}

export function returnsRows({ result }: Completed): boolean {
  return result.columns.length > 0
}

export async function resultPage(outcome: Completed, { start, rows, timestamps }: PageRequest): Promise<ResultPage> {
  if (rows === 0) return { rows: [] }
  const types = outcome.result.columns.map(wireTypeOf)
  const page: string[] = []
  let characters = 0
  let { at, pages } = pagesAt(outcome, start)
  for await (const { rows: masked } of pages) {
    for (const row of masked.slice(Math.max(0, start - at))) {
      const text = JSON.stringify(wireRow(row, types, timestamps))
      characters += text.length
      if (page.length === Math.min(rows, maxRows) || (page.length > 0 && characters > maxCharacters))
        return { rows: page, pageToken: pageToken(outcome.id, start + page.length) }
      page.push(text)
    }
    at += masked.length
  }
  return { rows: page }
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

/** The row that a page token of this session names. Rejects with `invalid_request`. */
export function startOf(token: string, id: SessionId): number {
  const [of = '', start = ''] = Buffer.from(token.slice(0, 100), 'base64url').toString().split(' ')
  if (parseSessionId(of) === id && /^\d{1,15}$/.test(start)) return Number(start)
  throw new GatewayError('invalid_request', { message: 'The page token is not one of this job.' })
}

/** Answers with the rows beside what else there is to say. */
export function sendRows(reply: FastifyReply, body: object, { rows, pageToken }: ResultPage): FastifyReply {
  const head = JSON.stringify({ ...body, ...(pageToken ? { pageToken } : {}) })
  const text = rows.length === 0 ? head : `${head.slice(0, -1)},"rows":[${rows.join(',')}]}`
  return reply.type('application/json; charset=utf-8').serializer(String).send(text)
}
