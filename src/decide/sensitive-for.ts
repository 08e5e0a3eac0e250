import type { DecisionInput, SensitiveColumns } from './decision.ts'
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
  const { understood, tags: known, fields = {} } = classification
  const byField = Object.entries(fields).flatMap(([column, paths]) => [
    ...sensitive
      .filter(({ pattern }) => holdsField(pattern, column, paths))
      .map(entry => ({ ...entry, pattern: column })),
    ...sensitive.filter(({ pattern }) => mayHoldField(pattern, column, paths)).map(entry => wholly(entry, column)),
  ])
  // What is not understood may read any table, and so may what nobody looked up.
  const carriers = [...Object.entries(known ?? {}), ...(understood && known ? [] : [['*', null] as const])]
  const byTag = carriers.flatMap(([pattern, tags]) =>
    tagged
      .filter(({ tag }) => tags === null || tags.some(carried => matchesTag(tag, carried)))
      .map(({ tag: _tag, ...how }) => ({ pattern, ...how })),
  )
  const more = [...byField, ...byTag, ...tainted.map(asSensitive)]
  return more.length === 0 ? sensitive : [...sensitive, ...more]
}

/** A field, and not the column itself, whose entry there is already. */
function holdsField(pattern: string, column: string, paths: readonly string[]): boolean {
  const named = paths.filter(path => !path.endsWith('*'))
  return !matchesPattern(pattern, column) && named.some(path => matchesPattern(pattern, `${column}.${path}`))
}

/** As above, of what has fields of any name: the pattern names it, and says more behind. */
function mayHoldField(pattern: string, column: string, paths: readonly string[]): boolean {
  if (matchesPattern(pattern, column)) return false
  const places = paths.filter(path => path.endsWith('*')).map(path => `${column}.${path}`.slice(0, -2))
  return parentsOf(pattern).some(parent => places.some(place => matchesPattern(parent, place)))
}

/** `*.events.payload` of `*.events.payload.email`; what ends in a star alone names nothing. */
function parentsOf(pattern: string): readonly string[] {
  const parts = pattern.split('.')
  return parts
    .slice(1)
    .map((_, at) => parts.slice(0, at + 1).join('.'))
    .filter(parent => !/(?:^|\.)\*+$/.test(parent))
}

/** Which part of a JSON text a mask would keep cannot be told. */
const wholly = (entry: SensitiveColumns, column: string): SensitiveColumns => ({
  ...entry,
  pattern: column,
  mask: entry.mask === 'null' ? 'null' : 'redact',
})

function matchesTag(glob: string, tag: string): boolean {
  const [wanted, carried] = [glob.toLowerCase(), tag.toLowerCase()]
  const [name = ''] = carried.split('=', 1)
  return globMatches(wanted, carried) || globMatches(wanted, name)
}
