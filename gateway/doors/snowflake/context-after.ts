import type { DriverContext } from '#src/authenticate/driver-sessions.ts'
import { assertNever } from '#src/errors.ts'
import type { SessionId } from '#src/statement.ts'
import { unsupportedHere } from './envelope.ts'
import type { SessionCommand } from './session-command.ts'

/** Parameters that are kept as something else, and where. */
const ownFields: Readonly<Record<string, string>> = {
  QUERY_TAG: 'purpose',
  MULTI_STATEMENT_COUNT: 'statementCount',
}

/**
 * The session after a statement about it. `by` names that statement, and what it opens: asked for twice at once, it opens one thing.
 * Throws for a virtual warehouse that is another.
 */
export function contextAfter(
  context: DriverContext,
  command: SessionCommand,
  by: SessionId,
  virtualWarehouse?: string,
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
      return autocommit === undefined ? next : withAutocommit(next, autocommit, by)
    }
    case 'unset': {
      const left = Object.entries(context.parameters).filter(([name]) => !command.names.includes(name))
      const unset = command.names.flatMap(name => ownFields[name] ?? [])
      const fields = Object.entries(context).filter(([field]) => !unset.includes(field))
      const next = {
        ...Object.fromEntries(fields),
        connection: context.connection,
        parameters: Object.fromEntries(left),
      }
      return command.names.includes('AUTOCOMMIT') ? withAutocommit(next, true, by) : next
    }
    case 'parameters':
      return context
    case 'temporary':
      return context.temporary === undefined ? { ...context, temporary: by } : context
    case 'begin':
      return context.transaction ? context : { ...context, transaction: { id: by } }
    case 'end':
      return context.transaction?.always ? context : withoutTransaction(context)
    default:
      return assertNever(command)
  }
}

function withAutocommit(context: DriverContext, on: boolean, by: SessionId): DriverContext {
  const { transaction } = context
  if (!on) return { ...context, transaction: { id: transaction?.id ?? by, always: true } }
  return transaction?.always ? withoutTransaction(context) : context
}

export function withoutTransaction({ transaction: _, ...context }: DriverContext): DriverContext {
  return context
}
