import type { Dialect } from '../../statement.ts'
import type { Classification } from '../classification.ts'
import type { GateStatement } from '../gate.ts'
import { leadingReading } from '../text/leading-tokens.ts'

/** What the third parser sees: `select::db::table` entries, and the type of each statement. */
export interface Opinion {
  /** Without those that the text itself explains. */
  readonly tables: readonly string[]
  readonly kinds: readonly string[]
}

export const noOpinion: Opinion = { tables: [], kinds: [] }

/** Characters of a text that is not shown to the third parser whatever it holds. */
export const longestAsked = 8_000

/**
 * Longer or deeper text is not shown to the third parser: it takes exponential time on some. Neither is what begins
 * like no query: that is not harmless as it is.
 */
export function isWorthAsking(statement: GateStatement, dialect: Dialect): boolean {
  const { text, tokens } = statement
  if (leadingReading(tokens, dialect).kind !== 'select') return false
  let brackets = 0
  let joins = 0
  let depth = 0
  let deepest = 0
  for (const token of tokens) {
    if (token.text === '[' || token.text === '{') brackets += 1
    if (token.value === 'JOIN' || token.text === ',') joins += 1
    if (token.text === '(' || token.text === '[') deepest = Math.max(deepest, ++depth)
    if (token.text === ')' || token.text === ']') depth -= 1
  }
  return text.length <= 4_000 && brackets <= 8 && joins <= 200 && deepest <= 12
}

/**
 * Why the third parser makes a harmless-looking text not understood: it sees another statement, or a table that is
 * neither read nor explained by the text. What it misses or cannot parse counts for nothing.
 */
export function objection(classification: Classification, opinion: Opinion): string | undefined {
  if (opinion.kinds.length === 0) return undefined
  if (opinion.kinds.length !== 1 || opinion.kinds[0] !== 'select') return 'a third parser sees another statement'
  const known = new Set(classification.reads.flatMap(nameParts))
  for (const entry of opinion.tables) {
    const [kind, , table] = entry.split('::')
    if (kind !== 'select') return 'a third parser sees another statement'
    if (table !== undefined && !nameParts(table).some(part => known.has(part)))
      return `a third parser sees the table ${table.slice(0, 80)}`
  }
  return undefined
}

/** The entries of its table list that the text itself does not explain. */
export function unexplained(statement: GateStatement, tables: readonly string[]): readonly string[] {
  const local = new Set(localNames(statement))
  return tables.filter(entry => {
    const [kind, , table] = entry.split('::')
    return kind !== 'select' || (table !== undefined && !nameParts(table).some(part => local.has(part)))
  })
}

const nameParts = (name: string): readonly string[] => name.toUpperCase().replaceAll(/["`]/g, '').split('.').slice(-1)

/** Names that the text itself gives: CTEs (`name AS (`, `name (a, b) AS (`), and aliases, which arrays are read through. */
function localNames(statement: GateStatement): readonly string[] {
  const { tokens } = statement
  return tokens.flatMap((token, at) => {
    if (token.kind !== 'word' && token.kind !== 'quoted') return []
    const next = tokens[at + 1]
    const definesCte = (next?.value === 'AS' && tokens[at + 2]?.text === '(') || next?.text === '('
    const path = tokens[at - 1]?.text === '.' && tokens[at - 2]?.kind === 'word'
    return definesCte || path ? [token.value.toUpperCase()] : []
  })
}
