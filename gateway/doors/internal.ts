import type { FastifyInstance } from 'fastify'
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
import { perRequest } from './per-request.ts'
import { bearerOf } from './request.ts'

/** A denial carries a suggested statement, signed. */
const bodyLimit = 64 * 1024

/** `/internal`: for the bot alone, which asks in the name of one person at a time, or in its own. Agents' tokens mean nothing here. */
export async function internalDoor(app: FastifyInstance, { oncall }: { readonly oncall: Oncall }): Promise<void> {
  const signed = perRequest<SignedRequest>('unauthenticated')
  app.addHook('onRequest', async request => {
    const asked = await oncall.authenticate(bearerOf(request))
    if (asked.path !== request.url) throw otherRequest()
    signed.put(request, asked)
  })
  app.addHook('preValidation', async request => {
    if (signed.of(request).body !== bodyHash(request.body ?? null)) throw otherRequest()
  })
  for (const operation of Object.keys(personalOperations) as PersonalOperation[]) personal(operation)
  for (const operation of Object.keys(botOperations) as BotOperation[]) impersonal(operation)

  function personal<O extends PersonalOperation>(operation: O): void {
    register(operation, (body, asked) => oncall.operations[operation](oncall.asker(asked), body))
  }

  function impersonal<O extends BotOperation>(operation: O): void {
    register(operation, (body, { person }) => {
      if (person !== undefined) throw otherRequest()
      return oncall.forBot[operation](body)
    })
  }

  function register<O extends Operation>(
    operation: O,
    answer: (body: BodyOf<O>, asked: SignedRequest) => Promise<unknown>,
  ): void {
    const { body } = internalOperations[operation]
    // The schema is held against the body before; Fastify's types cannot follow a generic one.
    app.post(internalPath(operation), { bodyLimit, schema: { hide: true, body } }, async request =>
      answer(request.body as BodyOf<O>, signed.of(request)),
    )
  }
}

function otherRequest(): GatewayError {
  return new GatewayError('unauthenticated', { message: 'The token was made for another request.' })
}
