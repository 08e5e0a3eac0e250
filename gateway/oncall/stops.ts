import { setTimeout as delay } from 'node:timers/promises'
import { killStatement } from '#src/hold/kill.ts'
import type { AnswerOf, BodyOf } from '#src/oncall/internal-api.ts'
import type { Ports } from '#src/ports.ts'
import type { Asker, Found } from './asker.ts'
import { lineOf } from './look-ups.ts'

/** How long a kill waits for the statement to say that it has ended. */
const endMilliseconds = 4_000
const pollMilliseconds = 100

/** Ends one statement, and answers what came of it as far as it is known by then. */
export async function kill(
  ports: Ports,
  asker: Asker,
  { id, reason }: BodyOf<'kill'>,
): Promise<Found<AnswerOf<'kill'>>> {
  await asker.session(id)
  asker.requireOperator()
  const reach = await killStatement(ports, id, asker.person.id, reason)
  const until = ports.clock.now() + endMilliseconds
  let { summary } = await asker.session(id)
  while (reach === 'running' && summary.state === 'claimed' && ports.clock.now() < until) {
    await delay(pollMilliseconds)
    summary = (await asker.session(id)).summary
  }
  return { answer: { reach, session: lineOf(summary) }, found: reach === 'ended' ? 0 : 1 }
}
