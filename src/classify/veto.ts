import type { Classification } from './classification.ts'
import type { GateStatement } from './gate.ts'

/** What the third parser sees: `select::db::table` entries, and the type of each statement. */
export interface Opinion {
  readonly tables: readonly string[]
  readonly kinds: readonly string[]
}

/** Longer or deeper text is not shown to the third parser: it takes exponential time on some. */
export function isWorthAsking(statement: GateStatement): boolean {
  const { text, tokens } = statement
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
export function objection(
  classification: Classification,
  statement: GateStatement,
  opinion: Opinion,
): string | undefined {
  if (opinion.kinds.length === 0) return undefined
  if (opinion.kinds.length !== 1 || opinion.kinds[0] !== 'select') return 'a third parser sees another statement'
  const known = new Set([...classification.reads.flatMap(nameParts), ...localNames(statement)])
  for (const entry of opinion.tables) {
    const [kind, , table] = entry.split('::')
    if (kind !== 'select') return 'a third parser sees another statement'
    if (table !== undefined && !nameParts(table).some(part => known.has(part)))
      return `a third parser sees the table ${table.slice(0, 80)}`
  }
  return undefined
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
