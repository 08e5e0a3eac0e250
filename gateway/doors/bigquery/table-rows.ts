import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import { type Completed, type Outcome, wasCancelled } from '#src/outcome.ts'
import { principalKey } from '#src/principal.ts'
import { type Submission, sessionIdOf } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { principalOf, whenClientLeaves } from '../request.ts'
import { sendRefusal } from './google-error.ts'
import { columnPath, tablePath } from './moving/table-path.ts'
import { type PageQuery, pageRequest } from './page-request.ts'
import { connectionOf, notFound } from './place.ts'
import { requestKey } from './request-key.ts'
import { sendRows, sessionOfToken } from './result-page.ts'

interface Call {
  Params: { readonly project: string; readonly dataset: string; readonly table: string }
  Querystring: PageQuery & { readonly selectedFields?: string }
}

/** Below the 60 s after which clients give a request up: nothing of a listing can wait longer. */
const maxMilliseconds = 45_000

/**
 * `tabledata.list`: the rows of a table without a query. It is the query that reads them, judged, masked and recorded as that; its
 * further pages come from what was recorded. What people would be asked about is refused, because a listing cannot wait.
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list
 */
export function tableRowsRoute(app: FastifyInstance, journey: Journey): void {
  app.get<Call>(
    '/projects/:project/datasets/:dataset/tables/:table/data',
    { schema: { hide: true } },
    async (request, reply) => {
      const outcome = await rowsOfTable(journey, request, reply)
      if (outcome.status !== 'completed') return sendRefusal(reply, outcome)
      const page = pageRequest(request.query, outcome.id)
      if (outcome.truncated && page.start >= outcome.rows) throw atRowLimit(outcome)
      const body = { kind: 'bigquery#tableDataList', totalRows: String(outcome.rows) }
      return sendRows(reply, body, outcome, page, 'to the row limit')
    },
  )
}

async function rowsOfTable(
  journey: Journey,
  request: FastifyRequest<Call>,
  reply: FastifyReply,
): Promise<Exclude<Outcome, { status: 'pending' }>> {
  const submission = selection(journey, request)
  const { pageToken } = request.query
  if (pageToken) return readBefore(journey, request, submission, pageToken)
  const principal = principalOf(request)
  const { decision, grant } = await journey.explain(principal, submission)
  if (decision.verdict === 'hold' && !grant) throw waitsForPeople(submission, decision.rule)
  const over = AbortSignal.timeout(maxMilliseconds)
  const signal = AbortSignal.any([whenClientLeaves(reply), over])
  const idempotencyKey = requestKey(submission)
  const outcome = await journey.submit(principal, { ...submission, idempotencyKey }, 0, signal)
  if (outcome.status === 'pending') {
    // A query of the same text that waits already is another client's.
    if (outcome.id === sessionIdOf(principalKey(principal), idempotencyKey)) await journey.cancel(principal, outcome.id)
    if (outcome.state !== 'pending') throw new GatewayError('outcome_unknown')
    throw waitsForPeople(submission, outcome.decision.rule)
  }
  if (wasCancelled(outcome) && over.aborted)
    throw new GatewayError('limit_exceeded', {
      message: `Listing the rows of this table takes longer than ${maxMilliseconds / 1_000} seconds.`,
      next: `Send a query, which may: ${submission.sql}`,
    })
  return outcome
}

/** The query that a listing is. Rejects with `invalid_request` what is more than a table, as decorators and wildcards are. */
function selection(journey: Journey, { params, query }: FastifyRequest<Call>): Submission {
  const { project, dataset, table } = params
  const connection = connectionOf(journey, project)
  // What begins so holds results, of whoever asked.
  if (dataset.startsWith('_')) throw notFound(`Table ${project}:${dataset}.${table}`)
  const columns = query.selectedFields ? query.selectedFields.split(',').map(columnPath).join(', ') : '*'
  const path = tablePath({ projectId: project, datasetId: dataset, tableId: table }, connection)
  return { connection: connection.name, sql: `SELECT ${columns} FROM ${path}`, door: 'bigquery' }
}

/** A page of what was read when the listing began. */
async function readBefore(
  journey: Journey,
  request: FastifyRequest<Call>,
  { connection, sql }: Submission,
  pageToken: string,
): Promise<Completed> {
  const id = sessionOfToken(pageToken)
  const outcome = id ? await journey.outcome(principalOf(request), id, 0, request.signal) : undefined
  if (outcome?.status === 'completed' && outcome.statement.connection === connection && outcome.statement.sql === sql)
    return outcome
  throw new GatewayError('invalid_request', { message: 'The page token is not one of this table.' })
}

function waitsForPeople({ sql }: Submission, rule: string): GatewayError {
  return new GatewayError('not_permitted', {
    message: `Reading this table waits for people (rule ${rule}), which a listing of its rows cannot.`,
    next: `Send a query, which can: ${sql}`,
  })
}

/** Rows must not be missing without a word, and a listing has no other place for it. */
function atRowLimit({ rows, decision }: Completed): GatewayError {
  return new GatewayError('limit_exceeded', {
    message: `The table has more rows than the ${rows} that rule ${decision.rule} lets through at once.`,
    next: 'Select in SQL those that are needed.',
  })
}
