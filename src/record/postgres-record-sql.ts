import { maxGrants } from './stored-grant.ts'

/*
 * The record's statements in PostgreSQL. Each write is one statement and so one transaction in one round trip; its last line says
 * how many sessions it took hold of, and with what durability it was committed. Of callers that race, the row lock of the
 * first UPDATE lets one through, and the others see what it left.
 */
const now = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'
const done = (from: string) =>
  `SELECT count(*)::int AS done, current_setting('synchronous_commit') AS durability FROM ${from}`

/** Events travel as three arrays: `$at`, `$at + 1`, `$at + 2`. `session` is a CTE with `id`, and `events` as counted after them. */
const events = (session: string, at: number) => `added AS (
  INSERT INTO event SELECT id, events - cardinality($${at}::bigint[]) + n::int - 1, at, kind, body
  FROM ${session}, unnest($${at}::bigint[], $${at + 1}::text[], $${at + 2}::text[]) WITH ORDINALITY AS e (at, kind, body, n))`

/** Who may look it up, as one array; `session` is a CTE with `id` and `received_at`. */
const viewers = (session: string, at: number) => `seen AS (
  INSERT INTO session_viewer SELECT viewer, received_at, id FROM ${session}, unnest($${at}::text[]) AS viewer
  ON CONFLICT DO NOTHING),`

/**
 * $1 to $11 the session's columns, $12 its table names, $13 by, $14 to $16 events, $17 to $19 measures, $20 its groups, $21 its
 * viewers, $22 and $23 a grant that is used and its uses, or null, $24 its shape or null. Whoever waits for the grant's row sees what the others left.
 */
const open = `WITH used AS (
  UPDATE shape_grant SET used = used + 1 WHERE id = $22::text AND used < $23::int AND revoked_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM session WHERE id = $1) RETURNING 1),
opened AS (
  INSERT INTO session SELECT $1, $2, $3::bigint, $4, $5, $6, $7, $8, $9, $10, $11::bigint, cardinality($14::bigint[]),
    $17::bigint, $18::double precision, $19, $24 WHERE $22::text IS NULL OR EXISTS (SELECT 1 FROM used)
  ON CONFLICT DO NOTHING RETURNING id, state, received_at, events),
taken AS (INSERT INTO claim SELECT id, $13, ${now} FROM opened WHERE state = 'claimed'),
named AS (INSERT INTO session_table SELECT name, id FROM opened, unnest($12::text[]) AS name),
grouped AS (INSERT INTO session_group SELECT name, received_at, id FROM opened, unnest($20::text[]) AS name),
${viewers('opened', 21)}
${events('opened', 14)}
${done('opened')}`

/** A condition on the claim's holder, where $n is not null. The share lock keeps a claim from being taken over until this is committed. */
const held = (n: number): string => `held AS (SELECT 1 FROM claim WHERE session = $1 AND holder = $${n} FOR SHARE)`
const isHeld = (n: number): string => `($${n}::text IS NULL OR EXISTS (SELECT 1 FROM held))`

/** $1 id, $2 to $4 events, $5 holder or null. */
const append = `WITH ${held(5)},
grown AS (
  UPDATE session SET events = events + cardinality($2::bigint[]) WHERE id = $1 AND ${isHeld(5)} RETURNING id, events),
${events('grown', 2)}
${done('grown')}`

/** $1 id, $2 by, $3 to $5 the event, $6 viewers, $7 to $12 a grant that comes with it, or null, $13 when a review was opened, or null. */
const claim = `WITH moved AS (
  UPDATE session SET state = 'claimed', events = events + 1 WHERE id = $1 AND state = 'held'
  RETURNING id, received_at, events),
taken AS (INSERT INTO claim SELECT id, $2, ${now} FROM moved),
granted AS (
  INSERT INTO shape_grant SELECT $7, $8, $9::bigint, $10::int, 0, $11, $12 FROM moved WHERE $7::text IS NOT NULL),
to_review AS (INSERT INTO after_review (session, opened_at) SELECT id, $13::bigint FROM moved WHERE $13::bigint IS NOT NULL),
${viewers('moved', 6)}
${events('moved', 3)}
${done('moved')}`

/** $1 id, $2 states it may leave, $3 the new state, $4 to $6 events, $7 to $10 measures or null, $11 viewers, $12 holder or null. */
const conclude = `WITH ${held(12)},
moved AS (
  UPDATE session SET state = $3, events = events + cardinality($4::bigint[]), result_rows = coalesce($7::bigint, result_rows),
    bytes = coalesce($8::bigint, bytes), cost = coalesce($9::double precision, cost), code = $10
  WHERE id = $1 AND state = ANY ($2::text[]) AND ${isHeld(12)} RETURNING id, received_at, events),
${viewers('moved', 11)}
${events('moved', 4)}
${done('moved')}`

/** $1 id, $2 to $4 the event, $5 by, $6 moment. */
const revokeGrant = `WITH ended AS (
  UPDATE shape_grant SET revoked_at = $6, revoked_by = $5 WHERE id = $1 AND revoked_at IS NULL RETURNING id),
grown AS (
  UPDATE session SET events = events + cardinality($2::bigint[]) FROM ended WHERE session.id = ended.id
  RETURNING session.id, events),
${events('grown', 2)}
${done('grown')}`

/** $1 scope or null, $2 id or null, $3 moment. */
const grants = `SELECT body, mac, used FROM shape_grant WHERE ($1::text IS NULL OR scope = $1) AND ($2::text IS NULL OR id = $2)
AND until > $3 AND used < uses AND revoked_at IS NULL ORDER BY until, id LIMIT ${maxGrants}`

