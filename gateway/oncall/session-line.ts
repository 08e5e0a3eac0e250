import type { SessionLine } from '#src/oncall/internal-shapes.ts'
import type { SessionSummary } from '#src/record/event.ts'

const max = { sql: 300, tables: 20 } as const

/** A session as the bot hears of it. */
export function lineOf({ principal: _, hidesLiterals: _hides, sql, tables, ...line }: SessionSummary): SessionLine {
  return { ...line, tables: tables.slice(0, max.tables), sql: sql.slice(0, max.sql) }
}
