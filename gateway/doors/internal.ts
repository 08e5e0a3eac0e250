import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import { bodyHash, type SignedRequest } from '#src/hold/request-seal.ts'
import { type BodyOf, internalOperations, internalPath, type Operation } from '#src/oncall/internal-api.ts'
import type { Oncall } from '../oncall/oncall.ts'
import { bearerOf } from './request.ts'

const bodyLimit = 16 * 1024

/** `/internal`: for the bot alone, which asks in the name of one person at a time. Agents' tokens mean nothing here. */
export async function internalDoor(app: FastifyInstance, { oncall }: { readonly oncall: Oncall }): Promise<void> {
  const requests = new WeakMap<FastifyRequest, SignedRequest>()
  const signedFor = (request: FastifyRequest): SignedRequest => {
    const signed = requests.get(request)
    if (!signed) throw new GatewayError('unauthenticated')
    return signed
  }
  app.addHook('onRequest', async request => {
    const signed = await oncall.authenticate(bearerOf(request))
    if (signed.path !== request.url) throw otherRequest()
    requests.set(request, signed)
  })
  app.addHook('preValidation', async request => {
    if (signedFor(request).body !== bodyHash(request.body ?? null)) throw otherRequest()
  })
  for (const operation of Object.keys(internalOperations) as Operation[]) register(operation)

  function register<O extends Operation>(operation: O): void {
    const { body } = internalOperations[operation]
    app.post<{ Body: BodyOf<O> }>(
      internalPath(operation),
      { bodyLimit, schema: { hide: true, body } },
      async request => {
        // The schema has just been held against the body; Fastify's types cannot follow a generic one.
        return oncall.operations[operation](oncall.asker(signedFor(request)), request.body as BodyOf<O>)
      },
    )
  }
}

function otherRequest(): GatewayError {
  return new GatewayError('unauthenticated', { message: 'The token was made for another request.' })
}
