import { type Token, textOfTokens, tokensOf } from './google-sql-tokens.ts'
import { beforeSuffix } from './statement-tables.ts'

const endOfExpression =
  /^(where|join|left|right|full|inner|cross|on|using|group|order|having|limit|qualify|window|union|intersect|except|as)$/i

/**
 * `t [alias] FOR SYSTEM_TIME AS OF x` as a subquery that reads the copy from before the last write where x is earlier
 * than that write. One copy is kept: enough to undo one statement.
 */
export function rewriteTimeTravel(
  tokens: readonly Token[],
  snapshots: ReadonlyMap<string, Date>,
  defaultDataset: string | undefined,
): Token[] {
  const at = tokens.findIndex((_, index) =>
    /^ ?for system_time as of$/i.test(textOfTokens(tokens.slice(index, index + 4))),
  )
  if (at < 0) return [...tokens]
  const end = expressionEnd(tokens, at + 4)
  const expression = textOfTokens(tokens.slice(at + 4, end))
  const { start, path, alias } = tableBefore(tokens, at)
  const [table = '', dataset = defaultDataset ?? ''] = [...path].reverse()
  const current = path.map(part => `\`${part}\``).join('.')
  const written = snapshots.get(`${dataset}.${table}`)?.toISOString()
  const before = `\`${dataset}\`.\`${table}${beforeSuffix}\``
  const source = written
    ? `(SELECT * FROM ${before} WHERE (${expression}) < TIMESTAMP '${written}' UNION ALL ` +
      `SELECT * FROM ${current} WHERE (${expression}) >= TIMESTAMP '${written}')`
    : `(SELECT * FROM ${current} WHERE (${expression}) IS NOT NULL)`
  const replaced = tokensOf(` ${source} AS \`${alias ?? table}\` `)
  return rewriteTimeTravel([...tokens.slice(0, start), ...replaced, ...tokens.slice(end)], snapshots, defaultDataset)
}

function expressionEnd(tokens: readonly Token[], start: number): number {
  let depth = 0
  for (let at = start; at < tokens.length; at++) {
    const text = tokens[at]?.text ?? ''
    if (depth === 0 && (text === ')' || text === ',' || endOfExpression.test(text))) return at
    if (text === '(') depth++
    if (text === ')') depth--
  }
  return tokens.length
}

function tableBefore(tokens: readonly Token[], end: number) {
  let last = end - 1
  let alias: string | undefined
  if (tokens[last - 1]?.text !== '.' && tokens[last]?.gap && !/^(from|join)$/i.test(tokens[last - 1]?.text ?? '')) {
    alias = tokens[last]?.text
    last -= /^as$/i.test(tokens[last - 1]?.text ?? '') ? 2 : 1
  }
  const path = [tokens[last]?.text ?? '']
  while (tokens[last - 1]?.text === '.') {
    last -= 2
    path.unshift(tokens[last]?.text ?? '')
  }
  return { start: last, path, alias }
}
