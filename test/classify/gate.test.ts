import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gate } from '#src/classify/gate.ts'
import { lexBigquery } from '#src/classify/text/lexer-bigquery.ts'
import { lexSnowflake } from '#src/classify/text/lexer-snowflake.ts'
import type { Dialect } from '#src/statement.ts'
import { blanks } from '#test/fuzz/lexical-tricks.ts'

const texts = (sql: string, dialect: Dialect) => {
  const passage = gate(sql, dialect)
  return passage.passed ? passage.statements.map(statement => statement.text) : passage.cause
}
const isAmbiguous = (sql: string, dialect: Dialect) => {
  const passage = gate(sql, dialect)
  return !passage.passed && passage.ambiguous
}

const ambiguous: readonly (readonly [what: string, dialect: Dialect, sql: string])[] = [
  ['a bare CR ends a comment for one lexer', 'bigquery', 'SELECT 1 -- c\r; DROP TABLE t'],
  ['a bare CR ends a comment for one lexer', 'snowflake', 'SELECT 1 --x\r; DROP TABLE t'],
  ['a bare CR between tokens', 'snowflake', 'SELECT\r1'],
  ['a line separator in a comment', 'snowflake', 'SELECT 1 --x\u2028; DROP TABLE t'],
  ['a next-line character in a comment', 'bigquery', 'SELECT 1 #x\u0085; DROP TABLE t'],
  ['nested comments', 'bigquery', 'SELECT 1 /* /* */ ; DROP TABLE t -- */'],
  ['nested comments', 'snowflake', 'SELECT 1 /* a /* b */ c */'],
  ['an open comment', 'snowflake', 'SELECT 1 /* x'],
  ['a doubled quote', 'bigquery', "SELECT 'a''; DROP TABLE t; --'"],
  ['strings in a row', 'bigquery', "SELECT 'x' '; DROP TABLE t; --'"],
  ['$$ in BigQuery', 'bigquery', 'SELECT $$ ; DROP TABLE t; $$'],
  ['strings in a row', 'snowflake', "SELECT 'x' $$ FROM t; DROP TABLE t $$"],
  ['a hexadecimal string that goes on', 'snowflake', "SELECT x'b''' FROM t"],
  ['$$ inside a name', 'snowflake', 'SELECT a$$b'],
  ['a backslash in back-ticks', 'bigquery', 'SELECT `a\\`` FROM secret -- `'],
  ['a backslash in a quoted name', 'snowflake', 'SELECT "a\\" FROM secret --"'],
  ['a number that swallows text', 'bigquery', 'select x from a.b.1;delete secret where true'],
  ['a number that runs into a name', 'snowflake', 'select 1from t'],
  ['a hexadecimal number, in Snowflake', 'snowflake', 'select id from t order by 0x2'],
  ['a hint', 'bigquery', 'SELECT @{a=1} 1'],
  ['a no-break space', 'snowflake', 'SELECT\u00a0* FROM t'],
  ['a look-alike letter', 'snowflake', 'SELECT * FROM \u0455ecret'],
  ['a right-to-left mark', 'bigquery', 'SELECT 1 \u202e'],
  ['an invisible character in a quoted name', 'snowflake', 'SELECT * FROM "a\u200bb"'],
  ['a byte order mark', 'snowflake', '\ufeffSELECT 1'],
  ['a semicolon in brackets', 'snowflake', 'SELECT (1; DROP TABLE t)'],
  ['a stage path with a comment opener', 'snowflake', 'COPY INTO @s/a//b FROM t'],
  ['a stage path with a block comment', 'snowflake', 'LIST @s/*x*/'],
  ['a dialect directive', 'bigquery', '#legacySQL\nSELECT 1'],
  ['a dialect directive after another', 'bigquery', '#standardSQL\n # legacySQL\nSELECT 1'],
  ['a string right after a name', 'bigquery', "SELECT x'ab'"],
  ['a lone surrogate', 'snowflake', "SELECT '\ud800'"],
  ['a NUL in a comment', 'snowflake', 'DELETE FROM t -- \0\n WHERE id = 1'],
  ['a NUL in a string', 'bigquery', "SELECT 'a\0b'"],
]
for (const [what, dialect, sql] of ambiguous) {
  test(`refuses ${what} (${dialect}): ${JSON.stringify(sql)}`, () => assert.equal(isAmbiguous(sql, dialect), true))
}

