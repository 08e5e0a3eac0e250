import { type Static, Type } from 'typebox'
import { GatewayError } from '#src/errors.ts'
import type { ConnectionFacts } from '../../../journey/journey.ts'

const part = Type.String({ minLength: 1, maxLength: 1024 })

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/TableReference */
export const TableReference = Type.Object(
  { projectId: part, datasetId: part, tableId: part },
  { additionalProperties: false },
)
export type TableReference = Static<typeof TableReference>

/**
 * The full name of a table, each part in back-ticks. Rejects with `invalid_request` what is more than a name: decorators
 * (`orders$20261121`, `orders@-60000`) and wildcards mean other rows than the table's.
 */
export function tablePath(
  { projectId, datasetId, tableId }: TableReference,
  { name, database = name }: Pick<ConnectionFacts, 'name' | 'database'>,
): string {
  const own = projectId === name || projectId === database
  const project = own ? database : named(projectId, /^[a-z][a-z0-9-]*$/)
  return [project, named(datasetId, /^\w+$/), named(tableId, tableName)].map(text => `\`${text}\``).join('.')
}

/** A column's name in back-ticks. Rejects with `invalid_request`. */
export const columnPath = (name: string): string => `\`${named(name, tableName)}\``

/** https://cloud.google.com/bigquery/docs/tables#table_naming, as far as every reader of SQL takes it. */
const tableName = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_ -]*$/u

/** Whether `columnPath` takes it, which says what it does not take. */
export const isColumnName = (name: string): boolean => tableName.test(name)

function named(text: string, form: RegExp): string {
  if (form.test(text)) return text
  throw new GatewayError('invalid_request', { message: `${JSON.stringify(text.slice(0, 64))} is no plain name.` })
}
