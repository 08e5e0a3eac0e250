import { isWord, type Token } from '../text/token.ts'
import { closingAt, depths, listed, symbol, word } from '../text/token-lists.ts'

/**
 * `CAST(x AS STRING FORMAT f AT TIME ZONE z)` → `CAST(CONCAT(x, f, z) AS STRING)` where f or z is more than a string: one parser
 * reads only that. The value is made of each of them. https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements
 */
export function joinedFormats(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some(token => isWord(token, 'FORMAT'))) return tokens
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    result.push(token)
    if (!isWord(token, 'CAST', 'SAFE_CAST') || !isWord(tokens[at + 1], '(')) continue
    const end = closingAt(tokens, at + 1)
    const inner = joinedFormats(tokens.slice(at + 2, end))
    result.push(symbol('('), ...(joined(inner) ?? inner), symbol(')'))
    at = end
  }
  return result
}

/** What stands in the brackets of a cast with such a format, as one of the values together. */
function joined(cast: readonly Token[]): readonly Token[] | undefined {
  const levels = depths(cast)
  const as = cast.findIndex((token, at) => levels[at] === 0 && isWord(token, 'AS'))
  const format = isWord(cast[as + 2], '(') ? closingAt(cast, as + 2) + 1 : as + 2
  if (as < 0 || !isWord(cast[format], 'FORMAT')) return undefined
  const rest = cast.slice(format + 1)
  const zone = depths(rest).findIndex((level, at) => level === 0 && isZone(rest, at))
  const parts = zone < 0 ? [rest] : [rest.slice(0, zone), rest.slice(zone + 3)]
  if (parts.every(part => part.length === 1 && part[0]?.kind === 'string')) return undefined
  const values = listed([cast.slice(0, as), ...parts])
  return [word('CONCAT', false), symbol('('), ...values, symbol(')'), ...cast.slice(as, format)]
}

const isZone = (tokens: readonly Token[], at: number): boolean =>
  ['AT', 'TIME', 'ZONE'].every((text, index) => isWord(tokens[at + index], text))
