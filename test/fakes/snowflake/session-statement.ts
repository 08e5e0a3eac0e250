import type { Running } from './query.ts'
import { type Result, statementType, statusResult } from './result.ts'
import type { ParameterValue } from './session.ts'
import { missingObject, SnowflakeError, syntaxError } from './snowflake-error.ts'
import { nameParts, unquoted } from './sql-text.ts'

/** A session of External OAuth keeps the role of its token: no other one, and no secondary ones. */
const roleIsPinned = (role: string) =>
  new SnowflakeError(
    '003013',
    '42501',
    `SQL access control error:\nRequested role '${role}' is not assigned to the executing user. Specify another role to activate.`,
  )

async function use({ session, database, sql }: Running): Promise<Result> {
  const [, kind, text = ''] = /^USE\s+(?:(ROLE|SECONDARY\s+ROLES|WAREHOUSE|DATABASE|SCHEMA)\s+)?(.+)$/s.exec(sql) ?? []
  const parts = nameParts(text)
  if (kind === 'ROLE' || kind?.startsWith('SECONDARY')) {
    if (kind === 'ROLE' && parts[0] === session.role) return statusResult(session.connection, statementType.definition)
    throw roleIsPinned(kind === 'ROLE' ? (parts[0] ?? '') : 'SECONDARY ROLES')
  }
  if (kind === 'WAREHOUSE') {
    session.warehouse = parts[0]
    return statusResult(session.connection, statementType.useWarehouse)
  }
  const wholeDatabase = kind === 'DATABASE' || (kind === undefined && parts.length === 1)
  const [databaseName = '', schema] = wholeDatabase
    ? [parts[0]]
    : parts.length === 1
      ? [session.database, parts[0]]
      : parts
  if (!(await database.hasSchema(databaseName, schema)))
    throw missingObject(wholeDatabase ? 'Database' : 'Schema', parts.join('.'))
  await session.use(databaseName, schema ?? 'PUBLIC')
  return statusResult(session.connection, wholeDatabase ? statementType.useDatabase : statementType.useSchema)
}

function parameterValue(text: string): ParameterValue {
  if (text.startsWith("'") || text.startsWith('$$')) return unquoted(text)
  if (/^(?:TRUE|FALSE)$/i.test(text)) return text.toUpperCase() === 'TRUE'
  return /^-?\d+$/.test(text) ? Number(text) : text
}

function alterSession({ session, sql }: Running): Promise<Result> {
  const unset = /^ALTER\s+SESSION\s+UNSET\s+(.+)$/s.exec(sql)
  const assignments = [...sql.matchAll(/(\w+)\s*=\s*('(?:[^'\\]|''|\\.)*'|\$\$[\s\S]*?\$\$|[\w.-]+)/g)]
  if (unset?.[1] !== undefined) {
    for (const name of unset[1].split(',')) session.parameters.delete(name.trim())
  } else if (assignments.length === 0) {
    throw syntaxError('syntax error: ALTER SESSION without a parameter')
  }
  for (const [, name = '', value = ''] of assignments) session.parameters.set(name, parameterValue(value))
  return statusResult(session.connection, statementType.alterSession)
}

async function transaction({ session, sql }: Running): Promise<Result> {
  const { connection } = session
  if (/^(?:BEGIN|START)/.test(sql)) await session.begin()
  else await session.endPinned(sql.startsWith('COMMIT') ? 'COMMIT' : 'ROLLBACK')
  return statusResult(connection, statementType.transaction)
}

/** USE, ALTER SESSION and transaction control: what changes the session and no data. */
export function runSessionStatement(running: Running): Promise<Result> {
  if (running.sql.startsWith('USE')) return use(running)
  if (running.sql.startsWith('ALTER')) return alterSession(running)
  return transaction(running)
}
