import { type Static, Type } from 'typebox'
import type { Classification } from '#src/classify/classification.ts'
import type { ConnectionFacts } from '../../../journey/journey.ts'
import { word } from '../fields.ts'
import { noCounterpart } from './job-options.ts'
import { columnPath, isColumnName, TableReference, tablePath } from './table-path.ts'

/** Where a query's rows go: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationQuery */
export const destination = {
  destinationTable: Type.Optional(TableReference),
  createDisposition: word,
  writeDisposition: word,
}

const Destination = Type.Object(destination)

/** A query whose rows go to a table that its client names. */
interface WrittenQuery extends Static<typeof Destination> {
  readonly query: string
  readonly destinationTable: TableReference
}

/** Nothing where the rows go to the client alone. Rejects with `invalid_request` what would say how to write them, and not where. */
export function writtenQuery(
  asked: ({ readonly query: string } & Static<typeof Destination>) | undefined,
): WrittenQuery | undefined {
  const { query = '', destinationTable, createDisposition, writeDisposition } = asked ?? {}
  const how = { ...(createDisposition ? { createDisposition } : {}), ...(writeDisposition ? { writeDisposition } : {}) }
  if (destinationTable) return { query, destinationTable, ...how }
  const [said] = Object.keys(how)
  if (said) throw refusal(`${said} without destinationTable`)
  return undefined
}

const refusal = noCounterpart('query', 'CREATE TABLE … AS SELECT …, or INSERT INTO … (columns) SELECT ….')
const creations = new Map([
  ['WRITE_EMPTY', 'CREATE TABLE'],
  ['WRITE_TRUNCATE', 'CREATE OR REPLACE TABLE'],
])

/**
 * The statement that writes the rows to the same table. Rejects with `invalid_request`. It is stricter in two things: CREATE TABLE
 * does not take a table that is there already and empty, and INSERT makes none that is not there.
 */
export function destinationSql(
  { query, destinationTable, createDisposition = 'CREATE_IF_NEEDED', writeDisposition = 'WRITE_EMPTY' }: WrittenQuery,
  { understood, statements, kind, outputs }: Pick<Classification, 'understood' | 'statements' | 'kind' | 'outputs'>,
  connection: ConnectionFacts,
): string {
  const into = tablePath(destinationTable, connection)
  if (!understood || statements !== 1 || kind !== 'select')
    throw refusal('destinationTable, other than for one query that is understood,')
  if (writeDisposition === 'WRITE_APPEND') {
    if (createDisposition !== 'CREATE_IF_NEEDED' && createDisposition !== 'CREATE_NEVER')
      throw refusal(`createDisposition ${createDisposition}`)
    // A job appends by the names of the columns, INSERT by their places. One behind a star is not told: its table may be out of sight.
    if (!outputs?.every(({ name }) => isColumnName(name)))
      throw refusal('writeDisposition WRITE_APPEND of columns without a plain name')
    return `INSERT INTO ${into} (${outputs.map(({ name }) => columnPath(name)).join(', ')})\n${query}`
  }
  if (createDisposition !== 'CREATE_IF_NEEDED') throw refusal(`createDisposition ${createDisposition}`)
  const verb = creations.get(writeDisposition)
  if (!verb) throw refusal(`writeDisposition ${writeDisposition}`)
  return `${verb} ${into} AS\n${query}`
}
