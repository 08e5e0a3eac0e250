/** A part of a name that itself holds a dot is shown in quotes, so that no two objects get one name. */
export const quoteDotted = (part: string): string => (/[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part)

/** `DB.SCHEMA.TABLE.COLUMN`; `*` stands for any column. */
export const columnName = (table: string, column: string): string => `${table}.${quoteDotted(column)}`

/** What stands for a table of which nothing is told. */
export const anyTable = '*.*.*'

/** Whether it stands for all that is in a schema or a database (`DB.SCHEMA.*`, `DB.*.*`). */
export const isContainer = (table: string): boolean => table.endsWith('.*')

/** What else a table may be written as: all that is in its schema, all that is in its database, and any table; a stage as any stage. */
export function containersOf(table: string): readonly string[] {
  if (isStage(table)) return [anyStage, anyTable]
  const schema = tableOf(table)
  return [`${schema}.*`, `${tableOf(schema)}.*.*`, anyTable]
}

/** Files in a bucket: whichever stage they are in. */
const anyStage = '@*'

export const isStage = (name: string): boolean => name.startsWith('@') || name.includes('://')

/**
 * What the columns of a table are told under, and those of all files in a stage: whatever path or schema its name is written with, so that
 * stages of one name count as one.
 */
export function ownerOf(name: string): string {
  if (!isStage(name)) return name
  const [path = ''] = /^@(?:"(?:[^"]|"")*"|[^"/])*/.exec(name) ?? []
  const [last = ''] = /"(?:[^"]|"")*"$|[^."]*$/.exec(path.slice(1)) ?? []
  return path === '' ? anyStage : `@${last.replace(/^"|"$/g, '').replace(/[".]/g, '_').toUpperCase()}`
}

/** The table of a column's full name. Every `."` but that of the last part is followed by a closing quote and a dot. */
export function tableOf(column: string): string {
  const quoted = /\."(?:[^"]|"")*"$/.exec(column)
  return column.slice(0, quoted?.index ?? Math.max(0, column.lastIndexOf('.')))
}
