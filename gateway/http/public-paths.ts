import type { FastifyInstance } from 'fastify'
import { type TSchema, Type } from 'typebox'
import type { ServerOptions } from '../server.ts'

const json = (description: string, schema: TSchema) => ({ description, content: { 'application/json': { schema } } })
const object = (description: string) => Type.Object({}, { additionalProperties: true, description })
const Health = Type.Object({ ready: Type.Boolean(), problems: Type.Array(Type.String()) })

/** What anybody may read: keys, metadata, the description of the doors, and whether this process is well. */
export async function publicPaths(app: FastifyInstance, options: ServerOptions): Promise<void> {
  const documented = (summary: string, response: Record<number, object>) => ({
    schema: { summary, security: [], response },
  })
  const { journey, jwks, health } = options
  app.get(
    '/.well-known/oauth-protected-resource/mcp',
    documented('Who issues tokens for `/mcp`', { 200: json('RFC 9728.', object('Protected resource metadata.')) }),
    async () => journey.protectedResource('/mcp'),
  )
  app.get(
    '/.well-known/jwks.json',
    documented('Public keys of the tokens that this gateway mints', { 200: json('RFC 7517.', object('A JWK set.')) }),
    () => jwks(),
  )
  app.get(
    '/openapi.json',
    documented('This description', { 200: json('OpenAPI 3.1.', object('This document.')) }),
    async () => app.swagger(),
  )
  app.get(
    '/healthz',
    documented('Alive', { 200: json('It is.', Type.Object({ status: Type.Literal('ok') })) }),
    async () => ({ status: 'ok' }),
  )
  app.get(
    '/readyz',
    documented('Ready: a statement that came now could be recorded and held', {
      200: json('It could.', Health),
      503: json('It could not, or this process is shutting down.', Health),
    }),
    async (_request, reply) => {
      const state = await health.ready()
      return reply.code(state.ready ? 200 : 503).send(state)
    },
  )
}
