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
  const byField = Object.entries(fields).flatMap(([column, paths]) =>
    sensitive.filter(({ pattern }) => holdsField(pattern, column, paths)).map(entry => ({ ...entry, pattern: column })),
  )
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
  return !matchesPattern(pattern, column) && paths.some(path => matchesPattern(pattern, `${column}.${path}`))
}

function matchesTag(glob: string, tag: string): boolean {
  const [wanted, carried] = [glob.toLowerCase(), tag.toLowerCase()]
  const [name = ''] = carried.split('=', 1)
  return globMatches(wanted, carried) || globMatches(wanted, name)
}
