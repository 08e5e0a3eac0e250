/* What SQLite and PostgreSQL are asked in the same words; see `named-values.ts`. */

/** Each says by how many rows it changes whether it did what it is for. */
export const sharedWrites = {
  link: `INSERT INTO slack_link (id, team, account, person, at, told_at)
    VALUES ($id, $team, $account, $person, $at, $toldAt) ON CONFLICT DO NOTHING`,
  unlink: 'UPDATE slack_link SET ended_at = $at WHERE team = $team AND account = $account AND ended_at IS NULL',
  markLinkTold: 'UPDATE slack_link SET told_at = $at WHERE id = $id AND told_at IS NULL',
  markReviewTold: `UPDATE after_review SET told_at = $at, told_channel = $channel, told_ts = $ts
    WHERE session = $id AND closed_at IS NULL`,
  logAccess: 'INSERT INTO access (id, at, person, body) VALUES ($id, $at, $person, $body)',
  addSetting: 'INSERT INTO setting (name, value) VALUES ($name, $value) ON CONFLICT DO NOTHING',
  swapSetting: 'UPDATE setting SET value = $value WHERE name = $name AND value = $expected',
} as const

const review = 'SELECT session, opened_at, told_at, told_channel, told_ts FROM after_review WHERE closed_at IS NULL'

export const sharedReads = {
  session:
    'SELECT state, body FROM session LEFT JOIN event ON event.session = session.id WHERE session.id = $id ORDER BY n',
  setting: 'SELECT value FROM setting WHERE name = $name',
  links: 'SELECT id, team, account, person, at, told_at FROM slack_link WHERE ended_at IS NULL ORDER BY at, id',
  openReview: `${review} AND session = $id`,
  openReviews: `${review} AND coalesce(told_at, 0) < $toldBefore ORDER BY opened_at, session LIMIT $limit`,
} as const

/** The session's columns, as both databases fill them. */
export const sessionColumns =
  'id, state, received_at, principal, agent, connection, kind, tables, rule, sql, shape, result_rows, bytes, cost, code, events'
