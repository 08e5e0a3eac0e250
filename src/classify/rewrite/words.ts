import type { Dialect } from '../../statement.ts'
import { isName, isWord, type Token } from '../text/token.ts'
import { queryStart } from './pipe-names.ts'
import type { Rewrite } from './rewrite.ts'

/**
 * `SELECT key.a FROM t key, u filter` → ``SELECT `key`.a FROM t `key`, u `filter` ``: words that a parser takes for those of another
 * dialect's clauses, which are nothing but names where they stand.
 */
function quotedWords(tokens: readonly Token[], dialect: Dialect): readonly Token[] {
  const start = queryStart(tokens)
  if (!isWord(tokens[start], 'SELECT', 'WITH', 'FROM', '(')) return tokens
  const { names, fields, counts } = words[dialect]
  return tokens.map((token, at) => {
    if (token.kind !== 'word' || at < start) return token
    const [before, next] = [tokens[at - 1], tokens[at + 1]]
    const isQuoted =
      (names.has(token.value) && isPlaced(before, next)) ||
      (aliases.has(token.value) && isAlias(before, next)) ||
      (counts.has(token.value) && isNoCount(before, next)) ||
      (fields.has(token.value) && isWord(before, '.') && !isWord(next, '(')) ||
      (starts.has(token.value) && isWord(next, '.') && !isWord(before, '.', ':')) ||
      // One parser takes `f(INTERVAL value DAY)` for an argument called interval.
      (token.value === 'VALUE' && isWord(before, 'INTERVAL'))
    return isQuoted ? inQuotes(token, dialect) : token
  })
}

const inQuotes = (token: Token, dialect: Dialect): Token =>
  dialect === 'bigquery'
    ? { ...token, kind: 'quoted', text: `\`${token.text}\``, value: token.text }
    : { ...token, kind: 'quoted', text: `"${token.value}"` }

/** Whether it stands as an alias or a column, or begins a path. */
function isPlaced(before: Token | undefined, next: Token | undefined): boolean {
  if (isWord(next, '.')) return !isWord(before, '.', ':')
  return (isName(before) || isWord(before, ')')) && ends(next)
}

/** Whether it stands right after a table or a value, as an alias without AS does, or begins a path. */
const isAlias = (before: Token | undefined, next: Token | undefined): boolean =>
  isPlaced(before, next) && (isWord(next, '.') || !isWord(before, ...reserved))

/** Whether it stands where no number of rows does. A key of JSON is as it is written, and stays so. */
const isNoCount = (before: Token | undefined, next: Token | undefined): boolean =>
  !isWord(before, '.', ':') && (isWord(before, 'AS') || ends(next) || isWord(next, ...afterValues))

const ends = (next: Token | undefined): boolean => next === undefined || isWord(next, ...after)

const after =
  ', ) |> FROM JOIN INNER LEFT RIGHT FULL CROSS ON USING WHERE GROUP HAVING QUALIFY WINDOW ORDER LIMIT UNION INTERSECT EXCEPT'.split(
    ' ',
  )

const afterValues =
  '. = < > <= >= <> != || :: * / % IS IN LIKE ILIKE BETWEEN AND OR NOT AS ASC DESC NULLS WHEN THEN ELSE END'.split(' ')

/** After these another clause goes on, or a name has to come that needs no quotes. */
export const reserved =
  'ALL AND ANY AS ASC BETWEEN BY CASE COLLATE CONNECT CROSS CURRENT DESC DISTINCT ELSE EXCEPT EXCLUDE FETCH FOLLOWING FOR FROM FULL GROUP HAVING IGNORE ILIKE IN INNER INTERSECT INTERVAL IS JOIN LATERAL LEFT LIKE LIMIT MINUS NATURAL NOT NULLS OF OFFSET ON OR ORDER OUTER OVER PARTITION PER PRECEDING PRIOR QUALIFY RANGE RECURSIVE RENAME RESPECT RIGHT ROW ROWS SAMPLE SELECT SET SKIP START TABLESAMPLE THEN TO TOP UNBOUNDED UNION USING WHEN WHERE WINDOW WITH WITHIN'.split(
    ' ',
  )

/** Reserved in neither dialect, and no clause of a query ends with them. After a field's name some are types, which are read alike in quotes. */
const aliases: ReadonlySet<string> = new Set(
  (
    'AFTER ANALYZE APPLY BEFORE BEGIN BLOCK BODY CACHE CHANGES CHECK CLUSTER COMMENT COMMIT CYCLE DATE DATETIME DECLARE DESCRIBE DISTRIBUTE DIV DOMAIN EACH ' +
    'EXECUTE EXPLAIN FILTER FINAL FIRST FOREIGN FORMAT FUNCTION GENERATED IDENTITY INDEX INPUT KEEP KEY LANGUAGE LAST LOAD LOCAL MATCH ' +
    'MATERIALIZED MEASURES MEMBER MOD NAMESPACE NEXT OLD ONLY OPEN OPERATOR OUTPUT OVERLAPS OVERWRITE OWNED PATTERN PERCENT PREPARE PRIMARY PROC PROCEDURE ' +
    'REFERENCES REFRESH REPLACE RESTRICT RETURNING RETURNS ROLLBACK SEQUENCE SETTINGS SIMILAR SORT STATEMENT SYSTEM TEMP TEMPORARY TIME TIMESTAMP TRANSACTION ' +
    'TRUNCATE TYPE USE WAREHOUSE XOR'
  ).split(' '),
)

/** Not reserved in Snowflake, and a clause only before a number or what stands for one. */
const snowflakeCounts: ReadonlySet<string> = new Set(['LIMIT'])

/** A name of Snowflake's, and reserved in GoogleSQL. */
const snowflakeNames: ReadonlySet<string> = new Set(['NEW'])

/** Names wherever they are no clause's word: not reserved in GoogleSQL, whose queries have no such clauses. */
const bigqueryNames: ReadonlySet<string> = new Set(
  (
    'ANTI ASOF CACHE CLUSTER COLUMN COMMENT CONNECT CONSTRAINT DATABASE DISTRIBUTE FINAL GLOBAL INDEX KEY LANGUAGE LOCAL MINUS ' +
    'PREWHERE PRIMARY RETURNING SAMPLE SCHEMA SEMI SEQUENCE SETTINGS SORT START STRAIGHT_JOIN TABLE TEMP TEMPORARY TOP TRANSACTION TRIGGER ' +
    'TYPE UNIQUE USE VIEW'
  ).split(' '),
)

/** Any word is a name after a dot in GoogleSQL: `period.end`. */
const bigqueryFields: ReadonlySet<string> = new Set(
  'AND BOTH CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP END FALSE FROM HAVING LEADING LIMIT LOCALTIME LOCALTIMESTAMP NULL OR QUALIFY TRAILING TRUE UNION USING WHERE'.split(
    ' ',
  ),
)

/** Before a dot it begins a path, and no literal. */
const starts: ReadonlySet<string> = new Set(['DATE', 'DATETIME', 'TIME', 'TIMESTAMP', 'TRIM'])

const words = {
  snowflake: { names: snowflakeNames, fields: new Set<string>(), counts: snowflakeCounts },
  bigquery: { names: bigqueryNames, fields: bigqueryFields, counts: new Set<string>() },
} as const

/** What quotes them, and all that it looks for. */
export const wordRewrite = (dialect: Dialect): Rewrite => [
  tokens => quotedWords(tokens, dialect),
  ...[...words[dialect].names, ...words[dialect].fields, ...words[dialect].counts, ...aliases, ...starts, 'VALUE'],
]
