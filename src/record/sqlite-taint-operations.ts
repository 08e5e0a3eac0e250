import type { DatabaseSync } from 'node:sqlite'
import type { Taint } from '../decide/taint.ts'
import type { TaintClearing } from './record-store.ts'
import { prepare } from './sqlite-statement.ts'
import { taintOf, type taintRow } from './taint-row.ts'

export function readTaints(db: DatabaseSync) {
  const taints = prepare(
    db,
    `SELECT connection, column_name, class, mask, session, at FROM taint WHERE cleared_at IS NULL
     AND ($connections IS NULL OR connection IN (SELECT value FROM json_each($connections)))
     AND ($tables IS NULL OR table_name IN (SELECT value FROM json_each($tables)))
     ORDER BY at, column_name`,
  )
  return {
    taints(connections: readonly string[] | null, tables: readonly string[] | null): Taint[] {
      const asked = {
        connections: connections && JSON.stringify(connections),
        tables: tables && JSON.stringify(tables),
      }
      return taints.all(asked).map(taintOf)
    },
  }
}

export function writeTaints(db: DatabaseSync) {
  const add = prepare(
    db,
    `INSERT INTO taint (connection, table_name, column_name, class, mask, session, at)
     VALUES ($connection, $table, $column, $class, $mask, $session, $at) ON CONFLICT DO NOTHING`,
  )
  const clear = prepare(
    db,
    `UPDATE taint SET cleared_at = $at, cleared_by = $by, reason = $reason
     WHERE connection IN (SELECT value FROM json_each($connections)) AND table_name = $table AND cleared_at IS NULL
     AND session NOT IN (SELECT id FROM session WHERE state IN ('claimed', 'unknown'))`,
  )
  return {
    taint(rows: readonly ReturnType<typeof taintRow>[]): void {
      for (const row of rows) add.run(row)
    },
    clearTaints({ connections, ...clearing }: TaintClearing): boolean {
      return clear.run({ ...clearing, connections: JSON.stringify(connections) }).changes > 0
    },
  }
}
