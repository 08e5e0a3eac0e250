import { isField, isName, isWord, type Token } from '../text/token.ts'
import { closingAt, isPlainType, openingBefore, quoted, symbol, word } from '../text/token-lists.ts'

/**
 * What one parser does not know and says nothing about a table or a value: DIRECTED, `DATE_PART(y FROM x)`, `NTH_VALUE(x, 2) FROM
 * LAST`, a spread `**`, COLLATE after a type, what an ARRAY, MAP or OBJECT holds, whether a column is there already. And names of
 * columns that it takes for something else.
 */
export function plainForms(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  const spreadEnds = new Set<number>()
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const [before, after] = [tokens[at - 1], tokens[at + 1]]
    if (isWord(token, 'DIRECTED') && isWord(after, 'JOIN') && beginsJoin(tokens, at - 1)) continue
    if (isWord(token, 'FROM') && isWord(before, ')') && isCountedFrom(tokens, at)) {
      at += 1
      continue
    }
    if (isWord(token, 'COLLATE') && after?.kind === 'string' && endsCast(tokens, at - 1)) {
      at += 1
      continue
    }
    if (isAddedColumn(tokens, at)) {
      at += 2
      continue
    }
    if (isSpread(tokens, at)) {
      spreadEnds.add(closingAt(tokens, at + 2))
      at += 2
      continue
    }
    if (spreadEnds.has(at)) continue
    const partOf = isWord(token, 'FROM') && isWord(tokens[at - 2], '(') && isWord(tokens[at - 3], 'DATE_PART')
    const typeEnd = heldTypesEnd(tokens, at)
    if (typeEnd > at && !isWord(token, 'ARRAY')) result.push(word('VARIANT', token.spaced))
    else result.push(partOf ? symbol(',') : namesColumn(tokens, at) ? quoted(token.value, token.spaced) : token)
    at = typeEnd
  }
  return result
}

/** `PIVOT (… FOR k IN ('x' a))` → `PIVOT (… FOR k IN ('x' AS a))`: one parser wants the AS there. */
export function markedAliases(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some(token => isWord(token, 'PIVOT'))) return tokens
  return tokens.flatMap((token, at) => {
    const isAlias =
      isName(token) &&
      /^(string|number)$/.test(tokens[at - 1]?.kind ?? '') &&
      isWord(tokens[at - 2], '(', ',') &&
      isWord(tokens[at + 1], ')', ',') &&
      isWord(tokens[openingBefore(tokens, at) - 1], 'IN')
    return isAlias ? [word('AS'), { ...token, spaced: true }] : token
  })
}

/** Where the brackets of `ARRAY(x)`, `MAP(x, y)` or `OBJECT(a x)` close, where that is a type; else where it began. */
function heldTypesEnd(tokens: readonly Token[], at: number): number {
  if (!isWord(tokens[at], 'ARRAY', 'MAP', 'OBJECT') || !isWord(tokens[at + 1], '(') || !isType(tokens, at)) return at
  const end = closingAt(tokens, at + 1)
  return isPlainType(tokens.slice(at + 1, end)) ? end : at
}

/** The condition of `ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT`. */
const isAddedColumn = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[0], 'ALTER') &&
  isWord(tokens[at - 1], 'ADD', 'COLUMN') &&
  isWord(tokens[at], 'IF') &&
  isWord(tokens[at + 1], 'NOT') &&
  isWord(tokens[at + 2], 'EXISTS')

/** `f(**[a, b])` takes what the array holds as its arguments. https://docs.snowflake.com/en/sql-reference/operators-expansion */
const isSpread = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], '*') &&
  isWord(tokens[at + 1], '*') &&
  isWord(tokens[at - 1], '(', ',') &&
  isWord(tokens[at + 2], '[')

/** Right after `::`, or after the AS of a CAST; after another AS it is a name. */
function isType(tokens: readonly Token[], at: number): boolean {
  if (!isWord(tokens[at - 1], 'AS')) return isWord(tokens[at - 1], '::')
  return isWord(tokens[openingBefore(tokens, at - 1) - 1], 'CAST', 'TRY_CAST')
}

/** `::STRING` or `::VARCHAR(10)`. */
function endsCast(tokens: readonly Token[], at: number): boolean {
  return isWord(tokens[(isWord(tokens[at], ')') ? openingBefore(tokens, at) - 1 : at) - 1], '::')
}

/** `FROM FIRST` or `FROM LAST` after the brackets of an NTH_VALUE. */
function isCountedFrom(tokens: readonly Token[], at: number): boolean {
  return (
    isWord(tokens[at + 1], 'FIRST', 'LAST') &&
    isWord(tokens[at + 2], 'OVER', 'IGNORE', 'RESPECT') &&
    isWord(tokens[openingBefore(tokens, at - 1) - 1], 'NTH_VALUE')
  )
}

/**
 * Whether the word names a column although one parser takes it for the beginning of a literal: `date "Day"`, `json:k`, `array[0]`,
 * `interval - 1`. None of them is a reserved word. https://docs.snowflake.com/en/sql-reference/reserved-keywords
 */
function namesColumn(tokens: readonly Token[], at: number): boolean {
  const [before, token, after] = [tokens[at - 1], tokens[at], tokens[at + 1]]
  if (token?.kind !== 'word' || after === undefined || isWord(before, '.', '::', 'AS')) return false
  if (token.value === 'INTERVAL') return after.kind !== 'string'
  if (!typeWords.has(token.value)) return false
  return after.kind === 'quoted' || isWord(after, '[') || (isWord(after, ':') && isName(tokens[at + 2]))
}

const typeWords = new Set(
  (
    'ARRAY BINARY BIT BLOB BOOL BOOLEAN BYTES CHAR CHARACTER DATE DATETIME DEC DECIMAL DOUBLE FLOAT INT INTEGER JSON NUMERIC REAL ' +
    'STRING TEXT TIME TIMESTAMP TIMESTAMP_NTZ UUID VARBINARY VARCHAR'
  ).split(' '),
)

/** Each of these forms has one of them. */
export const formWords: readonly string[] = [
  ...'DIRECTED NTH_VALUE COLLATE DATE_PART MAP OBJECT INTERVAL ['.split(' '),
  ...typeWords,
]

/** OUTER alone is a table's name. */
const beginsJoin = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], 'OUTER')
    ? isWord(tokens[at - 1], 'LEFT', 'RIGHT', 'FULL') && !isField(tokens, at - 1)
    : isWord(tokens[at], 'INNER', 'CROSS', 'LEFT', 'RIGHT', 'FULL') && !isField(tokens, at)
