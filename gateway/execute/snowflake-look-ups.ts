import type { Classification } from '#src/classify/classification.ts'
import { explained } from '#src/classify/judge/may-be-compiled.ts'
import type { Estimate } from '#src/decide/decision.ts'
import type { Column, Warehouse } from '#src/execute/warehouse.ts'
import { NotCompiled, quotesOnly } from '#src/not-compiled.ts'
import type { Statement } from '#src/statement.ts'
import { countSqlFor } from './count-sql.ts'
import type { OpenSessions } from './open-sessions.ts'
import { snowflakeColumn } from './snowflake-column.ts'
import { sqlErrorCode, statementFailure, warehouseError } from './snowflake-errors.ts'
import { boundedBy, ownLimits } from './snowflake-parameters.ts'
import type { SnowflakeSession } from './snowflake-session.ts'
import { snowflakeTable } from './snowflake-table.ts'
import { asReader, type ReaderCredentials } from './warehouse-sessions.ts'

const syntaxError = '001003'
/** Columns that are not there or not told apart, types, numbers of arguments, GROUP BY: it cannot run, whatever anybody decides. */
const wrongNames = new Set(['000904', '000938', '000939', '000979', '001007', '001044', '002028'])
/** Of these what is told is true of the functions of this name that the reader may use. */
const wrongArguments = new Set(['000938', '000939', '001044'])
/** A function or an object that is not there, or that the reader may not see and another role may. */
const unknownFunction = '002140'
const notSeen = new Set(['002003', '002043'])

/** EXPLAIN in a session of the reader role; runs nothing of the agent's but the count of a predicate judged harmless. */
export async function snowflakeEstimate(
  sessions: OpenSessions,
  reader: ReaderCredentials,
  statement: Statement,
  classification: Classification,
): Promise<Estimate> {
  if (!classification.understood || classification.statements !== 1 || !explained.has(classification.kind)) return {}
  return asReader(reader, async credential => {
    const session = await sessions.shared(credential, statement)
    const plan =
      (await explain(session, statement, credential)) ??
      (await explainCount(session, statement, classification, credential)) ??
      {}
    // It would not see what the transaction has written.
    if (statement.transaction?.count) return plan
    return { ...plan, ...(await count(session, statement, classification)) }
  })
}

/** For whom it is compiled: other roles see other objects. */
interface As {
  readonly role: string
}

/**
 * A reader may not explain a write: what finding its rows scans is what the write scans, and what is wrong there is wrong in the write.
 */
async function explainCount(
  session: SnowflakeSession,
  statement: Statement,
  classification: Classification,
  as: As,
): Promise<Estimate | undefined> {
  const sql = countSqlFor(statement, classification)
  if (sql === undefined) return undefined
  return explain(session, { ...statement, sql }, as).catch(error => {
    if (!(error instanceof NotCompiled) || error.fault.about !== 'names') return undefined
    // A place in this text is none in the statement.
    const message = error.message.replace(/(?:error )?line \d+ at position \d+\s*/g, '')
    const { fault, warehouse, role } = error
    throw new NotCompiled(fault, { message, warehouse, ...(role === undefined ? {} : { role }) })
  })
}

const explaining = 'explain using json '

/** What Snowflake's plan says; undefined where it gives none. Rejects as `Warehouse.estimate`. */
export async function explain(
  session: SnowflakeSession,
  { sql, binds, parameters }: Pick<Statement, 'sql' | 'binds' | 'parameters'>,
  as: As,
): Promise<Estimate | undefined> {
  let plan: unknown
  try {
    const sqlText = explaining + sql
    const [row] = await session.query({ sqlText, binds, parameters: boundedBy({ parameters }, ownLimits) })
    plan = typeof row?.[0] === 'string' ? JSON.parse(row[0]) : row?.[0]
  } catch (error) {
    const refusal = compilationRefusal(error, sql, as, explaining.length)
    if (refusal) throw refusal
    return undefined
  }
  return readPlan(plan)
}

/** What is compiled without a judgement of it. */
export function snowflakeLooks(
  sessions: OpenSessions,
  reader: ReaderCredentials,
): Required<Pick<Warehouse, 'describe' | 'compile'>> {
  return {
    describe: statement => describe(sessions, reader, statement),
    compile: statement => compile(sessions, reader, statement),
  }
}

async function compile(sessions: OpenSessions, reader: ReaderCredentials, statement: Statement): Promise<void> {
  await asReader(reader, async credential =>
    explain(await sessions.shared(credential, statement), statement, credential),
  )
}

