import { GateRefusal, isName, isWord, type Token } from '../text/token.ts'
import { word } from '../text/token-lists.ts'
import { reserved } from './words.ts'

/** One SELECT, as far as it was read, or brackets in its list. */
interface Select {
  /** Where PRIOR stands before a value in its list. */
  readonly found: number[]
  /** Still in its list. */
  listing: boolean
  readonly isInBrackets: boolean
}

/**
 * `SELECT PRIOR x AS y … CONNECT BY …` → `SELECT CONNECT_BY_ROOT x AS y …`: another row of the same column, and both parsers read it. In a
 * SELECT without CONNECT BY it is the name of a column, as it is everywhere where no value follows. Throws GateRefusal where it may be either.
 * https://docs.snowflake.com/en/sql-reference/constructs/connect-by
 */
export function priorColumns(tokens: readonly Token[]): readonly Token[] {
  const prior = new Set<number>()
  const unsure = new Set<number>()
  const levels: Select[] = [{ found: [], listing: false, isInBrackets: false }]
  for (const [at, token] of tokens.entries()) {
    const select = levels.at(-1) as Select
    if (isWord(token, '(')) levels.push({ ...select, isInBrackets: true })
    else if (isWord(token, ')')) levels.pop()
    else if (isWord(token, 'SELECT')) levels.splice(-1, 1, { found: [], listing: true, isInBrackets: false })
    else if (isWord(token, 'FROM')) select.listing = false
    else if (select.listing && isPrior(tokens, at)) {
      select.found.push(at)
      if (!select.isInBrackets && isWord(tokens[at + 2], ',', 'FROM')) unsure.add(at)
    } else if (isWord(token, 'CONNECT') && isWord(tokens[at + 1], 'BY'))
      for (const place of select.found) prior.add(place)
  }
  for (const at of prior) if (unsure.has(at)) throw mayBeName
  return tokens.map((token, at) => (prior.has(at) ? word('CONNECT_BY_ROOT', token.spaced) : token))
}

const mayBeName = new GateRefusal('PRIOR, which may be the name of a column as well: write `PRIOR x AS y`')

/** After a dot or AS it is a name, and as well where nothing follows that can be a value. */
function isPrior(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]
  const begins = before?.kind === 'symbol' ? !isWord(before, '.', ':', ')', ']') : isWord(before, ...reserved)
  const next = tokens[at + 1]
  // A collation is a string; else that word is a column, which one parser takes for a collation as well.
  const isColumn = isWord(next, 'COLLATE') ? tokens[at + 2]?.kind !== 'string' : !isWord(next, ...reserved)
  return isWord(tokens[at], 'PRIOR') && begins && !isWord(before, 'AS') && isName(next) && isColumn
}
