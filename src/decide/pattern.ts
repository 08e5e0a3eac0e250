import { ownerOf, tableOf } from '../classify/column-name.ts'

/**
 * Globs over qualified names. `*` stands for any characters, dots included; nothing else is special. Linear in practice
 * and never exponential, whatever the pattern.
 */
export function globMatches(glob: string, text: string): boolean {
  let g = 0
  let t = 0
  let star = -1
  let retry = 0
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g++
      retry = t
    } else if (glob[g] === text[t]) {
      g++
      t++
    } else if (star >= 0) {
      g = star + 1
      t = ++retry
    } else return false
  }
  while (glob[g] === '*') g++
  return g === glob.length
}

/**
 * Whether the glob matches some of the names that a wildcard stands for. The wildcard's stars stand for characters of one
 * part of a name: BigQuery's `events_*` is many tables, but of one data set. `globMatches` of the two says whether it
 * matches all of them.
 */
export function globMeets(glob: string, wildcard: string): boolean {
  // Most differ before the first star of either, or behind the last.
  const [before, after] = [
    Math.min(beforeStar(glob), beforeStar(wildcard)),
    Math.min(afterStar(glob), afterStar(wildcard)),
  ]
  if (glob.slice(0, before) !== wildcard.slice(0, before)) return false
  if (glob.slice(glob.length - after) !== wildcard.slice(wildcard.length - after)) return false
  // Which places in the wildcard can be reached with what was seen of the glob so far.
  let reached = pastStars(wildcard, [true])
  for (const char of glob) {
    const next: boolean[] = []
    for (let at = 0; at <= wildcard.length; at++) {
      const stays = reached[at] === true && (char === '*' || (wildcard[at] === '*' && char !== '.'))
      const moves = reached[at - 1] === true && char !== '*' && wildcard[at - 1] === char
      const jumps = char === '*' && next[at - 1] === true
      next[at] = stays || moves || jumps
    }
    reached = pastStars(wildcard, next)
  }
  return reached[wildcard.length] === true
}

/** Characters before its first star. */
const beforeStar = (text: string): number => (text.includes('*') ? text.indexOf('*') : text.length)
/** Characters behind its last star. */
const afterStar = (text: string): number => text.length - 1 - text.lastIndexOf('*')

/** A star may stand for nothing, so what is behind it is reached with it. */
function pastStars(wildcard: string, reached: boolean[]): boolean[] {
  for (let at = 0; at < wildcard.length; at++) if (reached[at] && wildcard[at] === '*') reached[at + 1] = true
  return reached
}

/** A full name: database, schema, table, column; project, dataset, table, column. */
const fullName = 4

/**
 * Whether a pattern of the policy's `sensitive` list means this column. Case does not matter. Errs towards yes:
 * `*.customers.email` also means `CUSTOMERS.EMAIL`; a name that is not fully qualified is compared with as many last
 * parts of the pattern as it has; a field of a BigQuery struct belongs to its column.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const glob = pattern.toLowerCase()
  const whole = name.toLowerCase()
  // Statements have thousands of columns, and few of them have in their names how a pattern ends.
  const end = glob.slice(1 + Math.max(glob.lastIndexOf('.'), glob.lastIndexOf('*')))
  if (!whole.includes(end) && !whole.includes('*')) return false
  const parts = whole.split('.')
  for (let length = Math.min(fullName, parts.length); length <= parts.length; length++) {
    const text = parts.slice(0, length).join('.')
    // A BigQuery wildcard table (`events_*`) is many tables; one of them may be the pattern's.
    const fits = text.includes('*') ? globMeets : globMatches
    if (fits(glob, text) || fits(tail(glob, length), text)) return true
  }
  return false
}

/**
 * The same where it takes a mask away: errs towards no. Of a name that is not fully qualified nobody knows which it is, and of the tables
 * that a wildcard stands for the pattern has to mean each.
 */
export function surelyMatches(pattern: string, name: string): boolean {
  const glob = pattern.toLowerCase()
  const parts = name.toLowerCase().split('.')
  return parts.some((_, at) => at + 1 >= fullName && globMatches(glob, parts.slice(0, at + 1).join('.')))
}

/**
 * Whether the pattern means some column of this table: for statements whose lineage is not known, where the column
 * cannot be named.
 */
export function mayMatchColumnOf(pattern: string, table: string): boolean {
  if (!pattern.includes('.')) return true
  const owner = tableOf(pattern)
  const name = ownerOf(table)
  if (matchesPattern(owner, name)) return true
  // A `*` behind the last dot may itself hold the dot between table and column: `hr.*`, `*email`.
  const star = pattern.indexOf('*', owner.length)
  return star >= 0 && matchesPattern(pattern.slice(0, star + 1), name)
}

/** Whether the column, whatever its table, has the name that the pattern ends in. Every column of a table is no name. */
export function hasNameOf(pattern: string, column: string): boolean {
  const end = (text: string) => text.slice(text.lastIndexOf('.') + 1)
  return !/^\*+$/.test(end(pattern)) && matchesPattern(end(pattern), end(column))
}

/** The last `length` parts, and for a leading `*.` nothing in its place. */
function tail(glob: string, length: number): string {
  const parts = glob.split('.')
  if (parts.length > length) return parts.slice(-length).join('.')
  return parts[0] === '*' ? parts.slice(1).join('.') : glob
}
