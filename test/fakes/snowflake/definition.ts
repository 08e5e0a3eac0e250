import { literal, quotedTable } from './database.ts'
import { secureMark } from './information-schema.ts'
import { type Running, requireAccess } from './query.ts'
import { type Result, statementType, statusResult } from './result.ts'
import {
  fullName,
  parseStatement,
  requireAdministrator,
  requireCreate,
  requirePrivilege,
  type TableName,
} from './roles.ts'
import { existsAlready, missingObject, syntaxError, unsupported } from './snowflake-error.ts'
import { namePattern } from './sql-text.ts'
import { toDuckDb, travel } from './translate.ts'

const definition = new RegExp(
  `^(CREATE|DROP|ALTER|UNDROP)\\s+(?:OR\\s+REPLACE\\s+)?(?:(TEMP|TEMPORARY|TRANSIENT|SECURE)\\s+)?(TABLE|VIEW)\\s+(?:IF\\s+(?:NOT\\s+)?EXISTS\\s+)?(${namePattern})`,
)

async function existing(running: Running, name: TableName): Promise<boolean> {
  const { database, session } = running
  return (await database.find(name, session.connection, session.isTemporary(name))) !== undefined
}

/** Only reads of the statement's other tables are checked: the created one does not exist yet. */
async function create(running: Running, name: TableName, kind: string): Promise<string> {
  const { session, database, sql, queryId } = running
  const temporary = /^CREATE\s+(?:OR\s+REPLACE\s+)?TEMP/.test(sql)
  const replaces = (await existing(running, name)) && /^CREATE\s+OR\s+REPLACE\b/.test(sql)
  // A schema's CREATE TABLE is not needed for what only the session sees.
  if (temporary) return createTemporary(running, name)
  requireCreate(session.privileges, name)
  if (replaces) {
    requirePrivilege(session.privileges, name, 'own', database.owner(name) === session.role)
    await database.keep(queryId, name)
  }
  await requireSource(running)
  const plain = sql.replace(/\b(?:TRANSIENT|SECURE)\b/, '')
  await session.connection.run(toDuckDb(travel(plain, session)))
  if (/^CREATE\s+(?:OR\s+REPLACE\s+)?SECURE\b/.test(sql))
    await session.connection.run(`COMMENT ON VIEW ${quotedTable(name)} IS ${literal(secureMark)}`)
  database.setOwner(name, session.role)
  return `${kind === 'VIEW' ? 'View' : 'Table'} ${name.table} successfully created.`
}

async function requireSource(running: Running): Promise<void> {
  const { sql } = running
  const source = sql
    .slice(/\bAS\b(?=\s*\(*\s*(?:SELECT|WITH|VALUES)\b)/.exec(sql)?.index ?? sql.length)
    .replace(/^AS\b/, '')
  if (source.trim() !== '') await requireAccess(running, parseStatement(source))
}

/** It may have the name of a permanent table, and hides that. */
async function createTemporary(running: Running, name: TableName): Promise<string> {
  const { session, sql } = running
  const [, head = ''] = /^(CREATE\s+(?:OR\s+REPLACE\s+)?TEMP(?:ORARY)?\s+TABLE\s+)/.exec(sql) ?? []
  if (head === '') throw unsupported('what is temporary and no table')
  if (session.isTemporary(name) && !/^CREATE\s+OR\s+REPLACE\b/.test(sql)) throw existsAlready(name.table)
  // DuckDB has one schema for all of them.
  const others = [...session.temporary].filter(other => other !== fullName(name))
  if (others.some(other => other.endsWith(`.${name.table}`)))
    throw unsupported('temporary tables of one name in two schemas')
  await requireSource(running)
  const rest = sql.slice(head.length).replace(new RegExp(`^${namePattern}`), '')
  await session.connection.run(toDuckDb(`${head}"${name.table}"${travel(rest, session)}`))
  session.temporary.add(fullName(name))
  return `Table ${name.table} successfully created.`
}

async function undrop(running: Running, name: TableName): Promise<string> {
  const { session, database } = running
  const kept = database.lastKept(name)
  if (kept === undefined) throw missingObject('Table', fullName(name))
  requirePrivilege(session.privileges, name, 'own', database.owner(name) === session.role)
  await session.connection.run(`CREATE TABLE ${quotedTable(name)} AS SELECT * FROM ${quotedTable(kept)}`)
  return `Table ${name.table} successfully restored.`
}

async function dropOrAlter(running: Running, verb: string, name: TableName): Promise<string> {
  const { session, database, sql, queryId } = running
  if (await existing(running, name)) {
    requirePrivilege(session.privileges, name, 'own', database.owner(name) === session.role)
    await database.keep(queryId, name)
  } else if (!/\bIF\s+EXISTS\b/.test(sql)) {
    throw missingObject('Table', fullName(name))
  }
  await session.connection.run(toDuckDb(sql))
  return verb === 'DROP' ? `${name.table} successfully dropped.` : 'Statement executed successfully.'
}

/** CREATE, DROP, ALTER and UNDROP of tables and views; for an administrator everything else succeeds and does nothing. */
export async function runDefinition(running: Running): Promise<Result> {
  const { session, sql } = running
  const [, verb = '', , kind = '', text] = definition.exec(sql) ?? []
  if (text === undefined) {
    if (/^(?:CREATE|DROP|ALTER|UNDROP)\s+(?:TABLE|VIEW)\b/.test(sql))
      throw syntaxError('syntax error: a name is missing')
    requireAdministrator(session.privileges, sql.split(/\s+/).slice(0, 2).join(' '))
    return statusResult(session.connection, statementType.definition)
  }
  if (running.describeOnly) return statusResult(session.connection, statementType.definition)
  // A definition commits what is open, and is committed by itself.
  await session.endPinned('COMMIT')
  const name = session.resolve(text)
  const status =
    verb === 'CREATE'
      ? await create(running, name, kind)
      : verb === 'UNDROP'
        ? await undrop(running, name)
        : await dropOrAlter(running, verb, name)
  return statusResult(session.connection, statementType.definition, status)
}
