import { parseQueryId } from './query-id.ts'

/**
 * The statement whose result is asked for again, where the text is to the letter what drivers send by themselves for a
 * statement that did not wait. Any other use of RESULT_SCAN is judged like every statement.
 */
export function scannedQuery(sql: string): string | undefined {
  const [, queryId] = /^select \* from table\(result_scan\('([0-9a-f-]{36})'\)\)\s*;?$/i.exec(sql.trim()) ?? []
  return queryId !== undefined && parseQueryId(queryId) ? queryId : undefined
}

/** What the Node driver sends in the place of a statement, where it is asked for the answer to an earlier request by that one's id. */
export function isAskedAgain(sql: string, requestId: string): boolean {
  const [, earlier] =
    /^SELECT 'Error retrieving query results for request id: ([\w-]{8,64}), please use RESULT_SCAN instead' AS ErrorMessage;$/.exec(
      sql,
    ) ?? []
  return earlier?.toLowerCase() === requestId
}
