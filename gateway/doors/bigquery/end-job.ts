import type { FastifyInstance } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Journey } from '../../journey.ts'
import { ignoreBodies } from '../ignore-bodies.ts'
import { principalOf } from '../request.ts'
import { jobOf, type ProjectJob } from './job-of-request.ts'
import { jobResource, showsDestination } from './job-resource.ts'

const hidden = { schema: { hide: true } } as const

/** `jobs.cancel` and `jobs.delete`. Java's client sends them a body of another type, gzip of nothing. */
export function endJobRoutes(app: FastifyInstance, journey: Journey): void {
  ignoreBodies(app)
  app.post<{ Params: ProjectJob }>('/projects/:project/jobs/:job/cancel', hidden, async (request, reply) => {
    const { name, outcome } = await jobOf(journey, request, reply, 0)
    const ended = await journey.cancel(principalOf(request), outcome.id)
    return { kind: 'bigquery#jobCancelResponse', job: jobResource(name, ended, showsDestination(request)) }
  })
  app.delete<{ Params: ProjectJob }>('/projects/:project/jobs/:job/delete', hidden, async (request, reply) => {
    const { outcome } = await jobOf(journey, request, reply, 0)
    throw new GatewayError('not_permitted', {
      message: `What an agent ran is on record and stays there (session ${outcome.id}).`,
      next: 'A job that should not run is cancelled.',
    })
  })
}
