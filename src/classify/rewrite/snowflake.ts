import { isName, isWord, type Token } from '../text/token.ts'
import { closingAt, isNameList, quoted, separated, symbol, word } from '../text/token-lists.ts'
import { plainAlterations } from './alterations.ts'
import { untypedParameters } from './arguments.ts'
import { bracketedBareJoins } from './bare-joins.ts'
import { bracketedQueries } from './bracketed-queries.ts'
import { bracketedConditions } from './connect-by.ts'
import { namedMatches } from './matches.ts'
import { bracketedPaths, withoutElements } from './paths.ts'
import { formWords, markedAliases, plainForms } from './plain-forms.ts'
import { priorColumns } from './prior-columns.ts'
import type { Rewrite } from './rewrite.ts'
import { bracketedRows } from './value-rows.ts'
import { wordRewrite } from './words.ts'

/**
 * `FROM @s (FILE_FORMAT => f, PATTERN => 'x')` → `FROM @s`: how its files are read, and which of them. No value there is a column's, though
 * it looks like a call. https://docs.snowflake.com/en/user-guide/querying-stage
 */
function plainStages(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some((token, at) => token.kind === 'stage' && isWord(tokens[at + 1], '('))) return tokens
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    result.push(token)
    if (token.kind !== 'stage' || !isWord(tokens[at + 1], '(')) continue
    const end = closingAt(tokens, at + 1)
    if (separated(tokens.slice(at + 2, end), ',').every(isStageOption)) at = end
  }
  return result
}

/** `FILE_FORMAT => db.s.f` or `PATTERN => 'x'`. */
function isStageOption([name, arrow, ...value]: readonly Token[]): boolean {
  if (!isWord(arrow, '=>')) return false
  if (isWord(name, 'PATTERN')) return value.length === 1 && value[0]?.kind === 'string'
  if (!isWord(name, 'FILE_FORMAT')) return false
  return value.every((token, at) => (at % 2 === 1 ? isWord(token, '.') : token.kind === 'string' || isName(token)))
}

/**
 * `SHOW PRIMARY KEYS …` → `SHOW COLUMNS …`, `DESC VIEW v TYPE = COLUMNS` → `DESC TABLE v`: what the same objects are made of. `EXPLAIN USING
 * TEXT q` → `EXPLAIN q`: how it is shown. `SHOW WAREHOUSES` → `SHOW DATABASES`: neither shows what is in a table.
 */
function plainLooks(tokens: readonly Token[]): readonly Token[] {
  const [verb, kind, keys] = tokens
  if (verb && isWord(verb, 'SHOW') && isWord(kind, ...keyKinds) && isWord(keys, 'KEYS'))
    return [verb, word('COLUMNS', true), ...tokens.slice(3)]
  if (verb && isWord(verb, 'SHOW') && isWord(kind, 'WAREHOUSES'))
    return [verb, word('DATABASES', true), ...tokens.slice(2)]
  if (verb && isWord(verb, 'EXPLAIN') && isWord(kind, 'USING') && isWord(keys, 'TABULAR', 'JSON', 'TEXT'))
    return [verb, ...tokens.slice(3)]
  if (verb && isWord(verb, 'DESC', 'DESCRIBE') && isWord(kind, 'TABLE', 'VIEW'))
    return [verb, word('TABLE', true), ...tokens.slice(2, saysColumns(tokens) ? -3 : undefined)]
  return tokens
}

/** `DROP VIEW v CASCADE`, as dbt writes it → `DROP VIEW v`: nothing goes with a view. */
function plainDrops(tokens: readonly Token[]): readonly Token[] {
  const [verb, kind] = tokens
  if (!isWord(verb, 'DROP') || !isWord(kind, 'VIEW') || !isWord(tokens.at(-1), 'CASCADE', 'RESTRICT')) return tokens
  return isName(tokens.at(-2)) && !isWord(tokens.at(-2), 'VIEW', 'EXISTS') ? tokens.slice(0, -1) : tokens
}

/**
 * `CREATE TABLE t (a, b) AS …` → `CREATE TABLE t (a VARIANT, b VARIANT) AS …`: one parser wants types, which say nothing of where
 * values come from.
 */
function typedColumns(tokens: readonly Token[]): readonly Token[] {
  if (!isWord(tokens[0], 'CREATE')) return tokens
  let at = tokens.slice(0, 5).findIndex(token => isWord(token, 'TABLE')) + 1
  while (isWord(tokens[at], 'IF', 'NOT', 'EXISTS')) at += 1
  while (isName(tokens[at]) && isWord(tokens[at + 1], '.')) at += 2
  const end = isWord(tokens[at + 1], '(') ? closingAt(tokens, at + 1) : at
  if (!isName(tokens[at]) || !isNameList(tokens.slice(at + 1, end + 1))) return tokens
  const columns = tokens.slice(at + 2, end).flatMap(token => (isName(token) ? [token, word('VARIANT', true)] : [token]))
  return [...tokens.slice(0, at + 2), ...columns, ...tokens.slice(end)]
}

