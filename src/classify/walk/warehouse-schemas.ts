import type { Dialect } from '../../statement.ts'

/** Schemas of Snowflake's own database; in another one they are somebody's. */
const usageSchemas = ['ACCOUNT_USAGE', 'ORGANIZATION_USAGE', 'READER_ACCOUNT_USAGE', 'DATA_SHARING_USAGE']

const pathOf = (table: string): readonly string[] => table.match(/"(?:[^"]|"")*"|[^."]+/g) ?? []

/** Whether it tells of other people's statements, or of objects, and is nobody's own table. */
export function isOwnOfWarehouse(table: string, dialect: Dialect): boolean {
  const path = pathOf(table)
  const [database = '', schema = '', name = ''] = ['', '', ...path].slice(-3)
  if (dialect === 'bigquery') return /^information_schema$/i.test(schema) || /^__tables(_summary)?__$/i.test(name)
  if (schema === 'INFORMATION_SCHEMA' || (database === 'SNOWFLAKE' && path.length === 3)) return true
  // Which database is meant is not told.
  return path.length === 2 && usageSchemas.includes(schema)
}

/** Whether it may tell so, as a copy in a schema of the same name does. */
export const mayTellOfOthers = (table: string, dialect: Dialect): boolean =>
  isOwnOfWarehouse(table, dialect) || (dialect === 'snowflake' && usageSchemas.includes(pathOf(table).at(-2) ?? ''))
