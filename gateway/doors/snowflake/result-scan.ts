import { parseQueryId } from './query-id.ts'

/**
 * The statement whose result is asked for again, where the text is to the letter what drivers send by themselves for a
 * statement that did not wait. Any other use of RESULT_SCAN is judged like every statement.
 */
export function scannedQuery(sql: string): string | undefined {
  const [, queryId] = /^select \* from table\(result_scan\('([0-9a-f-]{36})'\)\)\s*;?$/i.exec(sql.trim()) ?? []
  return queryId !== undefined && parseQueryId(queryId) ? queryId : undefined
}
