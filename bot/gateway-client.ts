import { Value } from 'typebox/value'
import type { Clock } from '#src/clock.ts'
import { type ErrorCode, errorTable, GatewayError } from '#src/errors.ts'
import type { BotRequest, RequestSigner } from '#src/hold/request-seal.ts'
import {
  type AnswerOf,
  type BodyOf,
  type BotOperation,
  internalOperations,
  internalPath,
  type Operation,
  type PersonalOperation,
} from '#src/oncall/internal-api.ts'
import type { Person } from '#src/principal.ts'

/** The gateway's internal paths. Rejects with a `GatewayError`: the gateway's own, or `draining` where it cannot be reached. */
export interface GatewayClient {
  /** Asks in the name of this person; the gateway decides what they may see. */
  ask<O extends PersonalOperation>(
    operation: O,
    person: Pick<Person, 'id' | 'groups'>,
    body: BodyOf<O>,
  ): Promise<AnswerOf<O>>
  /** Asks in the bot's own name. */
  askAsBot<O extends BotOperation>(operation: O, body: BodyOf<O>): Promise<AnswerOf<O>>
}

const answerMilliseconds = 10_000
const maxBytes = 4 * 1024 * 1024

interface GatewayAddress {
  readonly url: string
  /** As requests are made out to it. */
  readonly audience: string
  /** Groups whose members are Slack's to say. */
  readonly slackGroups: readonly string[]
}

export function gatewayClient(
  { url, audience, slackGroups }: GatewayAddress,
  signer: RequestSigner,
  clock: Clock,
): GatewayClient {
  async function ask<O extends Operation>(
    operation: O,
    body: BodyOf<O>,
    who: Pick<BotRequest, 'person' | 'groups'>,
  ): Promise<AnswerOf<O>> {
    const path = internalPath(operation)
    const request = { path, body, ...who }
    const { ok, value } = await post(`${url}${path}`, await signer.sign(request, audience, clock.now()), body)
    if (!ok) throw refusal(value)
    if (!Value.Check(internalOperations[operation].answer, value)) throw unreachable('an answer of another form')
    return value as AnswerOf<O>
  }
  return {
    ask: (operation, { id: person, groups }, body) =>
      ask(operation, body, { person, groups: groups.filter(group => slackGroups.includes(group)) }),
    askAsBot: (operation, body) => ask(operation, body, {}),
  }
}

async function post(url: string, token: string, body: unknown): Promise<{ ok: boolean; value: unknown }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(answerMilliseconds),
    })
    if (Number(response.headers.get('content-length') ?? 0) > maxBytes) throw new Error('the answer is too long')
    return { ok: response.ok, value: await response.json() }
  } catch (error) {
    throw unreachable(error instanceof Error ? error.name : 'unknown')
  }
}

function refusal(value: unknown): GatewayError {
  const { code, message } = (value ?? {}) as { code?: unknown; message?: unknown }
  if (typeof code !== 'string' || !Object.hasOwn(errorTable, code)) return unreachable('a refusal of another form')
  return new GatewayError(code as ErrorCode, typeof message === 'string' ? { message } : {})
}

function unreachable(detail: string): GatewayError {
  return new GatewayError('draining', { message: 'The gateway cannot be reached just now.', detail })
}
