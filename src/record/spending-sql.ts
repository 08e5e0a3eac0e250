import type { Spending, SpendingScope } from '../decide/spending.ts'
import type { ErrorCode } from '../errors.ts'
import type { SpendingQuery } from './record-store.ts'
import { sqlValues } from './sql-values.ts'
import { viewer } from './viewer.ts'

/** Failures that a statement itself is the cause of: an outage of the warehouse is held against nobody. */
const ownFailures: readonly ErrorCode[] = [
  'warehouse_error',
  'syntax_error',
  'not_compiled',
  'limit_exceeded',
  'result_shape',
]

/** Refused for coming in together with others; the same statement passes a moment later. */
const overtaken: ErrorCode = 'too_many'

const through = `state IN ('claimed', 'unknown', 'completed', 'failed')`
const sums = `count(*) FILTER (WHERE ${through}) AS statements,
  CAST(coalesce(sum(result_rows) FILTER (WHERE ${through}), 0) AS DOUBLE PRECISION) AS result_rows,
  CAST(coalesce(sum(bytes) FILTER (WHERE ${through}), 0) AS DOUBLE PRECISION) AS bytes,
  coalesce(sum(cost) FILTER (WHERE ${through}), 0) AS cost,
  count(*) FILTER (WHERE state = 'failed' AND code IN (${ownFailures.map(code => `'${code}'`).join(', ')})) AS failures,
  count(*) FILTER (WHERE state = 'denied' AND coalesce(code, '') <> '${overtaken}') AS denials`

/** The one SELECT behind `spent`: a row for each scope, in their order. Everything the asker said travels as a parameter. */
export function sumSpendings(
  { agent, scopes, at, except }: SpendingQuery,
  parameter: (n: number) => string,
): { sql: string; values: (string | number)[] } {
  const { values, value } = sqlValues(parameter)
  const selects = scopes.map(({ group, seconds }, position) => {
    const since = value(at - seconds * 1000)
    const whose =
      group === undefined
        ? `session_viewer WHERE viewer = ${value(viewer.agent(agent))}`
        : `session_group WHERE name = ${value(group)}`
    return `SELECT ${position} AS position, ${sums} FROM session
      WHERE id IN (SELECT session FROM ${whose} AND received_at > ${since}) AND id <> ${value(except)}`
  })
  return { sql: `${selects.join(' UNION ALL ')} ORDER BY position`, values }
}

/** A row of `sumSpendings`, as either database gives it back. */
export function spendingOf(scope: SpendingScope, row: Readonly<Record<string, unknown>> | undefined): Spending {
  const { statements, result_rows: rows, bytes, cost, failures, denials } = row ?? {}
  return {
    ...scope,
    statements: Number(statements),
    rows: Number(rows),
    bytes: Number(bytes),
    cost: Number(cost),
    failures: Number(failures),
    denials: Number(denials),
  }
}
