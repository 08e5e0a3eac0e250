import { parseSessionId, type SessionId } from '#src/statement.ts'
import { CommandError } from './terminal.ts'

/** The session of that id, as people type it. */
export function namedSession(text: string): SessionId {
  const id = parseSessionId(text)
  if (!id) throw new CommandError(`"${text}" is no session: they are named like 8QEW-MX32-X0H5.`, 2)
  return id
}
