import { randomUUID } from 'node:crypto'
import type { Access, AccessQuery } from './access.ts'
import { storable } from './session-row.ts'
import { sqlValues } from './sql-values.ts'

const maxLimit = 1_000

/** An access as the SQL stores keep it; `body` is the whole of it as JSON. */
interface AccessRow {
  readonly id: string
  readonly at: number
  readonly person: string
  readonly body: string
}

export function accessRow(access: Access): AccessRow {
  return { id: randomUUID(), at: access.at, person: storable(access.person), body: JSON.stringify(access) }
}

/** The one SELECT behind `accesses`. Everything the asker said travels as a parameter. */
export function searchAccesses(
  { person, since, limit = 50 }: AccessQuery,
  parameter: (n: number) => string,
): { sql: string; values: (string | number)[] } {
  const { values, value } = sqlValues(parameter)
  const wanted = [
    ...(person === undefined ? [] : [`person = ${value(person)}`]),
    ...(since === undefined ? [] : [`at >= ${value(since)}`]),
  ]
  const most = Math.min(Math.max(Math.trunc(limit), 1), maxLimit)
  return {
    sql: `SELECT body FROM access ${wanted.length === 0 ? '' : `WHERE ${wanted.join(' AND ')}`}
      ORDER BY at DESC, id DESC LIMIT ${value(most)}`,
    values,
  }
}