test('a string or a comment that seems to begin in back-ticks is none', () => {
  assert.deepEqual(texts("SELECT `a'`; DROP TABLE `b'`", 'bigquery'), ["SELECT `a'`", "DROP TABLE `b'`"])
  assert.deepEqual(texts('SELECT `#`, `--`; DROP TABLE t', 'bigquery'), 'an unusual character in a quoted name')
  assert.deepEqual(texts('SELECT `#`; DROP TABLE `|--`', 'bigquery'), ['SELECT `#`', 'DROP TABLE `|--`'])
})

test('ends raw, bytes and triple-quoted strings where GoogleSQL ends them', () => {
  assert.deepEqual(texts("SELECT r'\\'' ; DROP TABLE t; -- '", 'bigquery'), ["SELECT '\\x5c\\x27'", 'DROP TABLE t'])
  assert.deepEqual(texts("SELECT b'''\\''''; DROP TABLE t --'''", 'bigquery'), ["SELECT b'\\x27'", 'DROP TABLE t'])
  assert.deepEqual(texts('SELECT """a"""; DROP TABLE t', 'bigquery'), ["SELECT 'a'", 'DROP TABLE t'])
  assert.deepEqual(texts("SELECT '''a'; DROP TABLE t; --'''", 'bigquery'), ["SELECT 'a\\x27; DROP TABLE t; --'"])
})

test('ends Snowflake strings where backslash and doubled quotes say so', () => {
  assert.deepEqual(texts("SELECT 'a\\'; DROP TABLE t; --'", 'snowflake'), ["SELECT 'a\\x27; DROP TABLE t; --'"])
  assert.deepEqual(texts("SELECT 'a\\\\'; DROP TABLE t; --'", 'snowflake'), ["SELECT 'a\\x5c'", 'DROP TABLE t'])
  assert.deepEqual(texts("SELECT $$ it's; $$ x // end", 'snowflake'), ["SELECT ' it\\x27s; ' x"])
})

test('reads on after what says that the text is GoogleSQL, and literals of a type that touch their string', () => {
  assert.deepEqual(texts('#standardSQL\nSELECT 1', 'bigquery'), ['SELECT 1'])
  assert.deepEqual(texts('SELECT date\'2026-01-01\', TIMESTAMP"x"; DROP TABLE t', 'bigquery'), [
    "SELECT date '2026-01-01', TIMESTAMP 'x'",
    'DROP TABLE t',
  ])
})

test('puts dashed names into back-ticks and leaves subtraction alone', () => {
  assert.deepEqual(texts('SELECT a-b FROM a-b-c.d.t, secret', 'bigquery'), ['SELECT a-b FROM `a-b-c`.d.t, secret'])
  assert.deepEqual(texts('SELECT EXTRACT(YEAR FROM a-b)', 'bigquery'), ['SELECT EXTRACT(YEAR FROM a-b)'])
})

test('a quoted name that touches another name stays a name of its own', () => {
  assert.deepEqual(texts('SELECT d FROM a-1`p`WHERE i', 'bigquery'), ['SELECT d FROM `a-1` `p` WHERE i'])
  assert.deepEqual(texts('SELECT a"b"FROM t', 'snowflake'), ['SELECT a "b" FROM t'])
})

test('carriage returns before a line feed end a line with it, for every lexer', () => {
  for (const dialect of ['bigquery', 'snowflake'] as const) {
    assert.deepEqual(texts('SELECT 1,\r\r\n2 -- c\r\r\n; DROP TABLE t', dialect), ['SELECT 1, 2', 'DROP TABLE t'])
    assert.deepEqual(texts('SELECT 1 -- c\r\r', dialect), ['SELECT 1'])
    for (const sql of ['SELECT 1 -- c\r\r; DROP TABLE t\r\r\n', 'SELECT 1 -- c\r \r\n, 2', 'SELECT 1,\r\r 2\n'])
      assert.ok(isAmbiguous(sql, dialect), sql)
  }
  assert.ok(isAmbiguous("SELECT '''a\r\r\nb'''", 'bigquery'))
})

test('literals mean what GoogleSQL reads: line ends in triple quotes, characters in bytes', () => {
  assert.deepEqual(texts("SELECT '''a\r\nb'''", 'bigquery'), ["SELECT 'a\\x0ab'"])
  assert.deepEqual(texts("SELECT b'\u212a\\xff'", 'bigquery'), ["SELECT b'\\xe2\\x84\\xaa\\xff'"])
})

test('brackets that do not match are read alike, and not judged', () => {
  for (const sql of ['SELECT (1]', 'SELECT (1', 'SELECT 1)', 'SELECT [1; SELECT 2'])
    for (const dialect of ['snowflake', 'bigquery'] as const) {
      const passage = gate(sql, dialect)
      assert.deepEqual([passage.passed, isAmbiguous(sql, dialect)], [false, sql.includes(';')], sql)
    }
})

