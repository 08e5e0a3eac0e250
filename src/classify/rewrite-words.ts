import { isName, isWord, type Token } from './token.ts'

/**
 * `SELECT key.a FROM t key, u` → ``SELECT `key`.a FROM t `key`, u``: words that a parser takes for those of another dialect's clauses,
 * which are nothing but names in a query of GoogleSQL.
 */
export function quotedWords(tokens: readonly Token[]): readonly Token[] {
  if (!isWord(tokens[0], 'SELECT', 'WITH', 'FROM', '(')) return tokens
  return tokens.map((token, at) => {
    if (token.kind !== 'word' || !names.has(token.value) || !isPlaced(tokens[at - 1], tokens[at + 1])) return token
    return { ...token, kind: 'quoted', text: `\`${token.text}\``, value: token.text }
  })
}

/** Whether it stands as an alias or a column, or begins a path. */
function isPlaced(before: Token | undefined, next: Token | undefined): boolean {
  if (isWord(next, '.')) return !isWord(before, '.')
  return (isName(before) || isWord(before, ')')) && (next === undefined || isWord(next, ...after))
}

const after =
  ', ) |> FROM JOIN INNER LEFT RIGHT FULL CROSS ON USING WHERE GROUP HAVING QUALIFY WINDOW ORDER LIMIT UNION INTERSECT EXCEPT'.split(
    ' ',
  )

const names: ReadonlySet<string> = new Set(
  (
    'ANTI ASOF CACHE CLUSTER COLUMN COMMENT CONNECT CONSTRAINT DATABASE DISTRIBUTE FINAL GLOBAL INDEX KEY LANGUAGE LOCAL MINUS ' +
    'PREWHERE PRIMARY RETURNING SAMPLE SCHEMA SEMI SEQUENCE SETTINGS SORT START STRAIGHT_JOIN TEMP TEMPORARY TOP TRANSACTION TRIGGER ' +
    'TYPE UNIQUE USE VIEW'
  ).split(' '),
)
