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

/** A full name: database, schema, table, column; project, dataset, table, column. */
const fullName = 4

/**
 * Whether a pattern of the policy's `sensitive` list means this column. Case does not matter. Errs towards yes:
 * `*.customers.email` also means `CUSTOMERS.EMAIL`; a name that is not fully qualified is compared with as many last
 * parts of the pattern as it has; a field of a BigQuery struct belongs to its column.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const glob = pattern.toLowerCase()
  const parts = name.toLowerCase().split('.')
  for (let length = Math.min(fullName, parts.length); length <= parts.length; length++) {
    const text = parts.slice(0, length).join('.')
    if (globMatches(glob, text) || globMatches(tail(glob, length), text)) return true
    // A BigQuery wildcard table (`events_*`) is many tables; one of them may be the pattern's.
    if (text.includes('*') && globMatches(text, glob)) return true
  }
  return false
}

/**
 * Whether the pattern means some column of this table: for statements whose lineage is not known, where the column
 * cannot be named.
 */
export function mayMatchColumnOf(pattern: string, table: string): boolean {
  const lastDot = pattern.lastIndexOf('.')
  if (lastDot < 0) return true
  if (matchesPattern(pattern.slice(0, lastDot), table)) return true
  // A `*` behind the last dot may itself hold the dot between table and column: `hr.*`, `*email`.
  const star = pattern.indexOf('*', lastDot)
  return star >= 0 && matchesPattern(pattern.slice(0, star + 1), table)
}

/** The last `length` parts, and for a leading `*.` nothing in its place. */
function tail(glob: string, length: number): string {
  const parts = glob.split('.')
  if (parts.length > length) return parts.slice(-length).join('.')
  return parts[0] === '*' ? parts.slice(1).join('.') : glob
}
