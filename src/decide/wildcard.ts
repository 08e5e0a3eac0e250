import { globMatches, globMeets } from './pattern.ts'

export const holdsForSome =
  'this is so for some of the names that a wildcard stands for, for some of several statements, or in another case of letters'

/**
 * A question about a name that holds for some of what a wildcard stands for (the tables of BigQuery's `events_*`, the columns of
 * `t.*` where lineage is not known) and not for the rest; or for some of what several statements of one text do; or that would hold
 * if only letters were of another case: `hr.*` of Snowflake's `HR.PUBLIC.T`. Neither yes nor no is right: a deny that asks has to take
 * effect, and an allow must not.
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

/** Between words that are asked about as one. */
const both = '\u{e001}'

/** A question about these holds where it holds for each of them. */
export const asEach = (words: readonly string[]): string => [...new Set(words)].join(both)

const withStars = (text: string): string => text.replaceAll(star, '*')

/** As the statement has it. */
export const shownName = (text: string): string => withStars(text).replaceAll(both, ' and ')

/** Throws `HoldsForSome` where it holds for some of them. No word stands there twice, so that nobody's text passes for another. */
function ofEach(text: string, holds: (word: string) => boolean): boolean {
  const words = text.includes(both) ? text.split(both) : []
  if (new Set(words).size < Math.max(2, words.length)) return holds(text)
  const held = words.filter(holds)
  if (held.length > 0 && held.length < words.length) throw new HoldsForSome()
  return held.length > 0
}

/** False where it can hold for none of what the name stands for, in no case of letters; throws where it may. */
function forSome(name: string, glob: string): false {
  const [text, pattern] = [withStars(name).toLowerCase(), glob.toLowerCase()]
  if (name.includes(star) ? globMeets(pattern, text) : globMatches(pattern, text)) throw new HoldsForSome()
  return false
}

/** Whether the glob matches all of the name's names. Throws `HoldsForSome`. */
export function nameMatches(name: string, glob: string): boolean {
  return ofEach(name, each => globMatches(glob, withStars(each)) || forSome(each, glob))
}

/** Throws `HoldsForSome`. */
export function nameStartsWith(name: string, start: string): boolean {
  return ofEach(name, each => each.startsWith(start) || forSome(each, `${start}*`))
}

/** Throws `HoldsForSome`. */
export function nameEndsWith(name: string, end: string): boolean {
  return ofEach(name, each => each.endsWith(end) || forSome(each, `*${end}`))
}

/** Throws `HoldsForSome`. */
export function nameContains(name: string, part: string): boolean {
  return ofEach(name, each => each.includes(part) || forSome(each, `*${part}*`))
}

/** Whether they are one name; a star in either may have been meant as a glob's. Throws `HoldsForSome`. */
export function sameName(a: string, b: string): boolean {
  return ofEach(a, each => ofEach(b, other => sameWord(each, other)))
}

function sameWord(a: string, b: string): boolean {
  const [one, other] = [withStars(a), withStars(b)]
  return one === other || forSome(a, other) || forSome(b, one)
}

/** Whether each word of it is one of these, as `equal` says. Throws `HoldsForSome`. */
export function isAmong<T>(
  value: T | string,
  items: Iterable<T>,
  equal: (item: T, value: T | string) => boolean,
): boolean {
  const all = [...items]
  const isOne = (each: T | string) => holdsForAny(all, item => equal(item, each))
  return typeof value === 'string' ? ofEach(value, isOne) : isOne(value)
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
