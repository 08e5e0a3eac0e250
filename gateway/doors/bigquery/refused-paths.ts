import type { FastifyInstance } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import { ignoreBodies } from './ignore-bodies.ts'

/** Where Google has methods, or clients look for them: all of it is refused that no route above takes. */
const paths = ['/bigquery/v2/*', '/projects/*', '/upload/*', '/resumable/*', '/batch', '/batch/*']

/**
 * Everything else of the API: loads, uploads, streaming inserts, batches, and every change of metadata or rights. In SQL most of
 * it can be asked for, judged, and seen by people.
 */
export function refusedPaths(app: FastifyInstance): void {
  ignoreBodies(app)
  for (const path of paths) {
    app.all(path, { schema: { hide: true } }, async ({ method, url }) => {
      const [asked = ''] = url.split('?')
      throw new GatewayError('not_permitted', {
        message: `Querywarden does not take ${method} ${asked.slice(0, 200)}.`,
        next: 'Ask for it in SQL, through jobs.query or jobs.insert.',
      })
    })
  }
}
