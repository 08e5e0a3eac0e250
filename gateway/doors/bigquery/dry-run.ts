import type { Classification } from '#src/classify/classification.ts'
import { asGatewayError } from '#src/errors.ts'
import { touchesSensitive } from '#src/mask/mask-plan.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { refusalBy } from '#src/record/record-denial.ts'
import type { Submission } from '#src/statement.ts'
import type { ConnectionFacts, Explained, Journey } from '../../journey/journey.ts'
import { jobConfiguration, statementTypeOf } from './job-resource.ts'
import { locationOf } from './place.ts'
import { tableSchema } from './result-page.ts'

/** Of a job, where it is asked for: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics */
interface DryRun {
  readonly totalBytesProcessed: string
  readonly query: { readonly schema?: object } & Readonly<Record<string, unknown>>
}

/**
 * What a dry run says of a statement that would run, or be held: nothing runs, waits or is shown to people. The columns are those
 * that would leave, of what would run unseen or whose tables may be looked at. Rejects with `denied` where policy would refuse
 * the statement, and with `syntax_error` or `not_compiled` where it does not compile.
 */
export async function dryRun(
  journey: Journey,
  principal: Authenticated,
  submission: Submission,
  { database }: ConnectionFacts,
  project: string,
): Promise<DryRun> {
  const explained = await journey.explain(principal, submission, 'with estimate')
  const { decision, classification } = explained
  if (decision.verdict === 'deny') throw refusalBy(decision)
  const { columns } = await journey.describe(principal, submission).catch(notShown)
  const statementType = statementTypeOf(classification)
  const { totalBytesProcessed, accuracy } = bytesOf(explained)
  return {
    totalBytesProcessed,
    query: {
      totalBytesProcessed,
      totalBytesProcessedAccuracy: accuracy,
      totalBytesBilled: '0',
      cacheHit: false,
      referencedTables: referencedTables(classification, database, project),
      ...(statementType ? { statementType } : {}),
      ...(columns ? { schema: tableSchema(columns) } : {}),
    },
  }
}

function notShown(error: unknown): { readonly columns?: undefined } {
  if (asGatewayError(error).code === 'not_permitted') return {}
  throw error
}

function bytesOf({ decision, classification, told }: Explained) {
  const hidden = touchesSensitive(classification, decision.sensitive)
  const known = hidden ? undefined : told?.bytes
  return {
    totalBytesProcessed: String(Math.floor(known ?? 0)),
    accuracy: known === undefined ? 'UNKNOWN' : 'UPPER_BOUND',
  }
}

/** As the statement names them; those of the connection's own project by the name that the client has for it. */
function referencedTables(
  { reads, writes }: Classification,
  own: string | undefined,
  asked: string,
): readonly object[] {
  return [...new Set([...reads, ...writes])].flatMap(name => {
    const [, projectId, datasetId, tableId] = /^([a-z][\w:-]*)\.(\w+)\.([^.]+)$/.exec(name) ?? []
    return tableId ? [{ projectId: projectId === own ? asked : projectId, datasetId, tableId }] : []
  })
}

/** A job that was never there, as `jobs.insert` answers it. */
export function dryJob(
  projectId: string,
  connection: ConnectionFacts,
  submission: Submission,
  statistics: DryRun,
): object {
  const location = locationOf(connection)
  return {
    kind: 'bigquery#job',
    id: `${projectId}:${location}.`,
    jobReference: { projectId, location },
    configuration: { ...jobConfiguration(projectId, submission), dryRun: true },
    status: { state: 'DONE' },
    statistics,
  }
}

/** The same as `jobs.query` answers it. */
export function dryQuery({ totalBytesProcessed, query: { schema } }: DryRun): object {
  const answer = { kind: 'bigquery#queryResponse', jobComplete: true, totalRows: '0', totalBytesProcessed }
  return { ...answer, cacheHit: false, ...(schema ? { schema } : {}) }
}
