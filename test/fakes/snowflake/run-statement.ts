import { setTimeout as delay } from 'node:timers/promises'
import { bindRows } from './binds.ts'
import type { Database } from './database.ts'
import { runDefinition } from './definition.ts'
import { runExplain } from './explain.ts'
import { readLiterals } from './input-formats.ts'
import { runDescribe, runShow } from './metadata.ts'
import { type Running, runQuery } from './query.ts'
import { writeHistory, writeResult } from './query-history.ts'
import { plainResult, type Result, statementType, statusResult } from './result.ts'
import { requireAdministrator } from './roles.ts'
import { usualTimeZone } from './session.ts'
import { runSessionStatement } from './session-statement.ts'
import { insufficientPrivileges, syntaxError } from './snowflake-error.ts'
import { isScript, scriptBody, statementsOf, unquoted } from './sql-text.ts'
import type { Statement } from './statement.ts'
import { runTransfer } from './transfer.ts'
import { expand, historyArguments, scannedResults } from './translate.ts'
import { runWrite } from './write.ts'

/** What statements may ask of the server besides its data. */
export interface Surroundings {
  readonly database: Database
  /** Every statement so far, oldest first. */
  statements(): readonly Statement[]
  endSession(sessionId: number): void
}

const systemFunction = /^SELECT\s+SYSTEM\$(\w+)\s*\(\s*('[^']*'|-?\d+)?[^)]*\)(?:\s+AS\s+\w+)?$/

/** SYSTEM$ functions with effects outside the data. A caller may stop its own user's statements, a monitor everybody's. */
async function runSystemFunction(
  statement: Statement,
  name: string,
  argument: string,
  around: Surroundings,
): Promise<string> {
  const { session } = statement
  const mayStop = (other: Statement) => session.privileges.monitor === true || other.session.user === session.user
  if (name === 'WAIT') {
    await delay(Number(argument) * 1_000, undefined, { signal: statement.stop }).catch(() => undefined)
    return `waited ${argument} seconds`
  }
  const chosen = around
    .statements()
    .filter(
      other =>
        (name === 'CANCEL_QUERY' ? other.queryId === argument : other.session.id === Number(argument)) &&
        other !== statement,
    )
  if (!['CANCEL_QUERY', 'CANCEL_ALL_QUERIES', 'ABORT_SESSION'].includes(name))
    throw syntaxError(`Unknown function SYSTEM$${name}`)
  if (chosen.some(other => !mayStop(other))) throw insufficientPrivileges('query', argument)
  const stopped = chosen.filter(other => other.cancel()).length
  if (name === 'ABORT_SESSION') around.endSession(Number(argument))
  if (name === 'CANCEL_ALL_QUERIES') return `${stopped} cancelled.`
  if (name === 'ABORT_SESSION') return 'session terminated.'
  return stopped > 0 ? `query [${argument}] terminated.` : `Identified SQL statement is not currently executing.`
}

function dispatch(running: Running, around: Surroundings, statement: Statement): Promise<Result> {
  const { sql, session } = running
  const [word = ''] = /^\(|^\w+/.exec(sql) ?? []
  if (isScript(sql) || word === 'EXECUTE') return runScript(running, around, statement)
  switch (word) {
    case '(':
    case 'SELECT':
    case 'WITH':
    case 'VALUES':
      return runQuery(running)
    case 'INSERT':
    case 'UPDATE':
    case 'DELETE':
    case 'MERGE':
    case 'TRUNCATE':
      return runWrite(running)
    case 'USE':
    case 'BEGIN':
    case 'START':
    case 'COMMIT':
    case 'ROLLBACK':
      return runSessionStatement(running)
    case 'SHOW':
      return runShow(running)
    case 'DESC':
    case 'DESCRIBE':
      return runDescribe(running)
    case 'EXPLAIN':
      return runExplain(running)
    case 'COPY':
    case 'PUT':
    case 'GET':
      return runTransfer(running)
    case 'ALTER':
      return /^ALTER\s+SESSION\b/.test(sql) ? runSessionStatement(running) : runDefinition(running)
    case 'CREATE':
    case 'DROP':
    case 'UNDROP':
      return runDefinition(running)
    case 'GRANT':
    case 'REVOKE':
    case 'CALL':
      requireAdministrator(session.privileges, word)
      return statusResult(session.connection, statementType.definition)
    default:
      throw syntaxError(`syntax error line 1 at position 0 unexpected '${word}'.`)
  }
}

/** A scripting block or EXECUTE IMMEDIATE runs what is inside it, with the caller's rights. */
async function runScript(running: Running, around: Surroundings, statement: Statement): Promise<Result> {
  const [, text] = /^EXECUTE\s+IMMEDIATE\s+('(?:[^'\\]|''|\\.)*'|\$\$[\s\S]*?\$\$)/.exec(running.sql) ?? []
  const inner = text === undefined ? scriptBody(running.sql) : statementsOf(unquoted(text))
  if (running.sql.startsWith('EXECUTE') && text === undefined)
    throw syntaxError('syntax error: EXECUTE IMMEDIATE without a literal')
  let result = await statusResult(running.session.connection, statementType.definition)
  for (const sql of inner) {
    if (statement.stop.aborted) throw statement.stop.reason
    result = await dispatch({ ...running, sql: expand(sql, running.session) }, around, statement)
  }
  return result
}

/** Runs one statement of a request's text, with DuckDB's work interrupted as soon as the statement must stop. */
export async function runStatement(sql: string, statement: Statement, around: Surroundings): Promise<Result> {
  const { session, queryId, describeOnly } = statement
  const [, name, argument = ''] = systemFunction.exec(sql) ?? []
  if (name !== undefined) {
    statement.executions++
    const answer = await runSystemFunction(statement, name, argument.replaceAll("'", ''), around)
    if (statement.stop.aborted) throw statement.stop.reason
    return session.inTurn(() =>
      plainResult(session.connection, 'SELECT $1 AS "SYSTEM"', statementType.select, [answer]),
    )
  }
  return session.inTurn(async () => {
    if (statement.stop.aborted) throw statement.stop.reason
    if (!describeOnly) statement.executions++
    let interrupting: NodeJS.Timeout | undefined
    // DuckDB forgets an interrupt that comes between two of its steps, hence again and again.
    const interrupt = () => {
      session.connection.interrupt()
      interrupting = setInterval(() => session.connection.interrupt(), 10)
    }
    statement.stop.addEventListener('abort', interrupt, { once: true })
    try {
      const parameter = (name: string) => statement.parameters.get(name) ?? session.parameters.get(name)
      await session.inTimeZone(String(parameter('TIMEZONE') ?? usualTimeZone))
      const expanded = readLiterals(expand(sql, session), parameter)
      const history = historyArguments(expanded)
      if (history !== undefined) await writeHistory(session.connection, around.statements(), session, history)
      for (const id of scannedResults(expanded)) {
        const scanned = around.statements().find(other => other.queryId === id)
        await writeResult(session.connection, scanned, id, session.user)
      }
      const running = {
        sql: expanded,
        queryId,
        session,
        database: around.database,
        values: bindRows(statement.bindings, parameter),
        describeOnly,
      }
      return await session.alone(() => dispatch(running, around, statement))
    } catch (error) {
      throw statement.stop.aborted ? statement.stop.reason : error
    } finally {
      statement.stop.removeEventListener('abort', interrupt)
      clearInterval(interrupting)
    }
  })
}