/** As it is without saying so; the other is about the stage of a table. */
function saysColumns(tokens: readonly Token[]): boolean {
  return ['TYPE', '=', 'COLUMNS'].every((text, at) => isWord(tokens.at(at - 3), text))
}

const keyKinds = ['PRIMARY', 'UNIQUE', 'IMPORTED', 'EXPORTED']

/**
 * `FROM IDENTIFIER('db.sch.t')` and `FROM TABLE('db.sch.t')` → `FROM "DB"."SCH"."T"`, which both parsers read. Where there is a
 * WITH, a name of one part may be a CTE's; a string with escapes may mean other letters, and a name in quotes other rules: those
 * stay what they are, and wait. https://docs.snowflake.com/en/sql-reference/identifier-literal, …/literals-table
 */
function plainTableNames(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  const leastDots = tokens.some(token => isWord(token, 'WITH')) ? 1 : 0
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const name = isWord(tokens[at - 1], 'FROM', 'JOIN') ? namedByString(tokens, at, leastDots) : undefined
    if (name === undefined) result.push(token)
    else {
      result.push(...nameTokens(name, token.spaced))
      at += 3
    }
  }
  return result
}

/**
 * `{* EXCLUDE x}` → `OBJECT_CONSTRUCT(* EXCLUDE x)`: a row as one value. `{c.* EXCLUDE x}` → `OBJECT_CONSTRUCT(c.*)` and `f(c.* EXCLUDE x)` →
 * `f(c.*)`, which no parser reads with it.
 */
function wholeObjects(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const isObject = token.text === '{'
    const star = isObject || (isWord(token, '(') && isName(tokens[at - 1])) ? starAt(tokens, at + 1) : undefined
    const end = star === undefined ? at : closingAt(tokens, at)
    const dropped = star !== undefined && star > at + 1 && isStarOption(tokens.slice(star + 1, end))
    if (star === undefined || !(isObject || dropped)) result.push(token)
    else {
      const inner = tokens.slice(at + 1, dropped ? star + 1 : end)
      if (isObject) result.push(word('OBJECT_CONSTRUCT', token.spaced))
      result.push(symbol('('), ...inner, symbol(')'))
      at = end
    }
  }
  return result
}

/** `EXCLUDE a`, `EXCLUDE (a, b)` or `ILIKE 'x'`, and nothing more. */
function isStarOption([verb, ...names]: readonly Token[]): boolean {
  const [name, more] = names
  if (isWord(verb, 'ILIKE')) return name?.kind === 'string' && more === undefined
  return isWord(verb, 'EXCLUDE') && (isNameList(names) || (isName(name) && more === undefined))
}

/** Where the star of `*` or `c.*` stands. */
function starAt(tokens: readonly Token[], at: number): number | undefined {
  const [first, dot, star] = tokens.slice(at, at + 3)
  if (isWord(first, '*')) return at
  return isName(first) && isWord(dot, '.') && isWord(star, '*') ? at + 2 : undefined
}

function namedByString(tokens: readonly Token[], at: number, leastDots: number): string | undefined {
  const name = tokens[at + 2]
  if (tokens[at]?.kind !== 'word' || !isWord(tokens[at], 'IDENTIFIER', 'TABLE')) return undefined
  if (!isWord(tokens[at + 1], '(') || !isWord(tokens[at + 3], ')') || name?.plain !== true) return undefined
  const isPath = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,2}$/.test(name.value) && name.value.split('.').length > leastDots
  return isPath ? name.value : undefined
}

function nameTokens(name: string, spaced: boolean): readonly Token[] {
  return name
    .toUpperCase()
    .split('.')
    .flatMap((part, index) => (index === 0 ? [quoted(part, spaced)] : [symbol('.'), quoted(part, false)]))
}

/**
 * Snowflake forms that a parser reads wrongly or not at all, put into an equal form that all read alike. Only the text
 * that is analysed changes; what runs is the agent's own.
 */
export const snowflakeRewrites: readonly Rewrite[] = [
  wordRewrite('snowflake'),
  [plainStages],
  [untypedParameters, '->'],
  [markedAliases, 'PIVOT'],
  [plainForms, ...formWords],
  [bracketedQueries],
  [typedColumns, 'CREATE'],
  [plainAlterations, 'ALTER', 'UNDROP'],
  [plainDrops, 'DROP'],
  [plainLooks, 'SHOW', 'EXPLAIN', 'DESC', 'DESCRIBE'],
  [plainTableNames, 'IDENTIFIER', 'TABLE'],
  [bracketedRows, 'VALUES'],
  [namedMatches, 'MATCH_RECOGNIZE'],
  [priorColumns, 'PRIOR'],
  [bracketedConditions, 'CONNECT'],
  [wholeObjects, '{', 'EXCLUDE', 'ILIKE'],
  [bracketedPaths, ':', '['],
  [withoutElements, '['],
  [bracketedBareJoins, 'JOIN'],
]
