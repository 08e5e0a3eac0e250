import { Dialect, parse } from '@polyglot-sql/sdk'
import { invalidQuery, isWord, type Token } from './google-sql-tokens.ts'

/** Marks the copy of a table from before its last write. */
export const beforeSuffix = '@before'

/** `statementType` as jobs report it; throws `invalidQuery` for what the stand-in does not run. */
export function statementType(tokens: readonly Token[]): string {
  const words = tokens.slice(0, 8).map(token => token.text.toUpperCase())
  const [first = '', second = ''] = words
  if (['SELECT', 'WITH', 'FROM', '('].includes(first)) return 'SELECT'
  if (['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(first)) return first
  if (first === 'TRUNCATE') return 'TRUNCATE_TABLE'
  if ((first === 'EXPORT' || first === 'LOAD') && second === 'DATA') return `${first}_DATA`
  const object = words.find(word => ['TABLE', 'VIEW', 'SCHEMA'].includes(word))
  if (['CREATE', 'DROP', 'ALTER'].includes(first) && object) {
    const asSelect = object === 'TABLE' && first === 'CREATE' && tokens.some(token => isWord(token, 'AS'))
    return `${first}_${object}${asSelect ? '_AS_SELECT' : ''}`
  }
  throw invalidQuery(`Syntax error: Unexpected keyword or identifier "${tokens[0]?.text}" at [1:1]`)
}

/** Path of the table a DML or DDL statement names first. */
export function targetOf(tokens: readonly Token[], type: string): string[] | undefined {
  if (type === 'SELECT' || type === 'EXPORT_DATA') return undefined
  const skipped =
    /^(insert|into|overwrite|update|delete|from|merge|truncate|create|or|replace|temp|temporary|drop|alter|load|data|table|view|schema|if|not|exists)$/i
  const start = tokens.findIndex(token => token.kind === 'quoted' || !skipped.test(token.text))
  const path: string[] = []
  for (let at = start; at >= 0 && at < tokens.length; at += 2) {
    path.push(tokens[at]?.text ?? '')
    if (tokens[at + 1]?.text !== '.') break
  }
  return type.endsWith('_SCHEMA') ? [...path, ''] : path
}

/** Paths of the tables in FROM, JOIN and subqueries of a query text, without names of common table expressions. */
export function tablesIn(text: string): string[][] {
  const { success, ast, error } = parse(text, Dialect.BigQuery)
  if (!success) throw invalidQuery(`Syntax error: ${error}`)
  const tables: string[][] = []
  const expressions = new Set<string>()
  const visit = (node: unknown, key: string): void => {
    if (Array.isArray(node)) for (const entry of node) visit(entry, key)
    if (typeof node !== 'object' || node === null) return
    const { name, schema, catalog, alias } = node as Record<string, { name?: string } | null | undefined>
    if (key === 'table' && typeof name?.name === 'string') {
      tables.push([catalog?.name, schema?.name, name.name].filter(part => typeof part === 'string'))
    }
    if (key === 'ctes' && alias?.name) expressions.add(alias.name.toLowerCase())
    for (const [name, value] of Object.entries(node)) visit(value, name)
  }
  visit(ast, '')
  return tables.filter(path => {
    if (path.at(-1)?.toUpperCase().startsWith('INFORMATION_SCHEMA.')) return false
    return path.length > 1 || !expressions.has(path[0]?.toLowerCase() ?? '')
  })
}
