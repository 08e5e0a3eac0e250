import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { SessionState } from '#src/record/event.ts'
import { parseSessionId } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { principalOf } from '../request.ts'
import { type JobState, jobResource, showsDestination } from './job-resource.ts'
import { count } from './page-request.ts'
import { connectionOf, locationOf } from './place.ts'

interface ListQuery {
  readonly maxResults?: string
  readonly pageToken?: string
  readonly minCreationTime?: string
  readonly maxCreationTime?: string
  readonly stateFilter?: string | readonly string[]
  readonly parentJobId?: string
}

type Call = FastifyRequest<{ Params: { project: string }; Querystring: ListQuery }>

/** Each job is read whole. */
const maxJobs = 50

/** The principal's own statements on this connection, through whatever door, newest first. `allUsers` changes nothing. */
export function jobListRoute(app: FastifyInstance, journey: Journey): void {
  app.get<{ Params: { project: string }; Querystring: ListQuery }>(
    '/projects/:project/jobs',
    { schema: { hide: true } },
    async request => {
      const { query } = request
      const limit = Math.min(count(query.maxResults, maxJobs), maxJobs)
      const none = query.parentJobId !== undefined || limit === 0
      const sessions = none ? [] : await journey.sessions(principalOf(request), search(query, limit))
      const connection = connectionOf(journey, request.params.project)
      const states = [query.stateFilter ?? []].flat().map(state => state.toUpperCase())
      const ids = sessions
        .filter(session => session.connection === connection.name)
        .filter(session => states.length === 0 || states.includes(stateOf(session.state)))
        .map(({ id }) => id)
      const jobs = await Promise.all(ids.map(id => listed(journey, request, locationOf(connection), id)))
      const last = sessions.length === limit ? sessions.at(-1)?.id : undefined
      return { kind: 'bigquery#jobList', etag: 'jobs', jobs, ...(last ? { nextPageToken: last } : {}) }
    },
  )
}

function search({ pageToken, minCreationTime, maxCreationTime }: ListQuery, limit: number) {
  const before = pageToken === undefined ? undefined : parseSessionId(pageToken)
  if (pageToken !== undefined && before === undefined)
    throw new GatewayError('invalid_request', { message: 'The page token is none of this list.' })
  return {
    limit,
    ...(before ? { before } : {}),
    ...(minCreationTime ? { since: count(minCreationTime, 0) } : {}),
    ...(maxCreationTime ? { until: count(maxCreationTime, 0) + 1 } : {}),
  }
}

/** By the name that its client gave it. Who lists jobs waits for none of them: a read that was given up would run. */
async function listed(journey: Journey, request: Call, location: string, id: string): Promise<object> {
  const outcome = await journey.outcome(principalOf(request), id, 0, AbortSignal.abort())
  const name = { project: request.params.project, jobId: outcome.statement.name ?? id, location }
  const job = jobResource(name, outcome, showsDestination(request))
  const { state, errorResult } = job.status
  return { ...job, state, ...(errorResult ? { errorResult } : {}) }
}

function stateOf(state: SessionState): JobState {
  if (state === 'held') return 'PENDING'
  return state === 'claimed' || state === 'unknown' ? 'RUNNING' : 'DONE'
}
