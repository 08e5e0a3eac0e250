import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './sqlite-statement.ts'
import { type GrantQuery, type GrantRow, type GrantUse, grantOf, maxGrants, type StoredGrant } from './stored-grant.ts'

export function readGrants(db: DatabaseSync) {
  const grants = prepare(
    db,
    `SELECT body, mac, used FROM shape_grant WHERE ($scope IS NULL OR scope = $scope) AND ($id IS NULL OR id = $id)
     AND until > $liveAt AND used < uses AND revoked_at IS NULL ORDER BY until, id LIMIT ${maxGrants}`,
  )
  return {
    grants: ({ scope, id, liveAt }: GrantQuery): StoredGrant[] =>
      grants.all({ scope: scope ?? null, id: id ?? null, liveAt }).map(grantOf),
  }
}

/** Parts of what is written in one transaction with the events of a session. */
export function writeGrants(db: DatabaseSync) {
  const add = prepare(
    db,
    `INSERT INTO shape_grant (id, scope, until, uses, used, body, mac) VALUES ($id, $scope, $until, $uses, 0, $body, $mac)`,
  )
  const use = prepare(
    db,
    `UPDATE shape_grant SET used = used + 1 WHERE id = $id AND used < $uses AND revoked_at IS NULL
     AND NOT EXISTS (SELECT 1 FROM session WHERE id = $session)`,
  )
  const end = prepare(
    db,
    'UPDATE shape_grant SET revoked_at = $at, revoked_by = $by WHERE id = $id AND revoked_at IS NULL',
  )
  return {
    add: (row: GrantRow): void => void add.run(row),
    /** For a session that there is not yet. */
    use: ({ id, uses }: GrantUse, session: string): boolean => use.run({ id, uses, session }).changes === 1,
    end: (id: string, at: number, by: string): boolean => end.run({ id, at, by }).changes === 1,
  }
}
