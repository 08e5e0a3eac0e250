import { bigqueryTableFunctions } from '../functions-bigquery.ts'
import { isField, isWord, type Token } from '../text/token.ts'
import { closingAt, isOfValue, symbol, word } from '../text/token-lists.ts'
import { bracketedLambdas, joinedArrays, plainRanges, plainValues, queriedArguments } from './arguments.ts'
import { markedJoins } from './bracketed-joins.ts'
import { bracketedQueries } from './bracketed-queries.ts'
import { plainCalls } from './chained-calls.ts'
import { plainDefinitions } from './definitions.ts'
import { joinedFormats } from './formats.ts'
import { bracketedNestedJoins } from './nested-joins.ts'
import { rewritePipes } from './pipes.ts'
import { markedAliases } from './plain-forms.ts'
import type { Rewrite } from './rewrite.ts'
import { bracketedWindows, privateSelects, queriedSource } from './select-clauses.ts'
import { plainSetOperations } from './set-operations.ts'
import { queriedStars } from './struct-stars.ts'
import { queriedVersions } from './table-versions.ts'
import { queriedWiths } from './with-expressions.ts'
import { wordRewrite } from './words.ts'

/** `INSERT t (a) VALUES (1)` → `INSERT INTO t (a) VALUES (1)`: one parser does not read the former. */
const insertInto = (tokens: readonly Token[]): readonly Token[] =>
  isWord(tokens[0], 'INSERT') && !isWord(tokens[1], 'INTO') ? tokens.toSpliced(1, 0, word('INTO')) : tokens

const beforeTableName = new Set([
  'FROM',
  'JOIN',
  'INTO',
  'UPDATE',
  'MERGE',
  'TABLE',
  'MODEL',
  'VIEW',
  'DELETE',
  'USING',
  'EXISTS',
  'CLONE',
  'COPY',
  'LIKE',
])

/** `FROM my-project.d.t` → `` FROM `my-project`.d.t ``: one parser lets the dash swallow the comma that follows. */
function quoteDashedNames(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const before = tokens[at - 1]
    const end = before?.kind === 'word' && beforeTableName.has(before.value) ? dashedEnd(tokens, at) : at
    if (end === at || isOfValue(tokens, at - 1)) result.push(token)
    else {
      const value = tokens
        .slice(at, end + 1)
        .map(part => part.text)
        .join('')
      result.push({ kind: 'quoted', text: `\`${value}\``, value, spaced: token.spaced })
      at = end
    }
  }
  return result
}

/** Index of the last token of a dashed name that starts at `at`; `at` where there is no dash. */
export function dashedEnd(tokens: readonly Token[], at: number): number {
  let end = at
  if (tokens[at]?.kind !== 'word') return at
  while (tokens[end + 1]?.text === '-' && !tokens[end + 1]?.spaced) {
    const next = tokens[end + 2]
    if (next === undefined || next.spaced || (next.kind !== 'word' && !/^\d+$/.test(next.text))) break
    end += 2
  }
  return end
}

/**
 * `SAFE.SUBSTR(x)` → `` `SUBSTR`(x) ``, `SAFE.NET.HOST(x)` → `` `NET`.HOST(x) ``: the prefix only turns errors into NULL. In back-ticks it stays
 * the name of a function: after the prefix there is no UNNEST, OFFSET or ARRAY of the grammar.
 */
function plainSafeCalls(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const called = tokens[at + 3]?.text === '.' ? at + 5 : at + 3
    const prefix = isWord(token, 'SAFE') && tokens[at + 1]?.text === '.' && tokens[called]?.text === '('
    if (!prefix || isDataSet(tokens, at, called)) result.push(token)
    else {
      result.push(asName(tokens[at + 2] as Token))
      at += 2
    }
  }
  return result
}

/** Where a table, a routine or a table function is named, `safe` is a data set like others. */
const isDataSet = (tokens: readonly Token[], at: number, called: number): boolean =>
  isWord(tokens[at - 1], '.', ...beforeObject) ||
  isWord(tokens[called + 1], 'TABLE', 'MODEL') ||
  bigqueryTableFunctions.has(tokens[called - 1]?.value.toUpperCase() ?? '')

const beforeObject = 'FROM JOIN INTO INSERT UPDATE MERGE TABLE VIEW EXISTS FUNCTION PROCEDURE CALL USING'.split(' ')

const asName = (token: Token): Token =>
  token.kind === 'word'
    ? { ...token, kind: 'quoted', text: `\`${token.text}\``, value: token.text, spaced: true }
    : token

/** `FROM t, t.items AS i WITH OFFSET` → `… UNNEST(t.items) AS i WITH OFFSET`: only an array can have an offset. */
function unnestOffsets(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (const [at, token] of tokens.entries()) {
    if (isWord(token, 'WITH') && isWord(tokens[at + 1], 'OFFSET')) wrapPath(result)
    result.push(token)
  }
  return result
}

