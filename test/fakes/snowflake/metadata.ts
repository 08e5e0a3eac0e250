import { informationSchema, literal } from './database.ts'
import type { Running } from './query.ts'
import { plainResult, type Result, statementType } from './result.ts'
import { fullName, requirePrivilege } from './roles.ts'
import { missingObject, unsupported } from './snowflake-error.ts'
import { nameParts, namePattern, unquoted } from './sql-text.ts'

const views: Readonly<Record<string, string>> = {
  TABLES: `SELECT current_timestamp AS "created_on", TABLE_NAME AS "name", TABLE_CATALOG AS "database_name", TABLE_SCHEMA AS "schema_name",
    'TABLE' AS "kind", COMMENT AS "comment", ROW_COUNT AS "rows", BYTES AS "bytes", TABLE_OWNER AS "owner", '1' AS "retention_time"
    FROM ${informationSchema}."TABLES" WHERE TABLE_TYPE = 'BASE TABLE'`,
  VIEWS: `SELECT current_timestamp AS "created_on", TABLE_NAME AS "name", TABLE_CATALOG AS "database_name", TABLE_SCHEMA AS "schema_name",
    VIEW_DEFINITION AS "text" FROM ${informationSchema}."VIEWS"`,
  SCHEMAS: `SELECT current_timestamp AS "created_on", SCHEMA_NAME AS "name", CATALOG_NAME AS "database_name" FROM ${informationSchema}."SCHEMATA"`,
  DATABASES: `SELECT current_timestamp AS "created_on", 'DEMO' AS "name", '1' AS "retention_time"`,
  WAREHOUSES: `SELECT current_warehouse() AS "name", 'STARTED' AS "state", 'X-Small' AS "size"`,
  COLUMNS: `SELECT TABLE_NAME AS "table_name", TABLE_SCHEMA AS "schema_name", COLUMN_NAME AS "column_name", '{"type":"' || DATA_TYPE || '"}' AS "data_type",
    TABLE_CATALOG AS "database_name" FROM ${informationSchema}."COLUMNS"`,
}

/** Of tables in the schema that is named, or of the one table. */
function keysOf(type: string): string {
  const place = (side: string, table: string, column: string) =>
    `database_name AS "${side}database_name", schema_name AS "${side}schema_name", ${table} AS "${side}table_name", ${column} AS "${side}column_name"`
  const columns =
    type === 'FOREIGN KEY'
      ? `${place('pk_', 'referenced_table', 'unnest(referenced_column_names)')}, ${place('fk_', 'table_name', 'unnest(constraint_column_names)')},
        'NO ACTION' AS "update_rule", 'NO ACTION' AS "delete_rule", constraint_name AS "fk_name", NULL AS "pk_name"`
      : `${place('', 'table_name', 'unnest(constraint_column_names)')}, constraint_name AS "constraint_name"`
  return `SELECT current_timestamp AS "created_on", ${columns}, generate_subscripts(constraint_column_names, 1) AS "key_sequence",
    'false' AS "rely", NULL AS "comment" FROM duckdb_constraints() WHERE constraint_type = '${type}'`
}

const keyKinds: Readonly<Record<string, string>> = {
  PRIMARY: keysOf('PRIMARY KEY'),
  UNIQUE: keysOf('UNIQUE'),
  IMPORTED: keysOf('FOREIGN KEY'),
}

async function showKeys({ session, sql }: Running, view: string): Promise<Result> {
  const [, domain = '', scope = ''] = new RegExp(`\\bIN\\s+(TABLE|SCHEMA)\\s+(${namePattern})`).exec(sql) ?? []
  const of = view.includes('"fk_table_name"') ? 'fk_' : ''
  const column = `"${of}${domain === 'TABLE' ? 'table_name' : 'schema_name'}"`
  const where = `WHERE ${column} = ${literal(nameParts(scope).at(-1) ?? '')}`
  return plainResult(session.connection, `SELECT * FROM (${view}) ${where}`, statementType.show)
}

export async function runShow(running: Running): Promise<Result> {
  const { session, sql } = running
  const [, keys = ''] = /^SHOW\s+(\w+)\s+KEYS\b/.exec(sql) ?? []
  if (keyKinds[keys] !== undefined) return showKeys(running, keyKinds[keys])
  const [, kind = '', pattern] = /^SHOW\s+(?:TERSE\s+)?(\w+)(?:.*?\bLIKE\s+('(?:[^']|'')*'))?/s.exec(sql) ?? []
  const view = views[kind]
  if (view === undefined) throw unsupported(`SHOW ${kind}`)
  const like = pattern === undefined ? '' : `WHERE "name" ILIKE ${literal(unquoted(pattern))}`
  const [, scope] = new RegExp(`\\bIN\\s+(?:(?:TABLE|SCHEMA|DATABASE|ACCOUNT)\\s+)?(${namePattern})`).exec(sql) ?? []
  const inside =
    kind === 'COLUMNS' && scope !== undefined ? `WHERE "table_name" = ${literal(nameParts(scope).at(-1) ?? '')}` : like
  return plainResult(session.connection, `SELECT * FROM (${view}) ${inside}`, statementType.show)
}

export async function runDescribe({ session, database, sql }: Running): Promise<Result> {
  const [, text = ''] = new RegExp(`^DESC(?:RIBE)?\\s+(?:TABLE|VIEW)\\s+(${namePattern})`).exec(sql) ?? []
  if (text === '') throw unsupported(sql.split(/\s+/).slice(0, 2).join(' '))
  const name = session.resolve(text)
  if ((await database.find(name, session.connection)) === undefined) throw missingObject('Table', fullName(name))
  requirePrivilege(session.privileges, name, 'select', database.owner(name) === session.role)
  return plainResult(
    session.connection,
    `SELECT COLUMN_NAME AS "name",
       CASE DATA_TYPE WHEN 'TEXT' THEN 'VARCHAR(16777216)' WHEN 'NUMBER' THEN 'NUMBER(' || NUMERIC_PRECISION || ',' || NUMERIC_SCALE || ')'
         ELSE DATA_TYPE END AS "type",
       'COLUMN' AS "kind", CASE IS_NULLABLE WHEN 'YES' THEN 'Y' ELSE 'N' END AS "null?", COLUMN_DEFAULT AS "default",
       'N' AS "primary key", 'N' AS "unique key", NULL AS "check", NULL AS "expression", COMMENT AS "comment",
       NULL AS "policy name", NULL AS "privacy domain"
     FROM ${informationSchema}."COLUMNS"
     WHERE (TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME) = ($1, $2, $3) ORDER BY ORDINAL_POSITION`,
    statementType.describe,
    [name.database, name.schema, name.table],
  )
}
