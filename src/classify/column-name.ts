/** A part of a name that itself holds a dot is shown in quotes, so that no two objects get one name. */
export const quoteDotted = (part: string): string => (/[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part)

/** `DB.SCHEMA.TABLE.COLUMN`; `*` stands for any column. */
export const columnName = (table: string, column: string): string => `${table}.${quoteDotted(column)}`

/** The table of a column's full name. Every `."` but that of the last part is followed by a closing quote and a dot. */
export function tableOf(column: string): string {
  const quoted = /\."(?:[^"]|"")*"$/.exec(column)
  return column.slice(0, quoted?.index ?? Math.max(0, column.lastIndexOf('.')))
}
