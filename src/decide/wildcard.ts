import { globMatches, globMeets } from './pattern.ts'

export const holdsForSome = 'this is so for some of the names that a wildcard stands for'

/**
 * A question about a name that holds for some of what a wildcard stands for (the tables of BigQuery's `events_*`, the columns of
 * `t.*` where lineage is not known) and not for the rest. Neither yes nor no is right: a deny that asks has to take effect, and an
 * allow must not.
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

/** False where it can hold for none; throws where it may hold for some. */
function forSome(name: string, possible: (wildcard: string) => boolean): false {
  if (name.includes(star) && possible(shownName(name))) throw new HoldsForSome()
  return false
}

/** Whether the glob matches all of the name's names. Throws `HoldsForSome`. */
export function nameMatches(name: string, glob: string): boolean {
  return globMatches(glob, shownName(name)) || forSome(name, wildcard => globMeets(glob, wildcard))
}

/** Throws `HoldsForSome`. */
export function nameStartsWith(name: string, start: string): boolean {
  return name.startsWith(start) || forSome(name, wildcard => globMeets(`${start}*`, wildcard))
}

/** Throws `HoldsForSome`. */
export function nameEndsWith(name: string, end: string): boolean {
  return name.endsWith(end) || forSome(name, wildcard => globMeets(`*${end}`, wildcard))
}

/** Throws `HoldsForSome`. */
export function nameContains(name: string, part: string): boolean {
  return name.includes(part) || forSome(name, wildcard => globMeets(`*${part}*`, wildcard))
}

/** Throws `HoldsForSome`. */
export function sameName(a: string, b: string): boolean {
  if (shownName(a) === shownName(b)) return true
  return (
    forSome(a, wildcard => globMeets(shownName(b), wildcard)) ||
    forSome(b, wildcard => globMeets(shownName(a), wildcard))
  )
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
