import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import { bodyHash, type SignedRequest } from '#src/hold/request-seal.ts'
import { botOperations } from '#src/oncall/bot-operations.ts'
import {
  type BodyOf,
  type BotOperation,
  internalOperations,
  internalPath,
  type Operation,
  type PersonalOperation,
} from '#src/oncall/internal-api.ts'
import { personalOperations } from '#src/oncall/personal-operations.ts'
import type { Oncall } from '../oncall/oncall.ts'
import { bearerOf } from './request.ts'

/** A denial carries a suggested statement, signed. */
const bodyLimit = 64 * 1024

/** `/internal`: for the bot alone, which asks in the name of one person at a time, or in its own. Agents' tokens mean nothing here. */
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
  for (const operation of Object.keys(personalOperations) as PersonalOperation[]) personal(operation)
  for (const operation of Object.keys(botOperations) as BotOperation[]) impersonal(operation)

  function personal<O extends PersonalOperation>(operation: O): void {
    register(operation, (body, signed) => oncall.operations[operation](oncall.asker(signed), body))
  }

  function impersonal<O extends BotOperation>(operation: O): void {
    register(operation, (body, { person }) => {
      if (person !== undefined) throw otherRequest()
      return oncall.forBot[operation](body)
    })
  }

  function register<O extends Operation>(
    operation: O,
    answer: (body: BodyOf<O>, signed: SignedRequest) => Promise<unknown>,
  ): void {
    const { body } = internalOperations[operation]
    // The schema is held against the body before; Fastify's types cannot follow a generic one.
    app.post(internalPath(operation), { bodyLimit, schema: { hide: true, body } }, async request =>
      answer(request.body as BodyOf<O>, signedFor(request)),
    )
  }
}

function otherRequest(): GatewayError {
  return new GatewayError('unauthenticated', { message: 'The token was made for another request.' })
}
