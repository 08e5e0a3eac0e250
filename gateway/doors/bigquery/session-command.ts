import type { Authenticated } from '#src/pipeline.ts'
import { principalKey } from '#src/principal.ts'
import type { SessionId, Submission } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { type JobName, jobConfiguration, jobIdentity, jobReference, sessionInfo } from './job-resource.ts'
import { sessionText } from './session-text.ts'

/**
 * A statement about a session itself, which nothing in a warehouse ran for: its client asks for it as for any job. Kept with the
 * sessions of drivers, not on record.
 */
export interface KeptCommand {
  readonly id: SessionId
  /** `principalKey` of whose it is: an id that is typed may be anybody's. */
  readonly owner: string
  readonly connection: string
  readonly sql: string
  readonly session: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

const name = 'bigquery command'

export async function keepCommand(
  { drivers, clock }: Journey,
  principal: Authenticated,
  id: SessionId,
  { connection, sql, session = '' }: Submission,
): Promise<KeptCommand> {
  const kept = { id, owner: principalKey(principal), connection, sql, session, at: clock.now() }
  await drivers.remember({ id, principal }, name, kept)
  return kept
}

export async function commandJob(
  { drivers }: Journey,
  principal: Authenticated,
  id: SessionId,
): Promise<KeptCommand | undefined> {
  const kept = (await drivers.recall({ id }, name)) as unknown as KeptCommand | undefined
  return kept?.owner === principalKey(principal) ? kept : undefined
}

/** As `jobs.insert` and `jobs.get` answer it. */
export function commandResource(job: JobName, command: KeptCommand): object {
  const { sql, at } = command
  const times = { creationTime: String(at), startTime: String(at), endTime: String(at) }
  return {
    ...jobIdentity(job),
    configuration: jobConfiguration(job.project, { sql }),
    status: { state: 'DONE' },
    statistics: {
      ...{ ...times, totalBytesProcessed: '0', ...sessionInfo(command) },
      query: { cacheHit: false, statementType: typeOf(sql), totalBytesProcessed: '0' },
    },
  }
}

function typeOf(sql: string): string {
  const text = sessionText(sql)
  if (text?.kind === 'abort') return 'CALL'
  return `${text?.kind === 'end' ? text.end.toUpperCase() : 'BEGIN'}_TRANSACTION`
}

/** As `jobs.query` and `jobs.getQueryResults` answer it: without rows. */
export function commandResults(kind: string, job: JobName, command: KeptCommand): object {
  const done = { kind, jobReference: jobReference(job), jobComplete: true }
  return { ...done, totalBytesProcessed: '0', cacheHit: false, ...sessionInfo(command) }
}
