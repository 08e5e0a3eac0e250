import type { FastifyInstance, FastifyRequest } from 'fastify'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { Journey } from '../../journey/journey.ts'
import { ignoreBodies } from '../ignore-bodies.ts'
import { principalOf } from '../request.ts'
import { isOwnName } from './job-name.ts'
import { askedJob, jobOf, jobOrCommandOf, type ProjectJob } from './job-of-request.ts'
import { jobResource, showsDestination } from './job-resource.ts'
import { commandResource } from './session-command.ts'

const hidden = { schema: { hide: true } } as const
/** Who ends a job waits for no rows: an approved read that its client gave up would begin. */
const onlyLooked = AbortSignal.abort()

/** `jobs.cancel` and `jobs.delete`. Java's client sends them a body of another type, gzip of nothing. */
export function endJobRoutes(app: FastifyInstance, journey: Journey): void {
  ignoreBodies(app)
  app.post<{ Params: ProjectJob }>('/projects/:project/jobs/:job/cancel', hidden, async request => {
    const { name, ...job } = await cancelledJob(journey, request)
    const resource =
      'command' in job ? commandResource(name, job.command) : jobResource(name, job.outcome, showsDestination(request))
    return { kind: 'bigquery#jobCancelResponse', job: resource }
  })
  app.delete<{ Params: ProjectJob }>('/projects/:project/jobs/:job/delete', hidden, async request => {
    const { outcome } = await jobOf(journey, request, 0, onlyLooked)
    throw new GatewayError('not_permitted', {
      message: `What an agent ran is on record and stays there (session ${outcome.id}).`,
      next: 'A job that should not run is cancelled.',
    })
  })
}

/** One that its client named may be judged still, here or at another gateway, and would run or be shown to people: it is waited for. */
async function cancelledJob(
  journey: Journey,
  request: FastifyRequest<{ Params: ProjectJob }>,
): ReturnType<typeof jobOrCommandOf> {
  const principal = principalOf(request)
  const known = () => jobOrCommandOf(journey, request, 0, onlyLooked)
  const job = await known().catch(async (error: unknown) => {
    if (asGatewayError(error).code !== 'unknown_session' || isOwnName(request.params.job)) throw error
    const { id } = askedJob(journey, request)
    await journey.onceThere(principal, () => journey.cancel(principal, id))
  })
  if (job === undefined) return known()
  return 'command' in job ? job : { ...job, outcome: await journey.cancel(principal, job.outcome.id) }
}
