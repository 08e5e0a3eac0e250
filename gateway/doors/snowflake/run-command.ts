import type { DriverContext, DriverSession } from '#src/authenticate/driver-sessions.ts'
import type { SessionId } from '#src/statement.ts'
import type { Journey } from '../../journey.ts'
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
  if (session.context.transaction)
    throw unsupportedHere(
      'Temporary tables and transactions have sessions of their own in the warehouse. Commit or roll back first, with AUTOCOMMIT on.',
    )
  const context = contextAfter(session.context, command, by)
  if (context !== session.context) await drivers.change(session, context)
  return context.temporary === undefined ? {} : { temporary: context.temporary }
}

/** Does what a statement about the session asks for, and answers as Snowflake does. */
export async function runCommand(
  journey: Journey,
  session: DriverSession,
  command: SessionCommand,
  by: SessionId,
): Promise<Envelope> {
  const { virtualWarehouse } = finalState(journey, session.context)
  const context = contextAfter(session.context, command, by, virtualWarehouse)
  if (context !== session.context) await journey.drivers.change(session, context)
  if (command.kind === 'parameters') return parametersAnswer(finalState(journey, context), command.like)
  return statusAnswer(command.typeId, finalState(journey, context), statusQueryId(command.typeId))
}
