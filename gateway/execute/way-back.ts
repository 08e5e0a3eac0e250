import type { Classification } from '#src/classify/classification.ts'
import type { Statement } from '#src/statement.ts'

/** A count over one table by its plain name, as `classify` writes it: anything else gives no way back. */
const countForm = /^\s*select\s+count\(\s*\*\s*\)(?:\s+as\s+\w+)?\s+from\s+([^\s,;()]+)(\s+where\s[\s\S]+)?[\s;]*$/i

/**
 * SQL that undoes a write, where it can be said for certain: rows deleted from one table, an emptied table, a dropped one
 * (Snowflake). `at` is the time travel clause of the moment before the statement.
 */
export function wayBack(statement: Statement, classification: Classification, at: string): string | undefined {
  const { kind, countSql, writes, statements } = classification
  const [table] = writes
  if (statements !== 1 || writes.length !== 1 || !table) return undefined
  if (kind === 'delete' && countSql) {
    const [, name, predicate = ''] = countForm.exec(countSql) ?? []
    return name ? `insert into ${name} select * from ${name} ${at}${withoutEnd(predicate)}` : undefined
  }
  if (kind === 'truncate') return `insert into ${table} select * from ${table} ${at}`
  if (kind === 'drop' && statement.dialect === 'snowflake' && /^\s*drop\s+table\b/i.test(statement.sql))
    return `undrop table ${table}`
  return undefined
}

/** Without the blanks and semicolons at the end; from there, because any run of them may be inside of a text. */
function withoutEnd(sql: string): string {
  let end = sql.length
  while (/[\s;]/.test(sql.charAt(end - 1))) end -= 1
  return sql.slice(0, end)
}
