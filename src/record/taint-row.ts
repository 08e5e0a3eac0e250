import { tableOf } from '../classify/column-name.ts'
import type { MaskKind } from '../decide/decision.ts'
import type { Taint } from '../decide/taint.ts'

/** A taint as its table holds it; tables are compared without regard to case. */
export function taintRow({ connection, table, column, class: name, mask, session, at }: Taint) {
  return { connection, table: table.toLowerCase(), column, class: name, mask, session, at }
}

export function taintOf(row: Readonly<Record<string, unknown>>): Taint {
  const column = String(row.column_name)
  return {
    connection: String(row.connection),
    table: tableOf(column),
    column,
    class: String(row.class),
    mask: String(row.mask) as MaskKind,
    session: String(row.session),
    at: Number(row.at),
  }
}
