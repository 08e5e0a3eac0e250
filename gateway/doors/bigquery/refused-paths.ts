import type { FastifyInstance } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import { ignoreBodies } from '../ignore-bodies.ts'

/** Where Google has methods, or clients look for them: all of it is refused that no route above takes. */
const paths = ['/bigquery/v2/*', '/projects/*', '/upload/*', '/resumable/*', '/batch', '/batch/*']

const instead: readonly (readonly [path: RegExp, next: string])[] = [
  [/\/insertAll$/, 'Send the rows in SQL: INSERT INTO … VALUES ….'],
  [/^\/batch\b/, 'Send each request by itself.'],
  [
    /\bupload\//,
    'Send rows in SQL (INSERT INTO … VALUES …), or files from Cloud Storage (LOAD DATA INTO … FROM FILES …).',
  ],
  [/IamPolicy$|IamPermissions$/, 'Rights are given in SQL: GRANT and REVOKE.'],
  [/\/datasets\b/, 'Say it in SQL: CREATE, ALTER or DROP.'],
]

/**
 * Everything else of the API: uploads, streaming inserts, batches, and every change of metadata or rights. In SQL most of it can
 * be asked for, judged, and seen by people.
 */
export function refusedPaths(app: FastifyInstance): void {
  ignoreBodies(app)
  for (const path of paths) {
    app.all(path, { schema: { hide: true } }, async ({ method, url }) => {
      const [asked = ''] = url.split('?')
      const [, next] = instead.find(([path]) => path.test(asked)) ?? []
      throw new GatewayError('not_permitted', {
        message: `Querywarden does not take ${method} ${asked.slice(0, 200)}.`,
        next: next ?? 'Ask for it in SQL, through jobs.query or jobs.insert.',
      })
    })
  }
}
