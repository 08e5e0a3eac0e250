import { type Static, Type } from 'typebox'
import type { ConnectionFacts } from '../../../journey/journey.ts'
import { flag, strict, word } from '../fields.ts'
import { type JobOptions, noCounterpart, optionsOf } from './job-options.ts'
import { optionList } from './sql-text.ts'
import { TableReference, tablePath } from './table-path.ts'

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationExtract, as far as SQL says the same. */
export const ExtractConfiguration = Type.Object(
  {
    sourceTable: TableReference,
    destinationUris: Type.Array(Type.String({ maxLength: 2048 }), { minItems: 1, maxItems: 100 }),
    destinationFormat: word,
    compression: word,
    printHeader: flag,
    fieldDelimiter: word,
    useAvroLogicalTypes: flag,
  },
  strict,
)

const refusal = noCounterpart('extract', "EXPORT DATA OPTIONS (uri = 'gs://bucket/name-*.csv', …) AS SELECT ….")
const formats = new Map([
  ['CSV', 'CSV'],
  ['NEWLINE_DELIMITED_JSON', 'JSON'],
  ['AVRO', 'AVRO'],
  ['PARQUET', 'PARQUET'],
])
const options: JobOptions = {
  compression: ['compression', 'CSV', 'JSON', 'AVRO', 'PARQUET'],
  printHeader: ['header', 'CSV'],
  fieldDelimiter: ['field_delimiter', 'CSV'],
  useAvroLogicalTypes: ['use_avro_logical_types', 'AVRO'],
}

/**
 * The statement that carries the same rows out. Rejects with `invalid_request`. A job overwrites files that are there, and begins
 * CSV with a header unless told otherwise; EXPORT DATA has to be told both.
 */
export function extractSql(asked: Static<typeof ExtractConfiguration>, connection: ConnectionFacts): string {
  const { destinationUris, destinationFormat = 'CSV', compression, ...more } = asked
  const [uri = '', ...others] = destinationUris
  if (others.length > 0 || !/^gs:\/\/[^*]+\*[^*]*$/.test(uri))
    throw refusal('destinationUris, other than one address with one *,')
  const format = formats.get(destinationFormat)
  if (!format) throw refusal(`destinationFormat ${destinationFormat}`)
  const said = {
    ...(format === 'CSV' ? { printHeader: true } : {}),
    ...(compression === 'NONE' ? {} : { compression }),
    ...more,
  }
  const list = optionList({ uri, format, overwrite: true, ...optionsOf(options, said, format, refusal) })
  return `EXPORT DATA OPTIONS (${list}) AS SELECT * FROM ${tablePath(asked.sourceTable, connection)}`
}
