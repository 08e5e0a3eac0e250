import type { FastifyInstance } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { SessionState, SessionSummary } from '#src/record/event.ts'
import { parseSessionId } from '#src/statement.ts'
import type { Journey } from '../../journey.ts'
import { principalOf } from '../request.ts'
import { type JobState, jobReference, queryConfiguration } from './job-resource.ts'
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

const maxJobs = 1_000

/** The principal's own statements on this connection, through whatever door, newest first. `allUsers` changes nothing. */
export function jobListRoute(app: FastifyInstance, journey: Journey): void {
  app.get<{ Params: { project: string }; Querystring: ListQuery }>(
    '/projects/:project/jobs',
    { schema: { hide: true } },
    async request => {
      const { project } = request.params
      const { query } = request
      const connection = connectionOf(journey, project)
      const location = locationOf(connection)
      const limit = Math.min(count(query.maxResults, 50), maxJobs)
      const sessions =
        query.parentJobId || limit === 0 ? [] : await journey.sessions(principalOf(request), search(query, limit))
      const states = [query.stateFilter ?? []].flat().map(state => state.toUpperCase())
      const jobs = sessions
        .filter(session => session.connection === connection.name)
        .filter(session => states.length === 0 || states.includes(stateOf(session.state)))
        .map(session => listed(project, location, session))
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

function listed(project: string, location: string, { id, sql, state, receivedAt, principal }: SessionSummary): object {
  const failed = state === 'failed' || state === 'denied' || state === 'expired' || state === 'cancelled'
  const reason = state === 'cancelled' ? 'stopped' : state === 'failed' ? 'invalidQuery' : 'accessDenied'
  const errorResult = { reason, message: `The statement was not completed: ${state} (session ${id}).` }
  return {
    kind: 'bigquery#job',
    id: `${project}:${location}.${id}`,
    jobReference: jobReference({ project, jobId: id, location }),
    state: stateOf(state),
    status: { state: stateOf(state), ...(failed ? { errorResult } : {}) },
    ...(failed ? { errorResult } : {}),
    configuration: { jobType: 'QUERY', query: queryConfiguration(project, { sql }) },
    statistics: { creationTime: String(receivedAt) },
    user_email: principal.slice(principal.indexOf('|') + 1),
  }
}

function stateOf(state: SessionState): JobState {
  if (state === 'held') return 'PENDING'
  return state === 'claimed' || state === 'unknown' ? 'RUNNING' : 'DONE'
}
