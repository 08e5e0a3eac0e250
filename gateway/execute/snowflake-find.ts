import { GatewayError } from '#src/errors.ts'
import type { Found } from '#src/execute/warehouse.ts'
import type { SessionId, Statement } from '#src/statement.ts'
import type { SnowflakeSession } from './snowflake-session.ts'

const historyRows = 10_000
const parameters = { STATEMENT_TIMEOUT_IN_SECONDS: 60, MULTI_STATEMENT_COUNT: 1 }

/** What the statement carries in Snowflake's query history. */
export function queryTag(id: SessionId): string {
  return JSON.stringify({ qw: id })
}

/**
 * Looks the statement up by its tag in the history of the gateway's own user, from the time it was received on. Rejects
 * with `outcome_unknown` where the history cannot be read or is too long to be sure: never says `absent` by mistake. What a script or
 * procedure runs inside carries its tag too, and began later.
 */
export async function findByTag(session: SnowflakeSession, statement: Statement): Promise<Found> {
  const rows = await session
    .query({
      sqlText: `select query_id, execution_status, error_message, rows_produced, query_tag from table(information_schema.query_history_by_user(end_time_range_start => to_timestamp_ltz(${Math.floor(statement.receivedAt) - 60_000}, 3), result_limit => ${historyRows})) order by start_time`,
      parameters,
    })
    .catch(() => {
      throw new GatewayError('outcome_unknown', { detail: 'the query history cannot be read' })
    })
  const tag = queryTag(statement.id)
  const row = rows.find(candidate => candidate[4] === tag)
  if (!row && rows.length >= historyRows)
    throw new GatewayError('outcome_unknown', { detail: 'the query history is too long to search' })
  if (!row) return { state: 'absent' }
  const [id, status, message, produced] = row
  return foundOf(String(id), String(status), message === null ? '' : String(message), Number(produced ?? Number.NaN))
}

/** From another session of the same user. */
export async function cancelQuery(session: SnowflakeSession, queryId: string): Promise<void> {
  // It stands in the text, and comes from the warehouse.
  if (!/^[0-9a-f-]{1,64}$/i.test(queryId)) throw new GatewayError('integrity', { detail: 'a query id of another form' })
  await session.query({ sqlText: `select system$cancel_query('${queryId}')`, parameters })
}

function foundOf(warehouseId: string, status: string, message: string, produced: number): Found {
  if (status === 'SUCCESS')
    return { state: 'done', warehouseId, ...(Number.isSafeInteger(produced) ? { affectedRows: produced } : {}) }
  if (/^(FAILED|ABORTED|DISCONNECTED)/.test(status)) {
    const words = message.slice(0, 2000) || 'The statement failed in Snowflake.'
    return { state: 'failed', warehouseId, error: new GatewayError('warehouse_error', { message: words }) }
  }
  return { state: 'running', warehouseId }
}
