import type { DriverContext, DriverSession } from '#src/authenticate/driver-sessions.ts'
import { GatewayError } from '#src/errors.ts'
import type { SessionId } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { contextAfter } from './context-after.ts'
import { type Envelope, unsupportedHere } from './envelope.ts'
import { finalState } from './final-state.ts'
import { parametersAnswer } from './parameters-answer.ts'
import { statusQueryId } from './query-id.ts'
import { statusAnswer } from './result-answer.ts'
import type { SessionCommand } from './session-command.ts'

/** From now on the session has temporary tables, whose session in the warehouse is named by the statement that created the first. */
export async function keepingTemporary(
  { drivers }: Pick<Journey, 'drivers'>,
  session: DriverSession,
  command: SessionCommand,
  by: SessionId,
): Promise<Pick<DriverContext, 'temporary'>> {
  const { temporary } = await drivers.change(session, now => {
    if (!now.transaction) return contextAfter(now, command, by)
    throw unsupportedHere(
      'Temporary tables and transactions have sessions of their own in the warehouse. Commit or roll back first, with AUTOCOMMIT on.',
    )
  })
  return temporary === undefined ? {} : { temporary }
}

/** Does what a statement about the session asks for, and answers as Snowflake does. */
export async function runCommand(
  journey: Journey,
  session: DriverSession,
  command: SessionCommand,
  by: SessionId,
): Promise<Envelope> {
  const context = await changedBy(journey, session, command, by)
  if (command.kind === 'parameters') return parametersAnswer(finalState(journey, context), command.like)
  return statusAnswer(command.typeId, finalState(journey, context), statusQueryId(command.typeId))
}

/**
 * The session as it is now, after a statement about it that was judged by what `session` says. Where a transaction of another request's
 * came meanwhile, it neither ends that one nor is answered with it. Rejects with `conflict`.
 */
export function changedBy(
  journey: Pick<Journey, 'drivers' | 'connections'>,
  session: DriverSession,
  command: SessionCommand,
  by: SessionId,
): Promise<DriverContext> {
  const { virtualWarehouse } = finalState(journey, session.context)
  const before = session.context.transaction?.id
  const wanted = contextAfter(session.context, command, by, virtualWarehouse).transaction?.id
  return journey.drivers.change(session, now => {
    const after = contextAfter(now, command, by, virtualWarehouse)
    const [was, is] = [now.transaction?.id, after.transaction?.id]
    if ((wanted !== before || is !== was) && was !== before && was !== wanted)
      throw new GatewayError('conflict', { message: 'Another transaction of this session began meanwhile.' })
    return after
  })
}
