import { Dialect, generate } from '@polyglot-sql/sdk'
import { isRecord, type TableName } from './roles.ts'

/** What `rowtype` calls a column, and the table it comes from where it is a plain column of one. */
export interface OutputColumn {
  readonly name: string
  readonly source: TableName | undefined
}

export interface SourceTable {
  readonly alias: string
  readonly table: TableName
  readonly columns: readonly string[]
}

const nameOf = (node: unknown): string | undefined =>
  isRecord(node) && typeof node.name === 'string' ? node.name : undefined

/** The SELECT that names a query's output: the left-most one of a set operation. */
export function outputSelect(ast: unknown): Record<string, unknown> | undefined {
  if (!isRecord(ast)) return undefined
  if (isRecord(ast.select)) return ast.select
  for (const operation of ['union', 'except', 'intersect']) {
    const node = ast[operation]
    if (isRecord(node)) return outputSelect(node.left)
  }
  return undefined
}

/** The FROM and JOIN entries of a SELECT that are tables; nothing where any entry is something else. */
export function fromTables(select: Record<string, unknown>): readonly Record<string, unknown>[] | undefined {
  const from = isRecord(select.from) && Array.isArray(select.from.expressions) ? select.from.expressions : []
  const joins = Array.isArray(select.joins) ? select.joins.map(join => (isRecord(join) ? join.this : undefined)) : []
  const tables = [...from, ...joins].map(entry => (isRecord(entry) && isRecord(entry.table) ? entry.table : undefined))
  return tables.every(table => table !== undefined) ? tables : undefined
}

function sourceOf(column: unknown, sources: readonly SourceTable[]): TableName | undefined {
  if (!isRecord(column)) return undefined
  const name = nameOf(column.name)
  const qualifier = nameOf(column.table)
  const found = sources.filter(
    source => source.columns.includes(name ?? '') && (qualifier === undefined || source.alias === qualifier),
  )
  return found.length === 1 ? found[0]?.table : undefined
}

function starColumns(star: unknown, sources: readonly SourceTable[]): OutputColumn[] {
  const qualifier = isRecord(star) ? nameOf(star.table) : undefined
  return sources
    .filter(({ alias }) => qualifier === undefined || alias === qualifier)
    .flatMap(({ columns, table }) => columns.map(name => ({ name, source: table })))
}

function expressionText(node: unknown): string | undefined {
  const generated = generate([node], Dialect.Snowflake)
  return generated.success ? generated.sql?.[0] : undefined
}

/**
 * Names the columns of a result as Snowflake does: an alias, a column's own name, or the expression's text. A column
 * has a source only where the projection is the column itself. Falls back to DuckDB's names where the count differs.
 */
export function outputColumns(
  select: Record<string, unknown> | undefined,
  sources: readonly SourceTable[],
  duckDbNames: readonly string[],
): readonly OutputColumn[] {
  const projections = select !== undefined && Array.isArray(select.expressions) ? select.expressions : []
  const described = projections.flatMap((projection, index): OutputColumn[] => {
    if (!isRecord(projection)) return []
    if ('star' in projection) return starColumns(projection.star, sources)
    const alias = projection.alias
    if (isRecord(alias)) {
      const inner = isRecord(alias.this) ? alias.this.column : undefined
      return [{ name: nameOf(alias.alias) ?? '', source: sourceOf(inner, sources) }]
    }
    const column = projection.column
    if (isRecord(column)) return [{ name: nameOf(column.name) ?? '', source: sourceOf(column, sources) }]
    return [{ name: expressionText(projection) ?? duckDbNames[index] ?? '', source: undefined }]
  })
  if (described.length === duckDbNames.length) return described
  return duckDbNames.map(name => ({ name, source: undefined }))
}
