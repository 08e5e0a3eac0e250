import type { FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import type { Journey } from '../../journey/journey.ts'
import { principalOf } from '../request.ts'
import { sessionOfJob } from './job-name.ts'
import type { JobName } from './job-resource.ts'
import { connectionOf, jobNameIn, notFound } from './place.ts'
import { commandJob, type KeptCommand } from './session-command.ts'

export type ProjectJob = { readonly project: string; readonly job: string }

/** As `Journey.outcome`. Rejects with `unknown_session` a job of somebody else, of another connection, and one that there is not. */
export async function jobOf(
  journey: Journey,
  request: FastifyRequest<{ Params: ProjectJob }>,
  waitMilliseconds: number,
  signal: AbortSignal,
): Promise<{ name: JobName; outcome: Outcome }> {
  const { connection, name, id } = askedJob(journey, request)
  const { project, job } = request.params
  const principal = principalOf(request)
  const outcome = await journey
    .outcome(principal, id, waitMilliseconds, signal)
    .catch((error: unknown) => Promise.reject(asUnknownJob(error, `${project}:${job}`)))
  if (outcome.statement.connection !== connection.name) throw notFound(`Job ${project}:${job}`)
  return { name, outcome }
}

/** As `jobOf`, or what was about a session itself: that is no statement on record. */
export async function jobOrCommandOf(
  journey: Journey,
  request: FastifyRequest<{ Params: ProjectJob }>,
  waitMilliseconds: number,
  signal: AbortSignal,
): Promise<{ name: JobName; outcome: Outcome } | { name: JobName; command: KeptCommand }> {
  try {
    return await jobOf(journey, request, waitMilliseconds, signal)
  } catch (error) {
    if (!(error instanceof GatewayError && error.code === 'unknown_session')) throw error
    const { connection, name, id } = askedJob(journey, request)
    const command = await commandJob(journey, principalOf(request), id)
    if (command?.connection !== connection.name) throw error
    return { name, command }
  }
}

/** Which job is meant, be there one or not. */
export function askedJob(journey: Journey, request: FastifyRequest<{ Params: ProjectJob }>) {
  const { project, job } = request.params
  const connection = connectionOf(journey, project)
  const id = sessionOfJob(principalOf(request), connection.name, job)
  return { connection, id, name: jobNameIn(project, job, connection) }
}

function asUnknownJob(error: unknown, name: string): unknown {
  return error instanceof GatewayError && error.code === 'unknown_session' ? notFound(`Job ${name}`) : error
}