function wrapPath(result: Token[]): void {
  let end = result.length - 1
  const isName = (index: number) =>
    result[index]?.kind === 'quoted' || (result[index]?.kind === 'word' && !isWord(result[index], 'JOIN', 'FROM', 'AS'))
  if (isName(end) && (isWord(result[end - 1], 'AS') || (isName(end - 1) && result[end - 1]?.text !== ')'))) {
    end -= isWord(result[end - 1], 'AS') ? 2 : 1
  }
  let start = end
  while (isName(start) && result[start - 1]?.text === '.' && isName(start - 2)) start -= 2
  const before = result[start - 1]
  if (start === end || !isName(start) || !isWord(before, ',', 'FROM', 'JOIN')) return
  const path = result.slice(start, end + 1).map((part, index) => (index === 0 ? { ...part, spaced: false } : part))
  // Without an alias it is called like the array.
  const named = end === result.length - 1 ? [word('AS', true), { ...asName(path.at(-1) as Token), spaced: true }] : []
  result.splice(start, end + 1 - start, word('UNNEST', true), symbol('('), ...path, symbol(')'), ...named)
}

/** `a << 2` → `a | 2`, outside of types: one parser does not read the former. The value changes, but not what it is made of. */
function plainOperators(tokens: readonly Token[]): readonly Token[] {
  let depth = 0
  return tokens.map((token, at) => {
    if (depth > 0 || opensType(tokens, at)) depth += typeDepth(token)
    else if (isWord(token, '<<', '>>')) return { ...token, text: '|', value: '|' }
    return token
  })
}

const opensType = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.text === '<' && isWord(tokens[at - 1], 'ARRAY', 'STRUCT', 'RANGE', 'TABLE') && !isField(tokens, at - 1)

const typeDepth = ({ text }: Token): number => ({ '<': 1, '>': -1, '>>': -2 })[text] ?? 0

/** `ARRAY<STRUCT<a INT64>>[(1)]` → `CAST([(1)] AS ARRAY<STRUCT<a INT64>>)`: one parser does not read the former. */
function castArrays(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const open = isWord(token, 'ARRAY') && opensType(tokens, at + 1) ? endOfType(tokens, at + 1) + 1 : 0
    const close = isWord(tokens[open], '[') && open > 0 ? closingAt(tokens, open) : 0
    if (close <= open) result.push(token)
    else {
      const inner = castArrays(tokens.slice(open, close + 1))
      result.push(word('CAST', token.spaced), symbol('('), ...inner, word('AS', true))
      result.push({ ...token, spaced: true }, ...tokens.slice(at + 1, open), symbol(')'))
      at = close
    }
  }
  return result
}

/** Where the type ends that opens at this place; -1 where it does not. */
function endOfType(tokens: readonly Token[], start: number): number {
  let depth = 0
  for (let at = start; at < tokens.length; at += 1) {
    depth += typeDepth(tokens[at] as Token)
    if (depth <= 0) return at
  }
  return -1
}

/**
 * GoogleSQL forms that a parser reads wrongly or not at all, put into an equal form that all read alike. Only the text
 * that is analysed changes; what runs is the agent's own.
 */
export const bigqueryRewrites: readonly Rewrite[] = [
  [insertInto, 'INSERT'],
  [markedAliases, 'PIVOT'],
  [queriedSource, 'MERGE'],
  [quoteDashedNames, '-'],
  [bracketedNestedJoins, 'JOIN'],
  [markedJoins, 'JOIN'],
  wordRewrite('bigquery'),
  [queriedVersions, 'SYSTEM_TIME'],
  [bracketedQueries],
  [plainDefinitions, 'CREATE', 'ALTER', 'DROP'],
  [plainValues, 'STRUCT', 'UNPIVOT'],
  [plainRanges, 'RANGE'],
  [plainCalls],
  [plainSafeCalls, 'SAFE'],
  [queriedArguments, 'TABLE', 'MODEL'],
  [queriedStars, 'EXCEPT', 'REPLACE'],
  [bracketedLambdas, '->'],
  [privateSelects, 'DIFFERENTIAL_PRIVACY', 'AGGREGATION_THRESHOLD'],
  [bracketedWindows, 'WINDOW'],
  [joinedFormats, 'FORMAT'],
  [queriedWiths, 'WITH'],
  [joinedArrays, 'UNNEST'],
  [unnestOffsets, 'OFFSET'],
  [plainOperators, '<<', '>>'],
  [castArrays, 'ARRAY'],
  [plainSetOperations, 'NAME', 'CORRESPONDING'],
  [rewritePipes],
]
