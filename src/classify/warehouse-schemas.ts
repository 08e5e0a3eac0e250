import type { Dialect } from '../statement.ts'

/** Schemas and views of the warehouse's own, whatever database a name without one means. */
const ownNames: ReadonlySet<string> = new Set([
  'INFORMATION_SCHEMA',
  'ACCOUNT_USAGE',
  'ORGANIZATION_USAGE',
  'READER_ACCOUNT_USAGE',
  'DATA_SHARING_USAGE',
  '__TABLES__',
  '__TABLES_SUMMARY__',
])

/** Whether it tells of other people's statements, or of objects, and is nobody's own table. */
export function isOwnOfWarehouse(table: string, dialect: Dialect): boolean {
  const path = table.replaceAll('"', '').toUpperCase().split('.')
  return (
    path.some(part => ownNames.has(part)) || (dialect === 'snowflake' && path.length === 3 && path[0] === 'SNOWFLAKE')
  )
}
