import type { DatabaseSync } from 'node:sqlite'
import { type GrantQuery, type GrantRow, type GrantUse, grantOf, maxGrants, type StoredGrant } from './stored-grant.ts'

export function readGrants(db: DatabaseSync) {
  const grants = db.prepare(
    `SELECT body, mac, used FROM shape_grant WHERE (?1 IS NULL OR scope = ?1) AND (?2 IS NULL OR id = ?2)
     AND until > ?3 AND used < uses AND revoked_at IS NULL ORDER BY until, id LIMIT ?4`,
  )
  return {
    grants: ({ scope, id, liveAt }: GrantQuery): StoredGrant[] =>
      grants.all(scope ?? null, id ?? null, liveAt, maxGrants).map(grantOf),
  }
}

/** Parts of what is written in one transaction with the events of a session. */
export function writeGrants(db: DatabaseSync) {
  const add = db.prepare('INSERT INTO shape_grant VALUES (?, ?, ?, ?, 0, ?, ?, NULL, NULL)')
  const use = db.prepare(
    `UPDATE shape_grant SET used = used + 1 WHERE id = ? AND used < ? AND revoked_at IS NULL
     AND NOT EXISTS (SELECT 1 FROM session WHERE id = ?)`,
  )
  const end = db.prepare('UPDATE shape_grant SET revoked_at = ?, revoked_by = ? WHERE id = ? AND revoked_at IS NULL')
  return {
    add: (row: GrantRow): void => void add.run(...row),
    /** For a session that there is not yet. */
    use: ({ id, uses }: GrantUse, session: string): boolean => use.run(id, uses, session).changes === 1,
    end: (id: string, at: number, by: string): boolean => end.run(at, by, id).changes === 1,
  }
}
