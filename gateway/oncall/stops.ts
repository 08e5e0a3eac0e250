import { setTimeout as delay } from 'node:timers/promises'
import { pauseAgent, resumeAgent } from '#src/decide/pause.ts'
import { GatewayError } from '#src/errors.ts'
import { killStatement } from '#src/hold/stop.ts'
import type { AnswerOf, BodyOf } from '#src/oncall/internal-api.ts'
import { endWhatStays } from '#src/pinned/stays-open.ts'
import type { Ports } from '#src/ports.ts'
import { findEvent } from '#src/record/session-facts.ts'
import type { Asker, Found } from './asker.ts'
import { lineOf } from './session-line.ts'

/** How long a kill waits for the statement to say that it has ended. */
const endMilliseconds = 4_000
const pollMilliseconds = 100

/**
 * Ends one statement, and the transaction and the session of temporary tables that it is part of, and answers what came of it as
 * far as it is known by then.
 */
export async function kill(
  ports: Ports,
  asker: Asker,
  { id, reason }: BodyOf<'kill'>,
): Promise<Found<AnswerOf<'kill'>>> {
  const { record } = await asker.session(id)
  asker.requireOperator()
  const reach = await killStatement(ports, id, asker.person.id, reason)
  const until = ports.clock.now() + endMilliseconds
  let { summary } = await asker.session(id)
  while (reach === 'running' && summary.state === 'claimed' && ports.clock.now() < until) {
    await delay(pollMilliseconds)
    summary = (await asker.session(id)).summary
  }
  const ended = await endWhatStays(ports, findEvent(record, 'received').statement)
  const answer = { reach, session: lineOf(summary), ended: [...ended] }
  return { answer, found: reach === 'ended' && ended.length === 0 ? 0 : 1 }
}

/** From the next statement on, on every gateway; what runs already is not touched. */
export async function pause(
  ports: Ports,
  asker: Asker,
  { agent, reason, minutes }: BodyOf<'pause'>,
): Promise<Found<AnswerOf<'pause'>>> {
  const known = await requireAgent(asker, agent)
  const at = ports.clock.now()
  const until = minutes === undefined ? {} : { until: at + minutes * 60_000 }
  const paused = { agent, by: asker.person.id, reason, at, ...until }
  await pauseAgent(ports, paused)
  return { answer: { pause: paused, known }, found: 1 }
}

export async function resume(
  ports: Ports,
  asker: Asker,
  { agent }: BodyOf<'resume'>,
): Promise<Found<AnswerOf<'resume'>>> {
  await requireAgent(asker, agent)
  const resumed = await resumeAgent(ports, agent)
  return { answer: { resumed }, found: Number(resumed) }
}

/** Whether statements of it are on record. Agents that this person may not see do not exist for them. */
async function requireAgent(asker: Asker, agent: string): Promise<boolean> {
  asker.requireOperator()
  const { sees, known } = await asker.seesAgent(agent)
  if (sees) return known
  throw new GatewayError('not_permitted', { message: 'There is no agent of that name that you may see.' })
}
