import type { SqlContext } from './google-sql.ts'
import { isWord, type Token, tokensOf } from './google-sql-tokens.ts'
import { rewriteTimeTravel } from './time-travel.ts'
import { withTableSuffix } from './wildcard-tables.ts'

const renamedFunctions: Readonly<Record<string, string>> = { RANGE: 'bq_range', REGEXP_CONTAINS: 'bq_regexp_contains' }
// The translator would narrow these to DECIMAL(18, 3) and a timestamp without a zone.
const renamedTypes: Readonly<Record<string, string>> = {
  NUMERIC: 'bq_numeric',
  DECIMAL: 'bq_numeric',
  BIGNUMERIC: 'bq_bignumeric',
  BIGDECIMAL: 'bq_bignumeric',
  TIMESTAMP: 'bq_timestamp',
}

/** Turns what the translator gets wrong into something it gets right. */
export function rewrite(tokens: readonly Token[], { project, snapshots, defaultDataset }: SqlContext): Token[] {
  const paths = withoutProject(splitQuotedPaths(withTableSuffix(withSelectedCopy(tokens))), project)
  return withNames(withInto(rewriteTimeTravel(paths, snapshots, defaultDataset)))
}

/** `CREATE [SNAPSHOT] TABLE a COPY b`, or CLONE, as a selection of all that is in `b`: DuckDB has neither. */
function withSelectedCopy(tokens: readonly Token[]): Token[] {
  const at = tokens.findIndex((token, index) => index > 2 && (isWord(token, 'COPY') || isWord(token, 'CLONE')))
  if (at < 0 || !tokens[0] || !isWord(tokens[0], 'CREATE')) return [...tokens]
  const made = tokens.slice(0, at).filter(token => !isWord(token, 'SNAPSHOT'))
  return [...made, ...tokensOf(' AS SELECT * FROM'), ...tokens.slice(at + 1)]
}

function withInto(tokens: readonly Token[]): Token[] {
  const [first, second] = tokens
  return first && second && isWord(first, 'INSERT') && !isWord(second, 'INTO')
    ? [first, { kind: 'word', text: 'INTO', gap: true }, ...tokens.slice(1)]
    : [...tokens]
}

function withNames(tokens: readonly Token[]): Token[] {
  const named: Token[] = []
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token
    const follower = tokens[at + 1]
    const name = token.kind === 'word' ? token.text.toUpperCase() : ''
    const type = renamedTypes[name]
    if (follower?.text === '(' && renamedFunctions[name]) {
      named.push({ ...token, text: renamedFunctions[name] })
    } else if (type && follower?.kind === 'string' && name !== 'TIMESTAMP') {
      named.push(...tokensOf(` CAST('${follower.text}' AS ${type})`))
      at++
    } else if (type && follower?.kind !== 'string' && follower?.text !== '(' && tokens[at - 1]?.text !== '.') {
      named.push({ ...token, text: type })
    } else named.push(token)
  }
  return named
}

function splitQuotedPaths(tokens: readonly Token[]): Token[] {
  return tokens.flatMap(token =>
    token.kind !== 'quoted'
      ? token
      : token.text.split('.').flatMap((part, at): Token[] => {
          const name: Token = { kind: 'quoted', text: part, gap: at === 0 && token.gap }
          return at === 0 ? [name] : [{ kind: 'symbol', text: '.', gap: false }, name]
        }),
  )
}

/** DuckDB's catalog is the project already. An unquoted project id with dashes is several tokens. */
function withoutProject(tokens: readonly Token[], project: string): Token[] {
  const kept: Token[] = []
  for (let at = 0; at < tokens.length; at++) {
    let spelled = ''
    let end = at
    while (end < tokens.length && spelled.length < project.length && (end === at || !tokens[end]?.gap)) {
      spelled += tokens[end++]?.text
    }
    const found = spelled === project && tokens[end]?.text === '.' && kept.at(-1)?.text !== '.'
    const next = tokens[end + 1]
    if (found && next) {
      kept.push({ ...next, gap: true })
      at = end + 1
    } else kept.push(tokens[at] as Token)
  }
  return kept
}
