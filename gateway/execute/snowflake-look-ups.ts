import type { Classification } from '#src/classify/classification.ts'
import type { Estimate } from '#src/decide/decision.ts'
import { GatewayError } from '#src/errors.ts'
import type { Column } from '#src/execute/warehouse.ts'
import type { Statement } from '#src/statement.ts'
import { countSqlFor } from './count-sql.ts'
import type { OpenSessions } from './open-sessions.ts'
import { snowflakeColumn } from './snowflake-column.ts'
import { sqlErrorCode, statementFailure, warehouseError } from './snowflake-errors.ts'
import { boundedBy, ownLimits } from './snowflake-parameters.ts'
import type { SnowflakeSession } from './snowflake-session.ts'
import { snowflakeTable } from './snowflake-table.ts'
import { asReader, type ReaderCredentials } from './warehouse-sessions.ts'

const explainable = new Set(['select', 'insert', 'update', 'delete', 'merge'])
/** Syntax, types, unknown columns and functions: the statement cannot run, whatever anybody decides. */
const cannotRun = new Set(['001003', '001007', '000904', '000979', '002140'])
/** An object that is not there, or that the reader may not see and another role may. */
const notSeen = new Set(['002003', '002043'])

/** EXPLAIN in a session of the reader role; runs nothing of the agent's but the count of a predicate judged harmless. */
export async function snowflakeEstimate(
  sessions: OpenSessions,
  reader: ReaderCredentials,
  statement: Statement,
  classification: Classification,
): Promise<Estimate> {
  if (!classification.understood || classification.statements !== 1 || !explainable.has(classification.kind)) return {}
  return asReader(reader, async credential => {
    const session = await sessions.shared(credential, statement)
    const plan = (await explain(session, statement)) ?? (await explainCount(session, statement, classification)) ?? {}
    // It would not see what the transaction has written.
    if (statement.transaction?.count) return plan
    return { ...plan, ...(await count(session, statement, classification)) }
  })
}

/** A reader may not explain a write: what finding its rows scans is what the write scans. */
async function explainCount(session: SnowflakeSession, statement: Statement, classification: Classification) {
  const sql = countSqlFor(statement, classification)
  return sql === undefined ? undefined : explain(session, { ...statement, sql }).catch(() => undefined)
}

/** What Snowflake's plan says; undefined where it gives none. Rejects as `Warehouse.estimate`. */
export async function explain(
  session: SnowflakeSession,
  { sql, binds, parameters }: Pick<Statement, 'sql' | 'binds' | 'parameters'>,
): Promise<Estimate | undefined> {
  let plan: unknown
  try {
    const [row] = await session.query({
      sqlText: `explain using json ${sql}`,
      binds,
      parameters: boundedBy({ parameters }, ownLimits),
    })
    plan = typeof row?.[0] === 'string' ? JSON.parse(row[0]) : row?.[0]
  } catch (error) {
    const refusal = compilationRefusal(error)
    if (refusal) throw refusal
    return undefined
  }
  return readPlan(plan)
}

/** Compiled as the reader, in whose session nothing of an agent's runs. */
export async function snowflakeDescribe(
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
      throw compilationRefusal(error) ?? statementFailure(error, { cancelledByUs: false, mayWrite: false })
    }
  })
}

/** What Snowflake says of a statement that it does not compile, where that is the statement's fault or the reader's. */
function compilationRefusal(error: unknown): GatewayError | undefined {
  const code = sqlErrorCode(error)
  if (!cannotRun.has(code) && !notSeen.has(code)) return undefined
  const message = error instanceof Error ? error.message.slice(0, 2000) : undefined
  return new GatewayError(notSeen.has(code) ? 'not_permitted' : 'warehouse_error', {
    ...(message ? { message } : {}),
    detail: `Snowflake ${code}`,
    ...warehouseError(error),
  })
}

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