test('refuses what is beyond its limits', () => {
  const over = [
    `select '${'x'.repeat(200_001)}'`,
    `select ${'('.repeat(51)}1${')'.repeat(51)}`,
    `select ${'a or '.repeat(501)}a`,
    `select ${'a,'.repeat(5_001)}a`,
    `select ${'a'.repeat(1_025)} from t`,
    `select ${'a.'.repeat(30)}a from t`,
    ' ; ',
  ]
  for (const sql of over) {
    for (const dialect of ['snowflake', 'bigquery'] as const) {
      const passage = gate(sql, dialect)
      assert.equal(passage.passed, false, sql.slice(0, 40))
      assert.equal(!passage.passed && passage.ambiguous, false, sql.slice(0, 40))
    }
  }
})

test('a name of many parts, or a long one, is refused however it is written', () => {
  const path = (parts: number) => Array.from({ length: parts }, () => 'a').join('.')
  const refused = (sql: string, dialect: Dialect) => /^more than .* in a name$/.test(String(texts(sql, dialect)))
  for (const [sql, dialect] of [
    [`SELECT * FROM \`${path(20_001)}\``, 'bigquery'],
    [`SELECT * FROM \`${path(15)}\`.${path(16)}`, 'bigquery'],
    [`SELECT 1 AS \`${'\u00e9'.repeat(513)}\``, 'bigquery'],
    [`SELECT ${path(16)}..${path(15)} FROM t`, 'snowflake'],
    [`SELECT 1 AS "${'a'.repeat(1_025)}"`, 'snowflake'],
  ] as const)
    assert.ok(refused(sql, dialect), sql.slice(0, 80))
  const deepField = `p.d.t.${path(16)}`
  assert.equal(
    refused(`SELECT ${deepField}, ${deepField} FROM \`p.d.${'t'.repeat(1_024)}\` WHERE a`, 'bigquery'),
    false,
  )
  assert.equal(refused(`SELECT ${'a b, '.repeat(100)} c FROM t`, 'snowflake'), false)
})

const pieces = [
  ...[
    "'",
    '"',
    '`',
    '\\',
    ';',
    '--',
    '/*',
    '*/',
    '#',
    '$$',
    "r'",
    "b'''",
    '\n',
    '\r',
    ' ',
    'a',
    '1',
    '.',
    ',',
    '(',
    ')',
  ],
  ...['FROM', 'x-y', '@s', '@', '\u00e9', "''", '"""', "'x'", '-', '1.5', '`t`', '"T"', '$1', '//', '[', ']', '\u2028'],
]
const anyText = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map(parts => parts.join(''))
const anyDialect = fc.constantFrom<Dialect>('snowflake', 'bigquery')
const seed = 20261121

test('canonical text passes the gate again and does not change', () => {
  fc.assert(
    fc.property(anyText, anyDialect, (sql, dialect) => {
      const first = texts(sql, dialect)
      if (typeof first === 'string') return
      for (const statement of first) assert.deepEqual(texts(statement, dialect), [statement])
    }),
    { numRuns: 20_000, seed },
  )
})

test('what stands after a text changes nothing of what it means', () => {
  fc.assert(
    fc.property(anyText, anyText, anyDialect, (one, other, dialect) => {
      const [first, second] = [texts(one, dialect), texts(other, dialect)]
      if (typeof first === 'string' || typeof second === 'string') return
      assert.deepEqual(texts(`${one}\n;${other}`, dialect), [...first, ...second])
    }),
    { numRuns: 20_000, seed },
  )
})

test('every character but blanks and comments is in a token, once and in order', () => {
  const atoms = ['a', 'FROM', 'x1', '42', '1.5', '(', ')', ',', '=', '<', '+', '*', '[', ']', ';', ':', 'Z_9'] as const
  const written = anyDialect.chain(dialect =>
    fc.tuple(fc.constant(dialect), fc.array(fc.tuple(fc.constantFrom(...atoms), fc.constantFrom(...blanks[dialect])))),
  )
  fc.assert(
    fc.property(written, ([dialect, parts]) => {
      const lex = dialect === 'snowflake' ? lexSnowflake : lexBigquery
      const tokens = lex(parts.map(([atom, blank]) => `${atom}${blank}`).join(''))
      assert.deepEqual(
        tokens.map(({ text }) => text),
        parts.map(([atom]) => atom),
      )
      assert.ok(tokens.slice(1).every(({ spaced }) => spaced))
    }),
    { numRuns: 5_000, seed },
  )
})
