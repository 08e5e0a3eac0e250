/**
 * The record's tables, in the SQL that SQLite and PostgreSQL share. `recordMigrations[n]` leads from version n to n + 1: only
 * ever append. Moments are milliseconds since the epoch; `body` holds the exact JSON text that was written.
 */
export const recordMigrations = [
  `CREATE TABLE session (
     id TEXT PRIMARY KEY, state TEXT NOT NULL, received_at BIGINT NOT NULL, principal TEXT NOT NULL, agent TEXT NOT NULL,
     connection TEXT NOT NULL, kind TEXT NOT NULL, tables TEXT NOT NULL, rule TEXT NOT NULL, sql TEXT NOT NULL,
     result_rows BIGINT, events INTEGER NOT NULL
   );
   CREATE INDEX session_by_time ON session (received_at, id);
   CREATE INDEX session_by_state ON session (state, received_at, id);
   CREATE INDEX session_by_agent ON session (agent, received_at, id);
   CREATE INDEX session_by_principal ON session (principal, received_at, id);
   CREATE INDEX session_by_rule ON session (rule, received_at, id);
   CREATE TABLE session_table (
     name TEXT NOT NULL, session TEXT NOT NULL REFERENCES session (id), PRIMARY KEY (name, session)
   );
   CREATE TABLE event (
     session TEXT NOT NULL REFERENCES session (id), n INTEGER NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL,
     body TEXT NOT NULL, PRIMARY KEY (session, n)
   );
   CREATE TABLE claim (
     session TEXT PRIMARY KEY REFERENCES session (id), holder TEXT NOT NULL, at BIGINT NOT NULL
   );
   CREATE TABLE gateway (id TEXT PRIMARY KEY, seen_at BIGINT NOT NULL);
   CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);`,
  `ALTER TABLE session ADD COLUMN bytes BIGINT;
   ALTER TABLE session ADD COLUMN cost DOUBLE PRECISION;
   ALTER TABLE session ADD COLUMN code TEXT;
   CREATE TABLE session_group (
     name TEXT NOT NULL, received_at BIGINT NOT NULL, session TEXT NOT NULL REFERENCES session (id),
     PRIMARY KEY (name, received_at, session)
   );`,
  `CREATE TABLE session_viewer (
     viewer TEXT NOT NULL, received_at BIGINT NOT NULL, session TEXT NOT NULL REFERENCES session (id),
     PRIMARY KEY (viewer, received_at, session)
   );
   CREATE TABLE access (id TEXT PRIMARY KEY, at BIGINT NOT NULL, person TEXT NOT NULL, body TEXT NOT NULL);
   CREATE INDEX access_by_time ON access (at, id);
   CREATE INDEX access_by_person ON access (person, at, id);`,
  `CREATE TABLE taint (
     connection TEXT NOT NULL, table_name TEXT NOT NULL, column_name TEXT NOT NULL, class TEXT NOT NULL, mask TEXT NOT NULL,
     session TEXT NOT NULL, at BIGINT NOT NULL, cleared_at BIGINT, cleared_by TEXT, reason TEXT,
     PRIMARY KEY (connection, table_name, column_name, class, mask, session)
   );`,
  `CREATE TABLE slack_link (
     id TEXT PRIMARY KEY, team TEXT NOT NULL, account TEXT NOT NULL, person TEXT NOT NULL, at BIGINT NOT NULL,
     told_at BIGINT, ended_at BIGINT
   );
   CREATE UNIQUE INDEX slack_link_of_account ON slack_link (team, account) WHERE ended_at IS NULL;
   CREATE UNIQUE INDEX slack_link_of_person ON slack_link (person) WHERE ended_at IS NULL;`,
  `CREATE TABLE shape_grant (
     id TEXT PRIMARY KEY REFERENCES session (id), scope TEXT NOT NULL, until BIGINT NOT NULL, uses INTEGER NOT NULL,
     used INTEGER NOT NULL, body TEXT NOT NULL, mac TEXT NOT NULL, revoked_at BIGINT, revoked_by TEXT
   );
   CREATE INDEX shape_grant_by_scope ON shape_grant (scope, until);
   CREATE INDEX shape_grant_by_end ON shape_grant (until);`,
  `CREATE TABLE after_review (
     session TEXT PRIMARY KEY REFERENCES session (id), opened_at BIGINT NOT NULL, closed_at BIGINT
   );
   CREATE INDEX after_review_open ON after_review (session) WHERE closed_at IS NULL;`,
  `ALTER TABLE after_review ADD COLUMN told_at BIGINT;
   ALTER TABLE after_review ADD COLUMN told_channel TEXT;
   ALTER TABLE after_review ADD COLUMN told_ts TEXT;`,
  `ALTER TABLE session ADD COLUMN shape TEXT;
   CREATE INDEX session_by_shape ON session (shape, received_at, id) WHERE shape IS NOT NULL;`,
] as const
