import type { DriverContext } from '#src/authenticate/driver-sessions.ts'
import { assertNever } from '#src/errors.ts'
import { unsupportedHere } from './envelope.ts'
import type { SessionCommand } from './session-command.ts'

/** Parameters that are kept as something else, and where. */
const ownFields: Readonly<Record<string, string>> = {
  QUERY_TAG: 'purpose',
  AUTOCOMMIT: 'transaction',
  MULTI_STATEMENT_COUNT: 'statementCount',
}

/** The session after a statement about it. Throws for a virtual warehouse that is another. */
export function contextAfter(
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
      const unset = command.names.flatMap(name => ownFields[name] ?? [])
      const fields = Object.entries(context).filter(([field]) => !unset.includes(field))
      return { ...Object.fromEntries(fields), connection: context.connection, parameters: Object.fromEntries(left) }
    }
    case 'parameters':
      return context
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
