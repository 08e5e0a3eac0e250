import type { CatalogObject, CatalogObjects } from './catalog.ts'
import type { Classification } from './classification.ts'
import { columnName, tableOf } from './column-name.ts'
import { elementType, isReadType, structFields } from './walk/type-text.ts'

/**
 * Lineage ends at columns: what a policy says of a field is said of the column that holds it. Of the columns that a statement uses,
 * the paths of the fields inside; `*` where these may have any name, as in JSON, and where nobody knows the table.
 */
export function fieldPaths(judgement: Classification, known: CatalogObjects): Classification['fields'] {
  const { understood, outputs, stores } = judgement
  const named = namedColumns(judgement)
  // As BigQuery takes a column by any case.
  const used = new Set(named.map(column => column.toLowerCase()))
  const any = !understood || !outputs || stores !== undefined
  const told = [...new Set([...judgement.reads, ...judgement.writes])].flatMap(table =>
    Object.entries(fieldsIn(known.get(table))).flatMap(([name, paths]) => {
      const column = columnName(table, name)
      const isUsed = any || used.has(column.toLowerCase()) || used.has(`${table}.*`.toLowerCase())
      return isUsed ? [[column, paths] as const] : []
    }),
  )
  const untold = named
    .filter(column => !column.startsWith('@') && !known.has(tableOf(column)))
    .map(column => [column, ['*']] as const)
  return told.length + untold.length === 0 ? undefined : Object.fromEntries([...told, ...untold])
}

function namedColumns({ outputs, filters, stores = [] }: Classification): readonly string[] {
  const values = [...(outputs ?? []), ...stores]
  return [
    ...filters,
    ...values.flatMap(({ sources }) => sources),
    ...(outputs ?? []).flatMap(({ indirect }) => indirect),
  ]
}

function fieldsIn({ columns, fields }: Pick<CatalogObject, 'columns' | 'fields'> = { columns: {} }) {
  const typed = Object.entries(columns).map(([column, type]) => [column, pathsOf(type)] as const)
  return { ...Object.fromEntries(typed.filter(([, paths]) => paths.length > 0)), ...fields }
}

/** As far as the text of a type tells. */
function pathsOf(type: string): readonly string[] {
  const fields = isReadType(type) ? structFields(type) : undefined
  if (fields) return fields.flatMap(([name, inner]) => [name, ...pathsOf(inner ?? '').map(path => `${name}.${path}`)])
  const element = elementType(type)
  if (element !== undefined) return pathsOf(element)
  return /^\s*(?:VARIANT|OBJECT|ARRAY|MAP|JSON|STRUCT|RECORD)\b/i.test(type) ? ['*'] : []
}
