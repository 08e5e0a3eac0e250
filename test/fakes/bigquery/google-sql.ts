import { Dialect, transpile } from '@polyglot-sql/sdk'
import { rewrite } from './google-sql-rewrite.ts'
import { invalidQuery, isWord, type Token, textOfTokens, tokensOf } from './google-sql-tokens.ts'
import { inlineParameters, type QueryParameter } from './query-parameters.ts'
import { beforeSuffix, statementType, tablesIn, targetOf } from './statement-tables.ts'
import { demandTransferOptions } from './transfer-options.ts'
import { suffixed } from './wildcard-tables.ts'

export interface TableName {
  readonly project: string
  readonly dataset: string
  readonly table: string
}

export interface SqlContext {
  readonly project: string
  readonly defaultDataset?: string | undefined
  readonly parameters: readonly QueryParameter[]
  /** The hidden data set of a session, and the names of its temporary tables. */
  readonly session?: { readonly dataset: string; readonly tables: readonly string[] } | undefined
  /** `dataset.table` → when its copy from before the last write was taken. */
  readonly snapshots: ReadonlyMap<string, Date>
}

/** One statement of a query text, in DuckDB's words. */
export interface TranslatedStatement {
  readonly type: string
  readonly duckdb: string
  /** Tables in FROM, JOIN and subqueries, each once. The information schema is not among them. */
  readonly reads: readonly TableName[]
  readonly writes: TableName | undefined
  /** Words of the text, lower case: which columns it can touch. */
  readonly words: ReadonlySet<string>
  readonly ifExists: boolean
  /** Where its unqualified names resolve. */
  readonly defaultDataset: string | undefined
  readonly sessionDataset?: string | undefined
}

/** Splits and translates a query text; throws BigQuery's `invalidQuery`. */
export function translate(sql: string, context: SqlContext): TranslatedStatement[] {
  const tokens = inlineParameters(tokensOf(sql), context.parameters)
  const statements = splitAt(tokens, ';').filter(statement => statement.length > 0)
  if (statements.length === 0) throw invalidQuery('Syntax error: Unexpected end of script')
  return statements.map(statement => translateOne(statement, context))
}

function translateOne(original: readonly Token[], context: SqlContext): TranslatedStatement {
  const type = statementType(original)
  demandTransferOptions(original, type)
  const exported =
    type === 'EXPORT_DATA' ? original.slice(original.findIndex(token => isWord(token, 'AS')) + 1) : original
  const isTemporary = type.startsWith('CREATE_TABLE') && original.slice(0, 4).some(isTemporaryWord)
  if (isTemporary && !context.session) throw invalidQuery('Use of CREATE TEMPORARY TABLE requires a script or session')
  const made = isTemporary ? exported.filter((token, at) => at > 3 || !isTemporaryWord(token)) : exported
  const tokens = rewrite(made, context)
  const text = textOfTokens(tokens)
  const translated =
    type === 'LOAD_DATA'
      ? { success: true, sql: ['SELECT 0 AS loaded'] }
      : transpile(text, Dialect.BigQuery, Dialect.DuckDB)
  const duckdb = translated.success ? translated.sql?.[0] : undefined
  if (!duckdb) throw invalidQuery(`Syntax error: ${'error' in translated ? translated.error : 'unexpected input'}`)
  const target = targetOf(tokens, type)
  const qualified = (path: readonly string[]) => qualify(path, context)
  const written = target && (isTemporary ? inSession(target, context) : qualified(target))
  const reads = type === 'LOAD_DATA' ? [] : tablesIn(text)
  return {
    type,
    defaultDataset: context.defaultDataset,
    sessionDataset: context.session?.dataset,
    duckdb: type === 'MERGE' ? `${duckdb} RETURNING merge_action` : duckdb,
    reads: unique(reads.map(qualified)).filter(read => type !== 'INSERT' || !written || !same(read, written)),
    writes: written,
    words: new Set(
      original.flatMap((token, at) =>
        token.kind === 'word' || token.kind === 'quoted' ? token.text.toLowerCase() : starIn(original, at),
      ),
    ),
    ifExists: /^(drop|create|alter)\b.*?\bif (not )?exists\b/i.test(textOfTokens(tokens)),
  }
}

/** `*` of a select list reads every column; that of COUNT(*) and of a product reads none. */
function starIn(tokens: readonly Token[], at: number): string[] {
  const before = tokens[at - 1]?.text ?? ''
  return tokens[at]?.text === '*' && /^(select|distinct|all|,|\.)$/i.test(before) ? ['*'] : []
}

function splitAt(tokens: readonly Token[], symbol: string): Token[][] {
  const parts: Token[][] = [[]]
  for (const token of tokens) {
    if (token.kind === 'symbol' && token.text === symbol) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

const isTemporaryWord = (token: Token): boolean => isWord(token, 'TEMP') || isWord(token, 'TEMPORARY')

function inSession(path: readonly string[], { project, session }: SqlContext): TableName {
  const [table = '', dataset = '_SESSION'] = [...path].reverse()
  if (dataset !== '_SESSION') throw invalidQuery(`Temporary table ${path.join('.')} must not be qualified`)
  return { project, dataset: session?.dataset ?? '', table }
}

/** A temporary table comes before one of the default data set. */
function qualify(path: readonly string[], { project, defaultDataset, session }: SqlContext): TableName {
  const own = path.length === 1 && session?.tables.includes(path[0] ?? '') ? session.dataset : defaultDataset
  const [name = '', dataset = own, inProject = project] = [...path].reverse()
  const table = name.replace(beforeSuffix, '').replace(suffixed, '')
  if (dataset === undefined)
    throw invalidQuery(`Table "${table}" must be qualified with a dataset (e.g. dataset.table).`)
  return { project: inProject, dataset, table }
}

/** Each table once. */
export function unique(names: readonly TableName[]): TableName[] {
  return [...new Map(names.map(name => [`${name.project}.${name.dataset}.${name.table}`, name])).values()]
}

function same(left: TableName, right: TableName): boolean {
  return left.project === right.project && left.dataset === right.dataset && left.table === right.table
}
