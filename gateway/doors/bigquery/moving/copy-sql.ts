import { type Static, Type } from 'typebox'
import type { ConnectionFacts } from '../../../journey/journey.ts'
import { strict, word } from '../fields.ts'
import { noCounterpart } from './job-options.ts'
import { TableReference, tablePath } from './table-path.ts'

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationTableCopy, as far as SQL says the same. */
export const CopyConfiguration = Type.Object(
  {
    sourceTable: Type.Optional(TableReference),
    sourceTables: Type.Optional(Type.Array(TableReference, { maxItems: 100 })),
    destinationTable: TableReference,
    createDisposition: word,
    writeDisposition: word,
    operationType: word,
  },
  strict,
)

const refusal = noCounterpart('copy', 'CREATE TABLE … COPY …, or INSERT INTO … SELECT * FROM ….')
const operations = new Map([
  ['COPY', ['TABLE', 'COPY']],
  ['CLONE', ['TABLE', 'CLONE']],
  // A snapshot becomes a table again by being cloned.
  ['RESTORE', ['TABLE', 'CLONE']],
  ['SNAPSHOT', ['SNAPSHOT TABLE', 'CLONE']],
])

/**
 * The statement that copies the same. Rejects with `invalid_request`. CREATE TABLE is stricter in one thing: a table that is
 * there already, and empty, is none that it makes.
 */
export function copySql(asked: Static<typeof CopyConfiguration>, connection: ConnectionFacts): string {
  const { createDisposition = 'CREATE_IF_NEEDED', writeDisposition = 'WRITE_EMPTY', operationType = 'COPY' } = asked
  const [source, ...others] = [asked.sourceTable ?? [], asked.sourceTables ?? []].flat()
  if (!source || others.length > 0) throw refusal('sourceTables, other than one,')
  if (createDisposition !== 'CREATE_IF_NEEDED') throw refusal(`createDisposition ${createDisposition}`)
  const [object, verb] = operations.get(operationType) ?? []
  if (!object) throw refusal(`operationType ${operationType}`)
  const replaces = writeDisposition === 'WRITE_TRUNCATE' && object === 'TABLE'
  if (!replaces && writeDisposition !== 'WRITE_EMPTY') throw refusal(`writeDisposition ${writeDisposition}`)
  const [from, to] = [source, asked.destinationTable].map(table => tablePath(table, connection))
  return `CREATE ${replaces ? 'OR REPLACE ' : ''}${object} ${to} ${verb} ${from}`
}
