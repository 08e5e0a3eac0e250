import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { copySql } from '#gateway/doors/bigquery/moving/copy-sql.ts'
import { destinationSql, writtenQuery } from '#gateway/doors/bigquery/moving/destination-sql.ts'
import { extractSql } from '#gateway/doors/bigquery/moving/extract-sql.ts'
import { loadSql } from '#gateway/doors/bigquery/moving/load-sql.ts'
import { gate } from '#src/classify/gate.ts'
import type { Token } from '#src/classify/text/token.ts'
import { GatewayError } from '#src/errors.ts'
import { Random } from '#test/fuzz/random.ts'

const connection = { name: 'lake', dialect: 'bigquery', database: 'acme-lake' } as const
const table = (tableId: string, projectId = 'lake') => ({ projectId, datasetId: 'shop', tableId })
const [orders, copies] = [table('orders'), table('copies')]
const copied = (more: object) => copySql({ sourceTable: orders, destinationTable: copies, ...more }, connection)
const extracted = (more: object) =>
  extractSql({ sourceTable: orders, destinationUris: ['gs://b/x-*.csv'], ...more }, connection)
const loaded = (more: object) =>
  loadSql({ destinationTable: orders, sourceUris: ['gs://b/x.csv'], autodetect: true, ...more }, connection)
const oneQuery = { understood: true, statements: 1, kind: 'select', outputs: columnsNamed('id', 'e') } as const
const written = (more: object, classification: object = oneQuery) =>
  destinationSql(
    { query: 'select id, email as e from shop.customers -- all', destinationTable: copies, ...more },
    { ...oneQuery, ...classification },
    connection,
  )

function columnsNamed(...names: readonly string[]) {
  return names.map(name => ({ name, sources: [], indirect: [] }))
}

