import { type Result, statementType } from './result.ts'
import type { Statement } from './statement.ts'

/** By which parameter a client chooses the format of its rows. What has none reads JSON. */
const parameters: Readonly<Record<string, string>> = {
  PythonConnector: 'PYTHON_CONNECTOR_QUERY_RESULT_FORMAT',
  PythonSnowpark: 'PYTHON_CONNECTOR_QUERY_RESULT_FORMAT',
  Go: 'GO_QUERY_RESULT_FORMAT',
  JDBC: 'JDBC_QUERY_RESULT_FORMAT',
  ODBC: 'ODBC_QUERY_RESULT_FORMAT',
  C_API: 'C_API_QUERY_RESULT_FORMAT',
}

/** Arrow by default, but the rows of queries only: what other statements answer is JSON until Arrow is forced. */
export function formatOf({ session, parameters: own }: Statement, { typeId }: Result): 'json' | 'arrow' {
  const name = parameters[session.client]
  if (name === undefined) return 'json'
  const format = String(own.get(name) ?? session.parameters.get(name) ?? 'ARROW').toUpperCase()
  if (format === 'ARROW_FORCE') return 'arrow'
  return format === 'ARROW' && typeId === statementType.select ? 'arrow' : 'json'
}
