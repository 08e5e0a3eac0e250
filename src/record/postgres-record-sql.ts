import { type NumberedStatement, numbered } from './named-values.ts'
import { sessionColumns, sharedReads, sharedWrites } from './record-sql.ts'
import { maxGrants } from './stored-grant.ts'

/*
 * The record's statements in PostgreSQL. Each write is one statement and so one transaction in one round trip; its last line says
 * how many sessions it took hold of, and with what durability it was committed. Of callers that race, the row lock of the
 * first UPDATE lets one through, and the others see what it left.
 */
const now = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'
const done = (from: string) =>
  `SELECT count(*)::int AS done, current_setting('synchronous_commit') AS durability FROM ${from}`

/** One that is all of its write. */
const alone = (write: string) => `WITH changed AS (${write} RETURNING 1)
${done('changed')}`

/** Events travel as three arrays. `session` is a CTE with `id`, and `events` as counted after them. */
const events = (session: string) => `added AS (
  INSERT INTO event (session, n, at, kind, body)
  SELECT id, events - cardinality($ats::bigint[]) + n::int - 1, at, kind, body
  FROM ${session}, unnest($ats::bigint[], $kinds::text[], $bodies::text[]) WITH ORDINALITY AS e (at, kind, body, n))`

/** Who may look it up; `session` is a CTE with `id` and `received_at`. */
const viewers = (session: string) => `seen AS (
  INSERT INTO session_viewer (viewer, received_at, session)
  SELECT viewer, received_at, id FROM ${session}, unnest($viewers::text[]) AS viewer ON CONFLICT DO NOTHING),`

const claimed = (session: string) => `INSERT INTO claim (session, holder, at) SELECT id, $by, ${now} FROM ${session}`

/** Whoever waits for the grant's row sees what the others left. */
const open = `WITH used AS (
  UPDATE shape_grant SET used = used + 1 WHERE id = $grant::text AND used < $uses::int AND revoked_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM session WHERE id = $id) RETURNING 1),
opened AS (
  INSERT INTO session (${sessionColumns})
  SELECT $id, $state, $receivedAt::bigint, $principal, $agent, $connection, $kind, $tables, $rule, $sql, $shape,
    $rows::bigint, $bytes::bigint, $cost::double precision, $code, cardinality($ats::bigint[])
  WHERE $grant::text IS NULL OR EXISTS (SELECT 1 FROM used)
  ON CONFLICT DO NOTHING RETURNING id, state, received_at, events),
taken AS (${claimed('opened')} WHERE state = 'claimed'),
named AS (INSERT INTO session_table (name, session) SELECT name, id FROM opened, unnest($names::text[]) AS name),
grouped AS (
  INSERT INTO session_group (name, received_at, session)
  SELECT name, received_at, id FROM opened, unnest($groups::text[]) AS name),
${viewers('opened')}
${events('opened')}
${done('opened')}`

/** A condition on the claim's holder, where one is given. The share lock keeps a claim from being taken over until this is committed. */
const held = 'held AS (SELECT 1 FROM claim WHERE session = $id AND holder = $holder FOR SHARE)'
const isHeld = '($holder::text IS NULL OR EXISTS (SELECT 1 FROM held))'

const append = `WITH ${held},
grown AS (
  UPDATE session SET events = events + cardinality($ats::bigint[]) WHERE id = $id AND ${isHeld} RETURNING id, events),
${events('grown')}
${done('grown')}`

const claim = `WITH moved AS (
  UPDATE session SET state = 'claimed', events = events + 1 WHERE id = $id AND state = 'held'
  RETURNING id, received_at, events),
taken AS (${claimed('moved')}),
granted AS (
  INSERT INTO shape_grant (id, scope, until, uses, used, body, mac)
  SELECT $grant, $scope, $until::bigint, $uses::int, 0, $body, $mac FROM moved WHERE $grant::text IS NOT NULL),
to_review AS (
  INSERT INTO after_review (session, opened_at) SELECT id, $reviewAt::bigint FROM moved WHERE $reviewAt::bigint IS NOT NULL),
${viewers('moved')}
${events('moved')}
${done('moved')}`

