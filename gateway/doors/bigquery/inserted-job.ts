import type { Static } from 'typebox'
import { GatewayError } from '#src/errors.ts'
import type { Refused } from '#src/outcome.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { refusalBy } from '#src/record/record-denial.ts'
import type { Submission } from '#src/statement.ts'
import type { ConnectionFacts, Journey } from '../../journey/journey.ts'
import { jobKey } from './job-name.ts'
import { destinationSql, writtenQuery } from './moving/destination-sql.ts'
import { type InsertedJob, submissionOfJob } from './query-request.ts'
import { requestKey } from './request-key.ts'
import { inNamed } from './session.ts'

type Job = Static<typeof InsertedJob>

export const givenName = ({ jobReference }: Job): string | undefined => jobReference?.jobId || undefined

/** The statement of a job by the job's name, where its client gave it one: the same job again is the same statement. */
export function keyedJob(job: Job, submission: Submission) {
  const name = givenName(job)
  const idempotencyKey = name ? jobKey(submission.connection, name) : requestKey(submission)
  return { ...submission, idempotencyKey, ...(name ? { name } : {}) }
}

/**
 * What a job is taken as: where its query writes, that is the statement which writes. Where there is none that does the same, and the
 * query is one that policy denies, it is refused as that and not for its form: who is denied a table hears the rule, on record.
 */
export async function submissionFor(
  journey: Journey,
  principal: Authenticated,
  job: Job,
  connection: ConnectionFacts,
): Promise<Submission | Refused> {
  const submission = submissionOfJob(job, connection)
  const written = writtenQuery(job.configuration.query)
  if (!written) return submission
  const classification = await journey.understand(principal, submission)
  const asked = { ...submission, request: { query: written } }
  try {
    const sql = destinationSql(written, classification, connection)
    // How much longer it is says what the columns are called.
    if (Buffer.byteLength(sql) > journey.sqlBytes()) throw new GatewayError('statement_too_large')
    return { ...asked, sql }
  } catch (error) {
    const refused = await deniedAlone(journey, principal, job, asked)
    if (refused) return refused
    throw error
  }
}

/** Neither runs. Rejects with `denied` what is asked as a dry run, of which nothing is recorded. */
async function deniedAlone(
  journey: Journey,
  principal: Authenticated,
  job: Job,
  submission: Submission,
): Promise<Refused | undefined> {
  const placed = await inNamed(journey, principal, submission)
  if (!job.configuration.dryRun) return journey.refuse(principal, keyedJob(job, placed))
  const { decision } = await journey.explain(principal, placed)
  if (decision.verdict === 'deny') throw refusalBy(decision)
  return undefined
}
