import type { DecisionInput, SensitiveColumns } from './decision.ts'
import { globMatches } from './pattern.ts'
import type { LoadedPolicy } from './policy.ts'
import { asSensitive } from './taint.ts'

/**
 * What is sensitive for one statement: what the policy declares by name, columns of its tables that carry a declared tag (all of
 * a table where its tags are not known), and those that were written from sensitive ones.
 */
export function sensitiveFor(
  { sensitive, tagged }: Pick<LoadedPolicy, 'sensitive' | 'tagged'>,
  { classification, tainted = [] }: DecisionInput,
): readonly SensitiveColumns[] {
  const { understood, tags: known } = classification
  // What is not understood may read any table, and so may what nobody looked up.
  const carriers = [...Object.entries(known ?? {}), ...(understood && known ? [] : [['*', null] as const])]
  const byTag = carriers.flatMap(([pattern, tags]) =>
    tagged
      .filter(({ tag }) => tags === null || tags.some(carried => matchesTag(tag, carried)))
      .map(({ tag: _tag, ...how }) => ({ pattern, ...how })),
  )
  return byTag.length + tainted.length === 0 ? sensitive : [...sensitive, ...byTag, ...tainted.map(asSensitive)]
}

function matchesTag(glob: string, tag: string): boolean {
  const [wanted, carried] = [glob.toLowerCase(), tag.toLowerCase()]
  const [name = ''] = carried.split('=', 1)
  return globMatches(wanted, carried) || globMatches(wanted, name)
}
