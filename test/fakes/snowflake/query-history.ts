import { type DuckDBConnection, DuckDBTimestampTZValue } from '@duckdb/node-api'
import type { Session } from './session.ts'
import { unknownStatement } from './snowflake-error.ts'
import type { Statement } from './statement.ts'
import { historyTable, resultTable } from './translate.ts'

const columns = `QUERY_ID VARCHAR, QUERY_TEXT VARCHAR, DATABASE_NAME VARCHAR, SCHEMA_NAME VARCHAR, QUERY_TYPE VARCHAR,
  SESSION_ID BIGINT, USER_NAME VARCHAR, ROLE_NAME VARCHAR, WAREHOUSE_NAME VARCHAR, QUERY_TAG VARCHAR, EXECUTION_STATUS VARCHAR,
  ERROR_CODE VARCHAR, ERROR_MESSAGE VARCHAR, START_TIME TIMESTAMPTZ, END_TIME TIMESTAMPTZ, TOTAL_ELAPSED_TIME BIGINT, ROWS_PRODUCED BIGINT`

const time = (milliseconds: number | undefined) =>
  milliseconds === undefined ? null : new DuckDBTimestampTZValue(BigInt(Math.round(milliseconds * 1_000)))

const historyStatus: Readonly<Record<Statement['status'], string>> = {
  QUEUED: 'QUEUED',
  RUNNING: 'RUNNING',
  SUCCESS: 'SUCCESS',
  FAILED_WITH_ERROR: 'FAILED_WITH_ERROR',
  // Snowflake has no status of its own for a canceled statement here: it failed with 000604.
  ABORTED: 'FAILED_WITH_ERROR',
}

/** Newest first; Snowflake promises no order. */
function visible(statements: readonly Statement[], session: Session, filter: string): readonly Statement[] {
  const limit = Number(/\bRESULT_LIMIT\s*=>\s*(\d+)/.exec(filter)?.[1] ?? 100)
  const user = /\bUSER_NAME\s*=>\s*'([^']*)'/.exec(filter)?.[1]?.toUpperCase()
  const sessionId = /\bSESSION_ID\s*=>\s*(\d+)/.exec(filter)?.[1]
  return statements
    .filter(statement => session.privileges.monitor === true || statement.session.user === session.user)
    .filter(statement => user === undefined || statement.session.user === user)
    .filter(statement => sessionId === undefined || statement.session.id === Number(sessionId))
    .slice(-Math.min(limit, 10_000))
    .reverse()
}

/** Puts the statements that the session may see where the translated query looks for them. */
export async function writeHistory(
  connection: DuckDBConnection,
  statements: readonly Statement[],
  session: Session,
  filter: string,
): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${historyTable} (${columns})`)
  const appender = await connection.createAppender('query history', 'main', 'temp')
  for (const statement of visible(statements, session, filter)) {
    const { outcome } = statement
    const error = outcome !== undefined && 'error' in outcome ? outcome.error : undefined
    const { startedAt = statement.receivedAt, endedAt } = statement
    const values = [
      statement.queryId,
      statement.sqlText,
      statement.session.database ?? null,
      statement.session.schema ?? null,
      /^\s*(\w+)/.exec(statement.sqlText)?.[1]?.toUpperCase() ?? 'UNKNOWN',
      BigInt(statement.session.id),
      statement.session.user,
      statement.session.role,
      statement.session.warehouse ?? null,
      statement.queryTag,
      historyStatus[statement.status],
      error?.code ?? null,
      error?.message ?? null,
      time(startedAt),
      time(endedAt),
      BigInt(Math.round((endedAt ?? Date.now()) - startedAt)),
      statement.rowsProduced === undefined ? null : BigInt(statement.rowsProduced),
    ]
    for (const value of values) appender.appendValue(value)
    appender.endRow()
  }
  appender.closeSync()
}

/** Puts an earlier result where the translated RESULT_SCAN looks for it. Any session of the same user may read it. */
export async function writeResult(
  connection: DuckDBConnection,
  statement: Statement | undefined,
  queryId: string,
  user: string,
): Promise<void> {
  const { outcome } = statement ?? {}
  if (statement?.session.user !== user || outcome === undefined || 'error' in outcome) throw unknownStatement(queryId)
  const { data, columns: names } = outcome.result
  const table = resultTable(queryId)
  const definitions = data
    .columnTypes()
    .map((type, index) => `"${names[index]?.name.replaceAll('"', '""')}" ${type.alias ?? type}`)
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} (${definitions.join(', ')})`)
  const appender = await connection.createAppender(`result ${queryId}`, 'main', 'temp')
  for (let vector = 0; vector < data.chunkCount; vector++) appender.appendDataChunk(data.getChunk(vector))
  appender.closeSync()
}