/** Compiled as the reader, in whose session nothing of an agent's runs. */
async function describe(
  sessions: OpenSessions,
  reader: ReaderCredentials,
  statement: Statement,
): Promise<readonly Column[]> {
  const { sql: sqlText, binds } = statement
  return asReader(reader, async credential => {
    const session = await sessions.shared(credential, statement)
    const asked = { sqlText, binds, describeOnly: true, parameters: boundedBy(statement, ownLimits) } as const
    try {
      return (await session.submit(asked).answer).columns.map(snowflakeColumn)
    } catch (error) {
      throw (
        compilationRefusal(error, sqlText, credential) ??
        statementFailure(error, { cancelledByUs: false, mayWrite: false })
      )
    }
  })
}

/**
 * What Snowflake says of a statement that it does not compile, where that is the statement's fault or the reader's. `before`: stood
 * in front of it.
 */
function compilationRefusal(error: unknown, sql: string, as: As, before = 0): NotCompiled | undefined {
  const code = sqlErrorCode(error)
  const fault = faultOf(code, error)
  if (!fault) return undefined
  const said = error instanceof Error ? placedIn(error.message, before) : ''
  // What is said of columns or objects is held back later, where it has to be.
  const isOwn = fault.about === 'names' || fault.about === 'object' || quotesOnly(sql, said)
  const ofRole = fault.about === 'function' || fault.about === 'object' || wrongArguments.has(code)
  return new NotCompiled(fault, {
    ...(isOwn && { message: said }),
    detail: `Snowflake ${code}`,
    ...warehouseError(error),
    ...(ofRole && { role: as.role }),
  })
}

function faultOf(code: string, error: unknown): NotCompiled['fault'] | undefined {
  if (code === syntaxError) return { about: 'syntax' }
  if (wrongNames.has(code)) return { about: 'names' }
  if (!(error instanceof Error)) return undefined
  if (code === unknownFunction) return { about: 'function', functions: unknownFunctions(error) }
  if (!notSeen.has(code)) return undefined
  const [, object = ''] = /^\w+ '([^']+)' does not exist or not authorized/m.exec(error.message) ?? []
  return { about: 'object', object }
}

function unknownFunctions({ message }: Error): readonly string[] {
  const [, names = ''] = /\bUnknown functions? ([\w$., ]+?)\.?$/m.exec(message) ?? []
  return names === '' ? [] : names.split(', ')
}

/** Counted from the statement's own beginning. */
const placedIn = (message: string, before: number): string =>
  message.replace(
    /line 1 at position (\d+)/g,
    (_, at: string) => `line 1 at position ${Math.max(0, Number(at) - before)}`,
  )

interface Plan {
  readonly GlobalStats?: { readonly bytesAssigned?: unknown }
  readonly Operations?: readonly (readonly { readonly operation?: unknown; readonly objects?: unknown }[])[]
}

/** `objects` of table scans name base tables, views resolved: a second opinion on what is read. */
function readPlan(plan: unknown): Estimate {
  if (plan === null || typeof plan !== 'object') return {}
  const { GlobalStats, Operations } = plan as Plan
  const tables = new Set<string>()
  for (const { operation, objects } of Array.isArray(Operations) ? Operations.flat() : [])
    if (operation === 'TableScan' && Array.isArray(objects)) for (const name of objects) tables.add(String(name))
  const bytes = Number(GlobalStats?.bytesAssigned ?? Number.NaN)
  return { tables: [...tables], ...(Number.isFinite(bytes) ? { bytes } : {}) }
}

/** "4,210 of 1,000,000". Where counting takes too long or is not allowed, nothing is said. */
async function count(
  session: SnowflakeSession,
  statement: Statement,
  classification: Classification,
): Promise<Estimate> {
  const { writes } = classification
  const countSql = countSqlFor(statement, classification)
  if (!countSql) return {}
  try {
    const parameters = boundedBy(statement, ownLimits)
    const [counted] = await session.query({ sqlText: countSql, binds: statement.binds, parameters })
    const rows = Number(counted?.[0] ?? Number.NaN)
    if (!Number.isSafeInteger(rows)) return {}
    const tableRows = await countTable(session, writes[0] ?? '')
    return { rows, counted: true, ...(tableRows === undefined ? {} : { tableRows }) }
  } catch {
    return {}
  }
}

async function countTable(session: SnowflakeSession, table: string): Promise<number | undefined> {
  const name = snowflakeTable(table)
  if (!name) return undefined
  const [row] = await session.query({
    sqlText:
      'select row_count from information_schema.tables where table_catalog = ? and table_schema = ? and table_name = ?',
    binds: [name.database, name.schema, name.table],
    parameters: ownLimits,
  })
  const rows = Number(row?.[0] ?? Number.NaN)
  return Number.isSafeInteger(rows) ? rows : undefined
}