/** $1 id, $2 to $4 the event. */
const closeReview = `WITH closed AS (
  UPDATE after_review SET closed_at = ($2::bigint[])[1] WHERE session = $1 AND closed_at IS NULL RETURNING session),
grown AS (
  UPDATE session SET events = events + 1 WHERE id IN (SELECT session FROM closed) RETURNING id, events),
${events('grown', 2)}
${done('grown')}`

/** $1 id, $2 moment, $3 channel, $4 ts. */
const markReviewTold = `WITH told AS (
  UPDATE after_review SET told_at = $2, told_channel = $3, told_ts = $4 WHERE session = $1 AND closed_at IS NULL RETURNING 1)
${done('told')}`

/** $1 id. */
const openReview = `SELECT session, opened_at, told_at, told_channel, told_ts FROM after_review
WHERE closed_at IS NULL AND session = $1`

/** $1 moment, $2 how many. */
const openReviews = `SELECT session, opened_at, told_at, told_channel, told_ts FROM after_review
WHERE closed_at IS NULL AND coalesce(told_at, 0) < $1 ORDER BY opened_at, session LIMIT $2`

/** $1 id, $2 from, $3 by, $4 milliseconds. */
const takeOver = `WITH taken AS (
  UPDATE claim SET holder = $3, at = ${now} WHERE session = $1 AND holder = $2 AND at <= ${now} - $4::bigint
  AND NOT EXISTS (SELECT 1 FROM gateway WHERE id = $2 AND seen_at > ${now} - $4::bigint) RETURNING 1)
${done('taken')}`

/** $1 id, $2 at, $3 person, $4 body. */
const logAccess = `WITH logged AS (INSERT INTO access VALUES ($1, $2, $3, $4) RETURNING 1)
${done('logged')}`

/** $1 gateway. */
const heartbeat = `WITH seen AS (
  INSERT INTO gateway VALUES ($1, ${now}) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at RETURNING 1)
${done('seen')}`

/** $1 name, $2 value. */
const addSetting = `WITH added AS (INSERT INTO setting VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1)
${done('added')}`

/** $1 name, $2 value, $3 expected. */
const swapSetting = `WITH swapped AS (UPDATE setting SET value = $2 WHERE name = $1 AND value = $3 RETURNING 1)
${done('swapped')}`

/** $1 connections, $2 lower-case tables, $3 columns, $4 classes, $5 masks, $6 sessions, $7 moments; one of each for each taint. */
const taint = `WITH added AS (
  INSERT INTO taint SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
  ON CONFLICT DO NOTHING RETURNING 1)
${done('added')}`

/** $1 connections, $2 lower-case table, $3 moment, $4 by, $5 why. */
const clearTaints = `WITH cleared AS (
  UPDATE taint SET cleared_at = $3, cleared_by = $4, reason = $5
  WHERE connection = ANY ($1::text[]) AND table_name = $2 AND cleared_at IS NULL
  AND session NOT IN (SELECT id FROM session WHERE state IN ('claimed', 'unknown')) RETURNING 1)
SELECT least(count(*), 1)::int AS done, current_setting('synchronous_commit') AS durability FROM cleared`

/** $1 connections or null, $2 lower-case tables or null. */
const taints = `SELECT connection, column_name, class, mask, session, at FROM taint WHERE cleared_at IS NULL
AND ($1::text[] IS NULL OR connection = ANY ($1::text[])) AND ($2::text[] IS NULL OR table_name = ANY ($2::text[])) ORDER BY at, column_name`

/** $1 id, $2 team, $3 account, $4 person, $5 at, $6 told at or null. */
const link = `WITH added AS (
  INSERT INTO slack_link VALUES ($1, $2, $3, $4, $5, $6, NULL) ON CONFLICT DO NOTHING RETURNING 1)
${done('added')}`

/** $1 team, $2 account, $3 moment. */
const unlink = `WITH ended AS (
  UPDATE slack_link SET ended_at = $3 WHERE team = $1 AND account = $2 AND ended_at IS NULL RETURNING 1)
${done('ended')}`

/** $1 id, $2 moment. */
const markLinkTold = `WITH told AS (
  UPDATE slack_link SET told_at = $2 WHERE id = $1 AND told_at IS NULL RETURNING 1)
${done('told')}`

const links = `SELECT id, team, account, person, at, told_at FROM slack_link WHERE ended_at IS NULL ORDER BY at, id`

const session = `SELECT state, body FROM session LEFT JOIN event ON event.session = session.id
WHERE session.id = $1 ORDER BY n`

const inState = `SELECT id, state, holder FROM session LEFT JOIN claim ON claim.session = session.id
WHERE state = ANY ($1::text[]) ORDER BY received_at, id`

const stops = `SELECT session, body FROM event WHERE kind IN ('kill', 'withdrawn') AND session = ANY ($1::text[]) ORDER BY session, n`

const setting = 'SELECT value FROM setting WHERE name = $1'

export const recordWrites = {
  open,
  append,
  claim,
  conclude,
  closeReview,
  markReviewTold,
  takeOver,
  logAccess,
  heartbeat,
  addSetting,
  swapSetting,
  taint,
  clearTaints,
  revokeGrant,
  link,
  unlink,
  markLinkTold,
} as const
export const recordReads = { session, inState, stops, setting, taints, links, grants, openReview, openReviews } as const
