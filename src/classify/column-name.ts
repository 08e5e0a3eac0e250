/** A part of a name that itself holds a dot is shown in quotes, so that no two objects get one name. */
export const quoteDotted = (part: string): string => (/[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part)

/** `DB.SCHEMA.TABLE.COLUMN`; `*` stands for any column. */
export const columnName = (table: string, column: string): string => `${table}.${quoteDotted(column)}`

/** What stands for a table of which nothing is told. */
export const anyTable = '*.*.*'

/** Whether it stands for all that is in a schema or a database (`DB.SCHEMA.*`, `DB.*.*`). */
export const isContainer = (table: string): boolean => table.endsWith('.*')

/** What else a table may be written as: all that is in its schema, all that is in its database, and any table. */
export function containersOf(table: string): readonly string[] {
  const schema = tableOf(table)
  return [`${schema}.*`, `${tableOf(schema)}.*.*`, anyTable]
}

/** The table of a column's full name. Every `."` but that of the last part is followed by a closing quote and a dot. */
export function tableOf(column: string): string {
  const quoted = /\."(?:[^"]|"")*"$/.exec(column)
  return column.slice(0, quoted?.index ?? Math.max(0, column.lastIndexOf('.')))
}
