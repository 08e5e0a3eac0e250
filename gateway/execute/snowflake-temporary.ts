import { GatewayError } from '#src/errors.ts'
import type { InSession, PinnedSessions, TemporaryLookUps } from '#src/execute/warehouse.ts'
import { transactionOver } from '#src/pinned/transaction.ts'
import { snowflakeColumn } from './snowflake-column.ts'
import { explain } from './snowflake-look-ups.ts'
import { ownLimits } from './snowflake-parameters.ts'
import type { SnowflakePinnedSessions } from './snowflake-pinned-sessions.ts'
import type { SnowflakeSession } from './snowflake-session.ts'
import { quoted, type SnowflakeTable, snowflakeTable } from './snowflake-table.ts'

/** The sessions, with what those of temporary tables are asked. */
export function withTemporary(sessions: SnowflakePinnedSessions): PinnedSessions {
  return {
    failureEnds: sessions.failureEnds,
    begin: (...asked) => sessions.begin(...asked),
    end: sealed => sessions.end(sealed),
    ...temporaryLookUps(sessions),
  }
}

/** Asked in the session that holds the tables, as the role that they are kept under. */
function temporaryLookUps(sessions: Pick<SnowflakePinnedSessions, 'enter'>): TemporaryLookUps {
  async function asked<T>(
    { kept, authorized: { statement } }: InSession,
    question: (session: SnowflakeSession) => Promise<T>,
  ): Promise<T> {
    const session = await sessions.enter(kept, statement)
    try {
      const answer = await question(session)
      if (!session.gone) return answer
      throw transactionOver('its session has ended')
    } catch (error) {
      if (session.gone) throw transactionOver('its session has ended')
      if (error instanceof GatewayError) throw error
      throw new GatewayError('warehouse_unavailable', { detail: 'the session of temporary tables did not answer' })
    }
  }
  return {
    exists: (within, name) =>
      asked(within, async session => {
        const { database, schema, table } = partsOf(name)
        const rows = await session.query({
          sqlText: `select 1 from ${quoted(database)}.information_schema.tables where table_schema = ? and table_name = ?`,
          binds: [schema, table],
          parameters: ownLimits,
        })
        return rows.length > 0
      }),
    columns: (within, name) =>
      asked(within, async session => {
        const { database, schema, table } = partsOf(name)
        const sqlText = `select * from ${[database, schema, table].map(quoted).join('.')}`
        return (await session.submit({ sqlText, describeOnly: true, parameters: ownLimits }).answer).columns.map(
          snowflakeColumn,
        )
      }),
    reads: (within, sql) =>
      asked(within, async session => {
        const plan = await explain(session, { ...within.authorized.statement, sql }, within.credential)
        return plan?.tables
      }),
  }
}

function partsOf(name: string): SnowflakeTable {
  const parts = snowflakeTable(name)
  if (!parts) throw new GatewayError('integrity', { detail: 'a temporary table of another form' })
  return parts
}
