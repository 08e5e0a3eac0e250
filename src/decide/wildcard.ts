import { globMatches, globMeets } from './pattern.ts'

export const holdsForSome = 'this is so for some of the names that a wildcard stands for, or in another case of letters'

/**
 * A question about a name that holds for some of what a wildcard stands for (the tables of BigQuery's `events_*`, the columns of
 * `t.*` where lineage is not known) and not for the rest; or that would hold if only letters were of another case: `hr.*` of
 * Snowflake's `HR.PUBLIC.T`. Neither yes nor no is right: a deny that asks has to take effect, and an allow must not.
 */
class HoldsForSome extends Error {
  constructor() {
    super(holdsForSome)
    this.name = 'HoldsForSome'
  }
}

/** Stands for `*` in the names that conditions see: no other text of a statement or an agent is taken for a wildcard. */
const star = '\u{e000}'

/** The name of a table or column, in the form in which the functions below know a wildcard. */
export const asName = (name: string): string => name.replaceAll('*', star)

/** As the statement has it. */
export const shownName = (text: string): string => text.replaceAll(star, '*')

/** False where it can hold for none of what the name stands for, in no case of letters; throws where it may. */
function forSome(name: string, glob: string): false {
  const [text, pattern] = [shownName(name).toLowerCase(), glob.toLowerCase()]
  if (name.includes(star) ? globMeets(pattern, text) : globMatches(pattern, text)) throw new HoldsForSome()
  return false
}

/** Whether the glob matches all of the name's names. Throws `HoldsForSome`. */
export function nameMatches(name: string, glob: string): boolean {
  return globMatches(glob, shownName(name)) || forSome(name, glob)
}

/** Throws `HoldsForSome`. */
export function nameStartsWith(name: string, start: string): boolean {
  return name.startsWith(start) || forSome(name, `${start}*`)
}

/** Throws `HoldsForSome`. */
export function nameEndsWith(name: string, end: string): boolean {
  return name.endsWith(end) || forSome(name, `*${end}`)
}

/** Throws `HoldsForSome`. */
export function nameContains(name: string, part: string): boolean {
  return name.includes(part) || forSome(name, `*${part}*`)
}

/** Whether they are one name; a star in either may have been meant as a glob's. Throws `HoldsForSome`. */
export function sameName(a: string, b: string): boolean {
  const [one, other] = [shownName(a), shownName(b)]
  return one === other || forSome(a, other) || forSome(b, one)
}

/** Whether `holds` for one of them. Throws `HoldsForSome` where it holds for none for sure. */
export function holdsForAny<T>(items: Iterable<T>, holds: (item: T) => boolean): boolean {
  let some: HoldsForSome | undefined
  for (const item of items) {
    try {
      if (holds(item)) return true
    } catch (error) {
      if (!(error instanceof HoldsForSome)) throw error
      some = error
    }
  }
  if (some) throw some
  return false
}
