import type { FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import type { Submission } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { principalOf, whenClientLeaves } from '../request.ts'

/** How often it is looked whether a statement is judged. */
const lookMilliseconds = 250

/** A session whose opening statement is refused is one that nobody hears of. */
export async function startJob(
  journey: Journey,
  request: FastifyRequest,
  reply: FastifyReply,
  submission: Submission & { readonly idempotencyKey: string },
  { patience, createSession }: { readonly patience: number; readonly createSession: boolean | undefined },
): Promise<Outcome> {
  let outcome: Outcome | undefined
  try {
    outcome = await begun(journey, request, reply, submission, patience)
    return outcome
  } finally {
    const unheard = outcome?.status === 'denied' || (!outcome && !reply.raw.destroyed)
    if (createSession && submission.session !== undefined && unheard)
      await journey.transactions.abandon(submission.session)
  }
}

/**
 * Answers when it waits for people, when it has ended, or when it has run for `patience` milliseconds; never before it is judged:
 * a refusal is the answer to the request itself, not to a later question.
 */
async function begun(
  journey: Journey,
  request: FastifyRequest,
  reply: FastifyReply,
  submission: Submission & { readonly idempotencyKey: string },
  patience: number,
): Promise<Outcome> {
  const gone = whenClientLeaves(reply)
  for (let waited = 0; !gone.aborted; waited += lookMilliseconds) {
    const { outcome } = await journey.start(principalOf(request), submission, lookMilliseconds, gone)
    const runs = outcome?.status === 'pending' && outcome.state !== 'pending'
    if (outcome && !(runs && waited < patience)) return outcome
  }
  throw new GatewayError('cancelled', { detail: 'the client left before its statement was judged' })
}
