import { type Static, Type } from 'typebox'
import type { ConnectionFacts } from '../../../journey/journey.ts'
import { flag, strict, word } from '../fields.ts'
import { type JobOptions, noCounterpart, optionsOf } from './job-options.ts'
import { optionList } from './sql-text.ts'
import { columnPath, TableReference, tablePath } from './table-path.ts'

/** INT64 in JSON is a text; clients send numbers too. */
const count = Type.Optional(
  Type.Union([Type.Integer({ minimum: 0, maximum: 1e9 }), Type.String({ pattern: '^[0-9]{1,9}$' })]),
)
const Field = Type.Object(
  { name: Type.String({ maxLength: 300 }), type: Type.String({ maxLength: 64 }), mode: word },
  strict,
)

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationLoad, as far as SQL says the same. */
export const LoadConfiguration = Type.Object(
  {
    sourceUris: Type.Optional(Type.Array(Type.String({ maxLength: 2048 }), { maxItems: 1_000 })),
    destinationTable: TableReference,
    schema: Type.Optional(Type.Object({ fields: Type.Array(Field, { minItems: 1, maxItems: 10_000 }) }, strict)),
    autodetect: flag,
    sourceFormat: word,
    createDisposition: word,
    writeDisposition: word,
    ...{ skipLeadingRows: count, maxBadRecords: count },
    ...{ fieldDelimiter: word, quote: word, nullMarker: word, encoding: word },
    ...{ allowQuotedNewlines: flag, allowJaggedRows: flag, ignoreUnknownValues: flag, useAvroLogicalTypes: flag },
  },
  strict,
)

type Load = Static<typeof LoadConfiguration>

const refusal = noCounterpart('load', "LOAD DATA INTO … FROM FILES (format = …, uris = ['gs://…']).")
/** With the names of their columns in each file. */
const selfDescribing = ['AVRO', 'PARQUET', 'ORC']
const formats = ['CSV', 'NEWLINE_DELIMITED_JSON', ...selfDescribing]
const verbs = new Map([
  ['WRITE_APPEND', 'INTO'],
  ['WRITE_TRUNCATE', 'OVERWRITE'],
])
const options: JobOptions = {
  skipLeadingRows: ['skip_leading_rows', 'CSV'],
  fieldDelimiter: ['field_delimiter', 'CSV'],
  quote: ['quote', 'CSV'],
  nullMarker: ['null_marker', 'CSV'],
  allowQuotedNewlines: ['allow_quoted_newlines', 'CSV'],
  allowJaggedRows: ['allow_jagged_rows', 'CSV'],
  encoding: ['encoding', 'CSV', 'NEWLINE_DELIMITED_JSON'],
  maxBadRecords: ['max_bad_records', 'CSV', 'NEWLINE_DELIMITED_JSON'],
  ignoreUnknownValues: ['ignore_unknown_values', 'CSV', 'NEWLINE_DELIMITED_JSON'],
  useAvroLogicalTypes: ['enable_logical_types', 'AVRO'],
}

/** The statement that loads the same from Cloud Storage. Rejects with `invalid_request`. */
export function loadSql(asked: Load, connection: ConnectionFacts): string {
  const { sourceUris: uris = [], sourceFormat: format = 'CSV', destinationTable, ...more } = asked
  const { createDisposition = 'CREATE_IF_NEEDED', writeDisposition = 'WRITE_APPEND' } = more
  if (uris.length === 0 || !uris.every(uri => /^gs:\/\/./.test(uri))) throw refusal('sourceUris, other than of gs://,')
  if (!formats.includes(format)) throw refusal(`sourceFormat ${format}`)
  if (createDisposition !== 'CREATE_IF_NEEDED') throw refusal(`createDisposition ${createDisposition}`)
  const verb = verbs.get(writeDisposition)
  if (!verb) throw refusal(`writeDisposition ${writeDisposition}`)
  const numbers = { skipLeadingRows: numberOf(more.skipLeadingRows), maxBadRecords: numberOf(more.maxBadRecords) }
  const list = optionList({ format, uris, ...optionsOf(options, { ...more, ...numbers }, format, refusal) })
  return `LOAD DATA ${verb} ${tablePath(destinationTable, connection)}${columnList(asked, format)} FROM FILES (${list})`
}

const numberOf = (said: string | number | undefined) => (said === undefined ? undefined : Number(said))

/** LOAD DATA detects the columns that it is not told, where a job without `autodetect` takes those of the table. */
function columnList({ schema, autodetect = false }: Load, format: string): string {
  if (!schema && (autodetect || selfDescribing.includes(format))) return ''
  if (!schema || autodetect || selfDescribing.includes(format))
    throw refusal(`schema and autodetect, other than one of them and for ${format},`)
  return ` (${schema.fields.map(columnText).join(', ')})`
}

const legacyNames = new Map([
  ['INTEGER', 'INT64'],
  ['FLOAT', 'FLOAT64'],
  ['BOOLEAN', 'BOOL'],
])
const types = new Set(
  'STRING BYTES INT64 FLOAT64 NUMERIC BIGNUMERIC BOOL DATE DATETIME TIME TIMESTAMP JSON GEOGRAPHY'.split(' '),
)

function columnText({ name, type, mode = 'NULLABLE' }: Static<typeof Field>): string {
  const known = legacyNames.get(type) ?? type
  if (!types.has(known)) throw refusal(`schema with the type ${type}`)
  const column = `${columnPath(name)} ${mode === 'REPEATED' ? `ARRAY<${known}>` : known}`
  if (mode === 'REQUIRED') return `${column} NOT NULL`
  if (mode !== 'NULLABLE' && mode !== 'REPEATED') throw refusal(`schema with the mode ${mode}`)
  return column
}
