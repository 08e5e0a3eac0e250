import { Dialect, transpile } from '@polyglot-sql/sdk'
import { informationSchema, quoted, quotedTable } from './database.ts'
import type { TableName } from './roles.ts'
import { syntaxError, unknownStatement } from './snowflake-error.ts'
import { namePattern, replaceInCode } from './sql-text.ts'

export interface Names {
  /** A possibly qualified name, completed with the session's database and schema. */
  resolve(name: string): TableName
  readonly hasTemporary: boolean
  isTemporary(table: TableName): boolean
  asOf(table: TableName, queryId: string, when: 'AT' | 'BEFORE'): TableName | undefined
  /** The session's statement ids; -1 is the last one. */
  queryIdAt(index: number): string
}

/** Where the rows of earlier results and the query history are put before a statement that reads them. */
export const resultTable = (queryId: string) => `"temp"."main"."result ${queryId}"`
export const historyTable = '"temp"."main"."query history"'

const resultScan = /\bTABLE\s*\(\s*RESULT_SCAN\s*\(\s*'([^']*)'\s*\)\s*\)/g
const historyFunction =
  /\bTABLE\s*\(\s*(?:(?:"?DEMO"?)\s*\.\s*)?INFORMATION_SCHEMA\s*\.\s*QUERY_HISTORY(?:_BY_USER|_BY_SESSION)?\s*\(((?:[^()]|\([^()]*\))*)\)\s*\)/g
const timeTravel = new RegExp(`(${namePattern})\\s+(AT|BEFORE)\\s*\\(\\s*STATEMENT\\s*=>\\s*'([^']*)'\\s*\\)`, 'g')
const lastQueryId = /\bLAST_QUERY_ID\s*\(\s*(-?\d+)?\s*\)/g
const clone = new RegExp(`^(CREATE\\b.*?\\bTABLE\\s+(?:IF NOT EXISTS\\s+)?${namePattern})\\s+CLONE\\s+`)

/** The statement with names that functions give written out, so that its tables can be read off it. */
export function expand(sql: string, names: Names): string {
  return sql
    .replace(lastQueryId, (_, index: string | undefined) => `'${names.queryIdAt(Number(index ?? -1))}'`)
    .replace(/\bIDENTIFIER\s*\(\s*'([^']*)'\s*\)/g, (_, name: string) => name.toUpperCase())
    .replace(clone, '$1 AS SELECT * FROM ')
}

const nameOrString = new RegExp(`'(?:[^'\\\\]|''|\\\\.)*'|(?<![\\w$".])${namePattern}`, 'g')

/** The statement with the session's temporary tables called by DuckDB's name for them, under whatever name it has them. */
function withTemporary(sql: string, names: Names): string {
  return sql.replace(nameOrString, text => {
    if (text.startsWith("'") || /^\d/.test(text)) return text
    const table = names.resolve(text)
    return names.isTemporary(table) ? `"temp"."main".${quoted(table.table)}` : text
  })
}

/** The statement with `AT` and `BEFORE` replaced by the table that holds the rows of that time. */
export function travel(sql: string, names: Names): string {
  const own = names.hasTemporary ? withTemporary(sql, names) : sql
  return own.replace(timeTravel, (_, name: string, when: string, queryId: string) => {
    const table = names.asOf(names.resolve(name), queryId, when === 'AT' ? 'AT' : 'BEFORE')
    if (table === undefined) throw unknownStatement(queryId)
    return quotedTable(table)
  })
}

/** Ids whose results a statement reads by RESULT_SCAN. */
export function scannedResults(sql: string): readonly string[] {
  return [...sql.matchAll(resultScan)].map(match => match[1] ?? '')
}

/** The arguments of QUERY_HISTORY where a statement reads it. */
export function historyArguments(sql: string): string | undefined {
  historyFunction.lastIndex = 0
  return historyFunction.exec(sql)?.[1]
}

/** Snowflake's statement, expanded, in DuckDB's words. */
export function toDuckDb(sql: string): string {
  const prepared = sql
    .replace(resultScan, (_, queryId: string) => resultTable(queryId))
    .replace(historyFunction, historyTable)
    .replace(/(?:(?:"DEMO"|\bDEMO)\s*\.\s*)?\bINFORMATION_SCHEMA\s*\.\s*/g, `${informationSchema}.`)
  const translated = transpile(prepared, Dialect.Snowflake, Dialect.DuckDB)
  const [statement] = translated.sql ?? []
  if (!translated.success || statement === undefined) throw syntaxError(`syntax error ${translated.error ?? ''}`)
  return [
    [/(?<!:):(\d+)\b/g, '$$$1'],
    [/\bVARIANT\b/g, 'JSON'],
    [/\bCURRENT_TIMESTAMP\(\)/g, 'CURRENT_TIMESTAMP'],
    [/\bVERSION\(\)/g, 'CURRENT_VERSION()'],
    [/\bINTERVAL (-\d+)\b/g, 'INTERVAL ($1)'],
  ].reduce(
    (text, [pattern, replacement]) => replaceInCode(text, pattern as RegExp, replacement as string),
    withFormats(statement),
  )
}

const formatElements: readonly [string, string][] = [
  ['YYYY', '%Y'],
  ['MM', '%m'],
  ['DD', '%d'],
  ['HH24', '%H'],
  ['MI', '%M'],
  ['SS', '%S'],
  ['MON', '%b'],
  ['DY', '%a'],
]

/** TO_CHAR's format in the words of strftime, which the translation leaves as they are. */
function withFormats(sql: string): string {
  return sql.replace(/\bSTRFTIME\((.+?), '([^']*)'\)/g, (_, value: string, format: string) => {
    const translated = formatElements.reduce(
      (text, [from, to]) => text.replace(new RegExp(`(?<!%)${from}`, 'gi'), to),
      format,
    )
    return `STRFTIME(${value}, '${translated}')`
  })
}