const conclude = `WITH ${held},
moved AS (
  UPDATE session SET state = $to, events = events + cardinality($ats::bigint[]),
    result_rows = coalesce($rows::bigint, result_rows), bytes = coalesce($bytes::bigint, bytes),
    cost = coalesce($cost::double precision, cost), code = $code
  WHERE id = $id AND state = ANY ($from::text[]) AND ${isHeld} RETURNING id, received_at, events),
${viewers('moved')}
${events('moved')}
${done('moved')}`

const revokeGrant = `WITH ended AS (
  UPDATE shape_grant SET revoked_at = $at, revoked_by = $by WHERE id = $id AND revoked_at IS NULL RETURNING id),
grown AS (
  UPDATE session SET events = events + cardinality($ats::bigint[]) FROM ended WHERE session.id = ended.id
  RETURNING session.id, events),
${events('grown')}
${done('grown')}`

const grants = `SELECT body, mac, used FROM shape_grant WHERE ($scope::text IS NULL OR scope = $scope)
AND ($id::text IS NULL OR id = $id) AND until > $liveAt AND used < uses AND revoked_at IS NULL
ORDER BY until, id LIMIT ${maxGrants}`

const closeReview = `WITH closed AS (
  UPDATE after_review SET closed_at = $at WHERE session = $id AND closed_at IS NULL RETURNING session),
grown AS (
  UPDATE session SET events = events + 1 WHERE id IN (SELECT session FROM closed) RETURNING id, events),
${events('grown')}
${done('grown')}`

const takeOver = alone(`UPDATE claim SET holder = $by, at = ${now}
  WHERE session = $id AND holder = $from AND at <= ${now} - $deadMilliseconds::bigint
  AND NOT EXISTS (SELECT 1 FROM gateway WHERE id = $from AND seen_at > ${now} - $deadMilliseconds::bigint)`)

const heartbeat = alone(`INSERT INTO gateway (id, seen_at) VALUES ($gateway, ${now})
  ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`)

/** Arrays, with one of each for each taint. */
const taint = alone(`INSERT INTO taint (connection, table_name, column_name, class, mask, session, at)
  SELECT * FROM unnest($connection::text[], $table::text[], $column::text[], $class::text[], $mask::text[], $session::text[],
    $at::bigint[]) ON CONFLICT DO NOTHING`)

const clearTaints = `WITH cleared AS (
  UPDATE taint SET cleared_at = $at, cleared_by = $by, reason = $reason
  WHERE connection = ANY ($connections::text[]) AND table_name = $table AND cleared_at IS NULL
  AND session NOT IN (SELECT id FROM session WHERE state IN ('claimed', 'unknown')) RETURNING 1)
SELECT least(count(*), 1)::int AS done, current_setting('synchronous_commit') AS durability FROM cleared`

const taints = `SELECT connection, column_name, class, mask, session, at FROM taint WHERE cleared_at IS NULL
AND ($connections::text[] IS NULL OR connection = ANY ($connections::text[]))
AND ($tables::text[] IS NULL OR table_name = ANY ($tables::text[])) ORDER BY at, column_name`

const inState = `SELECT id, state, holder FROM session LEFT JOIN claim ON claim.session = session.id
WHERE state = ANY ($states::text[]) ORDER BY received_at, id`

const stops = `SELECT session, body FROM event WHERE kind IN ('kill', 'withdrawn') AND session = ANY ($ids::text[]) ORDER BY session, n`

const own = {
  open,
  append,
  claim,
  conclude,
  closeReview,
  takeOver,
  heartbeat,
  taint,
  clearTaints,
  revokeGrant,
} as const

function allNumbered<Name extends string>(
  statements: Readonly<Record<Name, string>>,
): Readonly<Record<Name, NumberedStatement>> {
  const entries = Object.entries<string>(statements).map(([name, sql]) => [name, numbered(sql, '$')] as const)
  return Object.fromEntries(entries) as Record<Name, NumberedStatement>
}

const shared = Object.entries(sharedWrites).map(([name, sql]) => [name, alone(sql)] as const)
export const recordWrites = {
  ...allNumbered(own),
  ...allNumbered(Object.fromEntries(shared) as Record<keyof typeof sharedWrites, string>),
}
export const recordReads = allNumbered({ ...sharedReads, inState, stops, taints, grants })
