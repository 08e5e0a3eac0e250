import type { Statement } from '#src/statement.ts'
import { formatParameter } from './snowflake-wire/wire-call.ts'

/** Parameters of the gateway's own statements: bounded whatever the decision on an agent's will say. */
export const ownLimits = { STATEMENT_TIMEOUT_IN_SECONDS: 10, ROWS_PER_RESULTSET: 10_000, MULTI_STATEMENT_COUNT: 1 }

const ours = new Set([
  ...['QUERY_TAG', 'STATEMENT_TIMEOUT_IN_SECONDS', 'ROWS_PER_RESULTSET', 'MULTI_STATEMENT_COUNT'],
  formatParameter,
])

/** Those of an agent's statement, by which its text means what it means, with the gateway's in the place of any of ours. */
export function boundedBy<P extends object>({ parameters }: Pick<Statement, 'parameters'>, limits: P) {
  return {
    ...Object.fromEntries(Object.entries(parameters).filter(([name]) => !ours.has(name.toUpperCase()))),
    ...limits,
  }
}
