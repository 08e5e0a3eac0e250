import type { SessionQuery } from './record-store.ts'
import { searchedName } from './session-row.ts'
import { sqlValues } from './sql-values.ts'
import { ownerViewers, viewer } from './viewer.ts'

const maxLimit = 1_000
const maxText = 200
/** Characters of the statement that a look-up shows; the whole text is in the session itself. */
const shownSql = 2_000

/** By the decision it was made under or ran on. JSON escapes the quotes in its texts, so that none of them reads like this. */
const hidesLiterals = `EXISTS (SELECT 1 FROM event WHERE event.session = session.id AND kind IN ('decided', 'claimed')
  AND body LIKE '%"hidesLiterals":true%') AS hides_literals`

/** How the two databases differ: the n-th parameter (from 1), and the comparison that ignores case. */
interface SearchDialect {
  readonly parameter: (n: number) => string
  readonly like: 'LIKE' | 'ILIKE'
}

/**
 * The one SELECT behind `find`: newest first where not asked otherwise, sessions of the same millisecond by id. Everything the
 * asker said travels as a parameter. Text is looked for as it stands, without regard to case (SQLite: of ASCII letters only).
 */
export function searchSessions(
  query: SessionQuery,
  { parameter, like }: SearchDialect,
): { sql: string; values: (string | number)[] } {
  const { values, value } = sqlValues(parameter)
  const anyOf = (given: readonly string[]) => `(${given.map(value).join(', ')})`
  const viewedBy = (viewers: readonly string[]) =>
    `id IN (SELECT session FROM session_viewer WHERE viewer IN ${anyOf(viewers)})`
  const wanted: string[] = []
  if (query.id !== undefined) wanted.push(`id = ${value(query.id)}`)
  if (query.person !== undefined) wanted.push(viewedBy([...ownerViewers(query.person), viewer.reviewer(query.person)]))
  if (query.costOver !== undefined) wanted.push(`cost > ${value(query.costOver)}`)
  if (query.visibleTo) {
    const { agents, viewers } = query.visibleTo
    const seen = [
      ...(agents.length > 0 ? [`agent IN ${anyOf(agents)}`] : []),
      ...(viewers.length > 0 ? [viewedBy(viewers)] : []),
    ]
    wanted.push(seen.length > 0 ? `(${seen.join(' OR ')})` : 'false')
  }
  if (query.agent !== undefined) {
    const { agentKeys: also = [] } = query
    const named = `agent = ${value(query.agent)}`
    wanted.push(also.length > 0 ? `(${named} OR ${viewedBy(also.map(viewer.agent))})` : named)
  }
  if (query.principal !== undefined) wanted.push(`principal = ${value(query.principal)}`)
  if (query.rule !== undefined) wanted.push(`rule = ${value(query.rule)}`)
  if (query.shape !== undefined) wanted.push(`shape = ${value(query.shape)}`)
  if (query.state !== undefined) wanted.push(`state = ${value(query.state)}`)
  if (query.openReview) wanted.push('id IN (SELECT session FROM after_review WHERE closed_at IS NULL)')
  if (query.since !== undefined) wanted.push(`received_at >= ${value(query.since)}`)
  if (query.until !== undefined) wanted.push(`received_at < ${value(query.until)}`)
  if (query.table !== undefined) {
    wanted.push(`id IN (SELECT session FROM session_table WHERE name = ${value(searchedName(query.table))})`)
  }
  if (query.text !== undefined) {
    const literal = query.text.slice(0, maxText).replaceAll(/[\\%_]/g, '\\$&')
    wanted.push(`sql ${like} ${value(`%${literal}%`)} ESCAPE '\\'`)
  }
  if (query.before !== undefined) {
    const behind = query.oldestFirst ? '>' : '<'
    wanted.push(`(received_at, id) ${behind} (SELECT received_at, id FROM session WHERE id = ${value(query.before)})`)
  }
  // What the past of a shape is shown without, and every held statement asks for, is not looked up.
  const hides = query.shape === undefined ? `, ${hidesLiterals}` : ''
  const order = query.oldestFirst ? 'ASC' : 'DESC'
  const limit = Math.min(Math.max(Math.trunc(query.limit ?? 50), 1), maxLimit)
  return {
    sql: `SELECT id, state, received_at, principal, agent, connection, kind, tables, rule, substr(sql, 1, ${shownSql}) AS sql, result_rows, cost${hides}
      FROM session ${wanted.length === 0 ? '' : `WHERE ${wanted.join(' AND ')}`}
      ORDER BY received_at ${order}, id ${order} LIMIT ${value(limit)}`,
    values,
  }
}
