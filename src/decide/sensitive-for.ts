import { bringsUnseen } from '../classify/classification.ts'
import { type DecisionInput, type SensitiveColumns, wholeMask } from './decision.ts'
import { globMatches, matchesPattern } from './pattern.ts'
import type { LoadedPolicy } from './policy.ts'
import { asSensitive } from './taint.ts'

/**
 * What is sensitive for one statement: what the policy declares by name, columns that hold a field of a declared name, columns of
 * its tables that carry a declared tag (all of a table where its tags are not known), and those that were written from sensitive
 * ones.
 */
export function sensitiveFor(
  { sensitive, tagged }: Pick<LoadedPolicy, 'sensitive' | 'tagged'>,
  { classification, tainted = [] }: DecisionInput,
): readonly SensitiveColumns[] {
  const { understood, hazards, tags: known, fields = {} } = classification
  const byField = Object.entries(fields).flatMap(([column, paths]) =>
    sensitive.flatMap(entry => inPlaceOfField(entry, column, paths)),
  )
  // What is not understood may read any table, and so may what nobody looked up, an earlier result or somebody's function.
  const isTold = understood && known !== undefined && !bringsUnseen(hazards)
  const carriers = [...Object.entries(known ?? {}), ...(isTold ? [] : [['*', null] as const])]
  const byTag = carriers.flatMap(([pattern, tags]) =>
    tagged
      .filter(({ tag }) => tags === null || tags.some(carried => matchesTag(tag, carried)))
      .map(({ tag: _tag, ...how }) => ({ pattern, ...how })),
  )
  const more = [...byField, ...byTag, ...tainted.map(asSensitive)]
  return more.length === 0 ? sensitive : [...sensitive, ...more]
}

/** The column that holds a field which the entry names; nothing where it names the column itself. */
function inPlaceOfField(entry: SensitiveColumns, column: string, paths: readonly string[]): SensitiveColumns[] {
  const { pattern, mask } = entry
  if (matchesPattern(pattern, column)) return []
  const open = paths.filter(path => path.endsWith('*')).map(path => `${column}.${path}`.slice(0, -2))
  if (open.some(place => namesWithin(pattern, place, column)))
    return [{ ...entry, pattern: column, mask: wholeMask(mask) }]
  return paths.some(path => namesField(pattern, column, path)) ? [{ ...entry, pattern: column }] : []
}

/** Tables have hundreds of fields, and few end as a pattern does. */
function namesField(pattern: string, column: string, path: string): boolean {
  if (path.endsWith('*')) return false
  const last = pattern.slice(pattern.lastIndexOf('.') + 1).toLowerCase()
  const alike = last.includes('*') || path.toLowerCase().endsWith(last)
  return alike && matchesPattern(pattern, `${column}.${path}`)
}

/**
 * Whether the pattern says more behind what means this place in a column: `*.events.payload.email` does of a `PAYLOAD`, `*.email` of
 * nothing. What means the column says which of its fields it means.
 */
function namesWithin(pattern: string, place: string, column: string): boolean {
  const parts = pattern.split('.')
  // Any column of a table: the pattern has to name the table, a column and more behind.
  if (place.endsWith('.*')) {
    const table = place.slice(0, -2)
    return namesWithin(parts.slice(0, -1).join('.'), table, table)
  }
  const before = parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('.'))
  return before.some(
    parent =>
      !/(?:^|\.)\*+$/.test(parent) &&
      matchesPattern(parent, place) &&
      (place === column || !matchesPattern(parent, column)),
  )
}

function matchesTag(glob: string, tag: string): boolean {
  const [wanted, carried] = [glob.toLowerCase(), tag.toLowerCase()]
  const [name = ''] = carried.split('=', 1)
  return globMatches(wanted, carried) || globMatches(wanted, name)
}
