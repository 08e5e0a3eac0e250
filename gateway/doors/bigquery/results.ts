import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Completed } from '#src/outcome.ts'
import { parseSessionId } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { principalOf, whenClientLeaves } from '../request.ts'
import { bytesProcessed, destinationTable, resultDataset } from './job-resource.ts'
import { type PageQuery, pageRequest } from './page-request.ts'
import { connectionOf, locationOf, notFound } from './place.ts'
import { sendRows, tableSchema } from './result-page.ts'

type ResultTable = { readonly project: string; readonly table: string }
type Call = FastifyRequest<{ Params: ResultTable }>

/**
 * The result of a job as the table that its `destinationTable` names: there are clients that read rows from nowhere else. No such
 * table is anywhere; BigQuery's own tables of results are not reachable here.
 */
export function resultRoutes(app: FastifyInstance, journey: Journey): void {
  const path = `/projects/:project/datasets/${resultDataset}/tables/:table`
  app.get<{ Params: ResultTable }>(path, { schema: { hide: true } }, async (request, reply) => {
    const { project } = request.params
    const outcome = await resultOf(journey, request, reply)
    const tableReference = destinationTable(project, outcome.id)
    return {
      kind: 'bigquery#table',
      id: `${project}:${resultDataset}.${tableReference.tableId}`,
      tableReference,
      type: 'TABLE',
      location: locationOf(connectionOf(journey, project)),
      schema: tableSchema(outcome.result.columns),
      numRows: String(outcome.rows),
      numBytes: bytesProcessed(outcome),
      creationTime: String(outcome.endedAt),
      lastModifiedTime: String(outcome.endedAt),
    }
  })
  app.get<{ Params: ResultTable; Querystring: PageQuery & { readonly selectedFields?: string } }>(
    `${path}/data`,
    { schema: { hide: true } },
    async (request, reply) => {
      // Rows come whole: a client that asked for some of the columns would take one for another.
      if (request.query.selectedFields) throw wholeRows()
      const outcome = await resultOf(journey, request, reply)
      const body = { kind: 'bigquery#tableDataList', totalRows: String(outcome.rows) }
      return sendRows(reply, body, outcome, pageRequest(request.query, outcome.id))
    },
  )
}

async function resultOf(journey: Journey, request: Call, reply: FastifyReply): Promise<Completed> {
  const { project, table } = request.params
  const connection = connectionOf(journey, project)
  const id = parseSessionId(table.replaceAll('_', '-'))
  const none = notFound(`Table ${project}:${resultDataset}.${table}`)
  if (!id) throw none
  const outcome = await journey.outcome(principalOf(request), id, 0, whenClientLeaves(reply))
  if (outcome.status !== 'completed' || outcome.statement.connection !== connection.name) throw none
  return outcome
}

function wholeRows(): GatewayError {
  return new GatewayError('invalid_request', {
    message: 'selectedFields is not taken here: the rows of a result come whole.',
    next: 'Leave it out, or select those columns in the query.',
  })
}
