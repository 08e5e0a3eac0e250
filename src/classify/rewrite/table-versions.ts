import { isName, isWord, type Token } from '../text/token.ts'
import { afterTable, bracketed, depths, selectAll, spacedFirst, word } from '../text/token-lists.ts'

/**
 * `FROM d.t AS a FOR SYSTEM_TIME AS OF f(x)` → `FROM (SELECT * FROM d.t FOR SYSTEM_TIME AS OF NULL WHERE (f(x)) IS NULL) AS a`: one
 * parser does not read it after an alias, where GoogleSQL has it, and the other reads no call there.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#for_system_time_as_of
 */
export function queriedVersions(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some((_, at) => isVersion(tokens, at))) return tokens
  const levels = depths(tokens)
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const alias = isVersion(tokens, at) ? aliasStart(result) : result.length + 1
    const table = pathStart(result, alias)
    if (table === undefined) result.push(tokens[at] as Token)
    else {
      const end = expressionEnd(tokens, levels, at + 4)
      const name = isWord(tokens[end], 'AS') ? [] : alias < result.length ? result.slice(alias) : impliedAlias(result)
      const path = result.splice(table).slice(0, alias - table)
      result.push(...asQuery([...path, ...tokens.slice(at, at + 4)], tokens.slice(at + 4, end)), ...name)
      at = end - 1
    }
  }
  return result
}

const isVersion = (tokens: readonly Token[], at: number): boolean =>
  ['FOR', 'SYSTEM_TIME', 'AS', 'OF'].every((text, index) => isWord(tokens[at + index], text))

function asQuery(version: readonly Token[], time: readonly Token[]): readonly Token[] {
  const all = [...selectAll(false), ...spacedFirst(version)]
  return bracketed([...all, word('NULL'), word('WHERE'), ...bracketed(time), word('IS'), word('NULL')])
}

/** Where the alias begins that ends here, with its AS; the end where there is none. */
function aliasStart(tokens: readonly Token[]): number {
  const end = tokens.length
  if (!isName(tokens[end - 1]) || !isName(tokens[end - 2]) || isWord(tokens[end - 2], ...beforeTable)) return end
  return isWord(tokens[end - 2], 'AS') ? end - 2 : end - 1
}

/** Where the table's name begins that ends before this place, if it stands where a table does. */
function pathStart(tokens: readonly Token[], end: number): number | undefined {
  if (!isName(tokens[end - 1])) return undefined
  let start = end - 1
  while (isWord(tokens[start - 1], '.') && isName(tokens[start - 2])) start -= 2
  return isWord(tokens[start - 1], ...beforeTable) ? start : undefined
}

const beforeTable = ['FROM', 'JOIN', ',']

/** The name that a table's columns have without an alias: the last of its path. */
function impliedAlias(path: readonly Token[]): readonly Token[] {
  const last = path.at(-1)
  const name = (last?.kind === 'quoted' ? last.value : (last?.text ?? '')).split('.').at(-1) ?? ''
  return [word('AS'), { kind: 'quoted', text: `\`${name}\``, value: name, spaced: true }]
}

function expressionEnd(tokens: readonly Token[], levels: readonly number[], start: number): number {
  const depth = levels[start] ?? 0
  const end = tokens.findIndex(
    (token, at) => at > start && ((levels[at] ?? 0) < depth || (levels[at] === depth && isWord(token, ...ends))),
  )
  return end < 0 ? tokens.length : end
}

const ends = [',', '|>', 'AS', ...afterTable]
