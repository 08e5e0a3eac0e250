import type { DriverContext, DriverSession } from '#src/authenticate/driver-sessions.ts'
import { assertNever } from '#src/errors.ts'
import type { Journey } from '../../journey.ts'
import { type Envelope, unsupportedHere } from './envelope.ts'
import { finalState } from './final-state.ts'
import { statusAnswer } from './result-answer.ts'
import type { SessionCommand } from './session-command.ts'

/** Does what a statement about the session asks for, and answers as Snowflake does. */
export async function runCommand(
  journey: Journey,
  session: DriverSession,
  command: SessionCommand,
  queryId: string,
): Promise<Envelope> {
  const { virtualWarehouse } = finalState(journey, session.context)
  const context = contextAfter(session.context, command, virtualWarehouse)
  if (context !== session.context) await journey.drivers.change(session, context)
  return statusAnswer(command.typeId, finalState(journey, context), queryId)
}

function contextAfter(
  context: DriverContext,
  command: SessionCommand,
  virtualWarehouse: string | undefined,
): DriverContext {
  switch (command.kind) {
    case 'use':
      return { ...context, ...(command.database ? { database: command.database } : {}), schema: command.schema }
    case 'warehouse':
      if (command.name === virtualWarehouse?.toUpperCase()) return context
      throw unsupportedHere(
        'Statements run on the virtual warehouse of the connection; a session cannot choose another.',
      )
    case 'set': {
      const { kept, autocommit, ...others } = command.asked
      const next = { ...context, ...others, parameters: { ...context.parameters, ...kept } }
      return autocommit === undefined ? next : withTransaction(next, autocommit ? undefined : 'always')
    }
    case 'unset': {
      const left = Object.entries(context.parameters).filter(([name]) => !command.names.includes(name))
      const { purpose, ...rest } = context
      const keepsPurpose = purpose !== undefined && !command.names.includes('QUERY_TAG')
      const next = { ...rest, parameters: Object.fromEntries(left), ...(keepsPurpose ? { purpose } : {}) }
      return command.names.includes('AUTOCOMMIT') ? withTransaction(next, undefined) : next
    }
    case 'begin':
      return withTransaction(context, context.transaction ?? 'begun')
    case 'end':
      return context.transaction === 'begun' ? withTransaction(context, undefined) : context
    default:
      return assertNever(command)
  }
}

function withTransaction(
  { transaction: _, ...context }: DriverContext,
  transaction: DriverContext['transaction'],
): DriverContext {
  return transaction ? { ...context, transaction } : context
}
