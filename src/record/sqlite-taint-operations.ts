import type { DatabaseSync } from 'node:sqlite'
import type { Taint } from '../decide/taint.ts'
import { taintOf } from './taint-row.ts'

export function readTaints(db: DatabaseSync) {
  const taints = db.prepare(
    `SELECT connection, column_name, class, mask, session, at FROM taint WHERE cleared_at IS NULL
     AND (?1 IS NULL OR connection IN (SELECT value FROM json_each(?1))) AND (?2 IS NULL OR table_name IN (SELECT value FROM json_each(?2)))
     ORDER BY at, column_name`,
  )
  return {
    taints(connections: readonly string[] | null, tables: readonly string[] | null): Taint[] {
      return taints.all(connections && JSON.stringify(connections), tables && JSON.stringify(tables)).map(taintOf)
    },
  }
}

export function writeTaints(db: DatabaseSync) {
  const add = db.prepare('INSERT INTO taint VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL) ON CONFLICT DO NOTHING')
  const clear = db.prepare(
    `UPDATE taint SET cleared_at = ?, cleared_by = ?, reason = ?
     WHERE connection IN (SELECT value FROM json_each(?)) AND table_name = ? AND cleared_at IS NULL
     AND session NOT IN (SELECT id FROM session WHERE state IN ('claimed', 'unknown'))`,
  )
  return {
    taint(rows: readonly (readonly (string | number)[])[]): void {
      for (const row of rows) add.run(...row)
    },
    clearTaints(...values: (string | number)[]): boolean {
      return clear.run(...values).changes > 0
    },
  }
}
