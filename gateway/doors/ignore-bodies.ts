import type { FastifyInstance } from 'fastify'

/** For paths where a body says nothing: it is thrown away unread, whatever its type. */
export function ignoreBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, body, done) => {
    body.resume()
    done(null, undefined)
  })
}
