import { GatewayError } from '#src/errors.ts'
import type { ConnectionFacts, Journey } from '../../journey/journey.ts'
import type { JobName } from './job-resource.ts'

/**
 * The connection that a client means by the project it works in: the connection of that name, else the only one to a Google
 * project of that id. Rejects with `unknown_connection`.
 */
export function connectionOf(journey: Journey, project: string): ConnectionFacts {
  const lakes = journey.connections().filter(({ dialect }) => dialect === 'bigquery')
  const inProject = lakes.filter(({ database }) => database === project)
  const found = lakes.find(({ name }) => name === project) ?? (inProject.length === 1 ? inProject[0] : undefined)
  if (found) return found
  const names = (inProject.length > 0 ? inProject : lakes).map(({ name }) => name)
  throw new GatewayError('unknown_connection', {
    message: `Not found: Project ${project.slice(0, 128)}`,
    next: `Set the client's project to one of: ${names.join(', ')}.`,
  })
}

/** `what` in the words of BigQuery's own errors, of names that a client gave. */
export function notFound(what: string): GatewayError {
  return new GatewayError('unknown_session', { message: `Not found: ${what.slice(0, 300)}` })
}

/** Where its data lies; the API's own default where the configuration does not say. */
export function locationOf({ location = 'US' }: ConnectionFacts): string {
  return location
}

/** A job by this id, in the project of the request's path. */
export function jobNameIn(project: string, jobId: string, connection: ConnectionFacts): JobName {
  return { project, jobId, location: locationOf(connection) }
}
