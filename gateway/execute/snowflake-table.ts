export interface SnowflakeTable {
  readonly database: string
  readonly schema: string
  readonly table: string
}

/** A full name in its parts. They travel as binds and as the session's database, never as part of a text. */
export function snowflakeTable(name: string): SnowflakeTable | undefined {
  const [database = '', schema = '', table = '', ...more] = name.split('.')
  return more.length > 0 || !table || !schema || !database ? undefined : { database, schema, table }
}

/** As it stands in a text, whatever is in it. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