describe('jobs that move data, said in SQL', () => {
  const query = 'select id, email as e from shop.customers -- all'
  const [from, to] = ['`acme-lake`.`shop`.`orders`', '`acme-lake`.`shop`.`copies`']
  const columns = [
    { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
    { name: 'tags', type: 'STRING', mode: 'REPEATED' },
    { name: 'paid', type: 'BOOL', mode: 'NULLABLE' },
  ]
  for (const [said, sql] of [
    [copied({}), `CREATE TABLE ${to} COPY ${from}`],
    [copied({ writeDisposition: 'WRITE_TRUNCATE' }), `CREATE OR REPLACE TABLE ${to} COPY ${from}`],
    [copied({ operationType: 'CLONE' }), `CREATE TABLE ${to} CLONE ${from}`],
    [copied({ operationType: 'SNAPSHOT' }), `CREATE SNAPSHOT TABLE ${to} CLONE ${from}`],
    [
      copied({ sourceTable: table('orders', 'other-lake') }),
      `CREATE TABLE ${to} COPY \`other-lake\`.\`shop\`.\`orders\``,
    ],
    [
      extracted({}),
      `EXPORT DATA OPTIONS (uri = 'gs://b/x-*.csv', format = 'CSV', overwrite = true, header = true) AS SELECT * FROM ${from}`,
    ],
    [
      extracted({ destinationFormat: 'NEWLINE_DELIMITED_JSON', compression: 'GZIP' }),
      `EXPORT DATA OPTIONS (uri = 'gs://b/x-*.csv', format = 'JSON', overwrite = true, compression = 'GZIP') AS SELECT * FROM ${from}`,
    ],
    [
      extracted({ printHeader: false, fieldDelimiter: '\t', compression: 'NONE' }),
      `EXPORT DATA OPTIONS (uri = 'gs://b/x-*.csv', format = 'CSV', overwrite = true, header = false, field_delimiter = '\\U00000009') AS SELECT * FROM ${from}`,
    ],
    [loaded({}), `LOAD DATA INTO ${from} FROM FILES (format = 'CSV', uris = ['gs://b/x.csv'])`],
    [
      loaded({ autodetect: undefined, sourceFormat: 'PARQUET', writeDisposition: 'WRITE_TRUNCATE' }),
      `LOAD DATA OVERWRITE ${from} FROM FILES (format = 'PARQUET', uris = ['gs://b/x.csv'])`,
    ],
    [
      loaded({ autodetect: false, schema: { fields: columns }, skipLeadingRows: '1', quote: "'" }),
      `LOAD DATA INTO ${from} (\`id\` INT64 NOT NULL, \`tags\` ARRAY<STRING>, \`paid\` BOOL) FROM FILES (format = 'CSV', uris = ['gs://b/x.csv'], skip_leading_rows = 1, quote = '\\'')`,
    ],
    [written({}), `CREATE TABLE ${to} AS\n${query}`],
    [written({ writeDisposition: 'WRITE_TRUNCATE' }), `CREATE OR REPLACE TABLE ${to} AS\n${query}`],
    [written({ writeDisposition: 'WRITE_APPEND' }), `INSERT INTO ${to} (\`id\`, \`e\`)\n${query}`],
    [
      written({ writeDisposition: 'WRITE_APPEND', createDisposition: 'CREATE_NEVER' }),
      `INSERT INTO ${to} (\`id\`, \`e\`)\n${query}`,
    ],
  ]) {
    test(sql, () => assert.equal(said, sql))
  }

  for (const [what, said] of Object.entries({
    'an append': () => copied({ writeDisposition: 'WRITE_APPEND' }),
    'a copy that must find its table': () => copied({ createDisposition: 'CREATE_NEVER' }),
    'a copy of two tables': () => copied({ sourceTable: undefined, sourceTables: [orders, orders] }),
    'a copy of none': () => copied({ sourceTable: undefined }),
    'a copy by a word of JavaScript': () => copied({ operationType: 'constructor' }),
    'a snapshot over a table': () => copied({ operationType: 'SNAPSHOT', writeDisposition: 'WRITE_TRUNCATE' }),
    'an extract to one file': () => extracted({ destinationUris: ['gs://b/x.csv'] }),
    'an extract to two places': () => extracted({ destinationUris: ['gs://b/*', 'gs://c/*'] }),
    'an extract elsewhere': () => extracted({ destinationUris: ['https://b/*'] }),
    'an extract in another form': () => extracted({ destinationFormat: 'constructor' }),
    'a header for JSON': () => extracted({ destinationFormat: 'NEWLINE_DELIMITED_JSON', printHeader: true }),
    'a load into an empty table only': () => loaded({ writeDisposition: 'WRITE_EMPTY' }),
    'a load by a word of JavaScript': () => loaded({ writeDisposition: 'constructor' }),
    'a load of no file': () => loaded({ sourceUris: undefined }),
    'a load from a sheet': () => loaded({ sourceUris: ['https://docs.google.com/x'] }),
    'a load of CSV with the columns of the table': () => loaded({ autodetect: false }),
    'a load with columns and their detection': () => loaded({ schema: { fields: columns } }),
    'a load with a column of an unknown type': () =>
      loaded({ autodetect: false, schema: { fields: [{ name: 'x', type: 'INT64) FROM FILES (' }] } }),
    'a query into a table that must be there': () =>
      written({ writeDisposition: 'WRITE_TRUNCATE', createDisposition: 'CREATE_NEVER' }),
    'a query that leaves the table’s own columns': () => written({ writeDisposition: 'WRITE_TRUNCATE_DATA' }),
    'a query into a table by a word of JavaScript': () => written({ writeDisposition: 'constructor' }),
    'a query into a partition': () => written({ destinationTable: table('copies$20261121') }),
    'a change into a table': () => written({}, { kind: 'delete' }),
    'two statements into a table': () => written({}, { statements: 2 }),
    'what is not understood, into a table': () => written({}, { understood: false }),
    'columns that are not known, appended': () => written({ writeDisposition: 'WRITE_APPEND' }, { outputs: null }),
    'columns without names, appended': () =>
      written({ writeDisposition: 'WRITE_APPEND' }, { outputs: columnsNamed('id', '') }),
    'columns of odd names, appended': () =>
      written({ writeDisposition: 'WRITE_APPEND' }, { outputs: columnsNamed('id', 'risk:score') }),
    'a way to write without a place': () => writtenQuery({ query: 'select 1', writeDisposition: 'WRITE_TRUNCATE' }),
    'a partition': () => copied({ sourceTable: table('orders$20261121') }),
    'a moment': () => copied({ sourceTable: table('orders@-3600000') }),
    'a wildcard': () => copied({ sourceTable: table('orders_*') }),
    'a project with a dot': () => copied({ sourceTable: table('orders', 'acme-lake.shop') }),
  })) {
    test(`${what} is refused`, () => assert.throws(said, { name: 'GatewayError', code: 'invalid_request' }))
  }
})

describe('whatever a name or an address holds, the statement reads back as just that', () => {
  const odd = [
    '`',
    "'",
    '"',
    '\\',
    '\n',
    '\r',
    '\0',
    ' ',
    '\u2028',
    '\u202e',
    '\u00a0',
    'é',
    'ﬁ',
    '😀',
    '\ud800',
    '*',
    '-',
    '--',
    '/*',
    '.',
    ';',
    ')',
    '@',
    '$',
    '#',
    'x',
    '7',
    '_',
  ]
  const random = new Random(20261121)
  const text = () => random.some(6, () => random.pick(odd)).join('')

  /** The tokens of the only statement; none where it was refused as it should be, in words. */
  function read(said: () => string): readonly Token[] | undefined {
    let sql: string
    try {
      sql = said()
    } catch (error) {
      assert.ok(error instanceof GatewayError && error.code === 'invalid_request', String(error))
      return undefined
    }
    const result = gate(sql, 'bigquery')
    assert.ok(result.passed, `${sql}: ${JSON.stringify(result)}`)
    assert.equal(result.statements.length, 1, sql)
    return result.statements[0]?.written
  }
  const quoted = (tokens: readonly Token[]) => tokens.filter(({ kind }) => kind === 'quoted').map(({ value }) => value)
  const strings = (tokens: readonly Token[]) => tokens.filter(({ kind }) => kind === 'string').map(({ value }) => value)

  test('names', () => {
    let taken = 0
    for (let round = 0; round < 5_000; round++) {
      const [tableId, column] = [text(), text()]
      const tokens = read(() => copied({ sourceTable: table(tableId) }))
      if (tokens) assert.deepEqual(quoted(tokens), ['acme-lake', 'shop', 'copies', 'acme-lake', 'shop', tableId])
      const schema = { fields: [{ name: column, type: 'STRING' }] }
      const columns = read(() => loaded({ autodetect: false, schema }))
      if (columns) assert.deepEqual(quoted(columns), ['acme-lake', 'shop', 'orders', column])
      taken += (tokens ? 1 : 0) + (columns ? 1 : 0)
    }
    assert.ok(taken > 250, `only ${taken} names were taken`)
  })

  test('addresses and options', () => {
    let taken = 0
    for (let round = 0; round < 5_000; round++) {
      const [uri, quote] = [`gs://${text()}`, text()]
      const tokens = read(() => loaded({ sourceUris: [uri, uri], quote }))
      if (tokens) assert.deepEqual(strings(tokens), ['CSV', uri, uri, quote])
      const out = read(() => extracted({ destinationUris: [`${uri}*`], fieldDelimiter: quote }))
      if (out) assert.deepEqual(strings(out), [`${uri}*`, 'CSV', quote])
      taken += tokens ? 1 : 0
    }
    assert.ok(taken > 2_500, `only ${taken} addresses were taken`)
  })
})
