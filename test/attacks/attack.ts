/**
 * `held`: people are asked, or nobody has to be, as the warehouse cannot read it. `failed`: the warehouse refused it or its answer was not as predicted, and its words were withheld. `traced`: the same of a
 * form that the stand-in cannot run, and all columns but those that may be shown are known to come from a table of people.
 */
export type Expected = 'refused' | 'held' | 'masked' | 'failed' | 'traced'

/**
 * One try of an agent: what it is, its text, what must become of it, and for `masked` the columns that may leave: as they
 * are, or with `~` as a partial mask. Every other cell has to be empty or `[masked]`.
 */
type Attack = readonly [title: string, sql: string, expected: Expected, shown?: string, more?: Context]

/** Further members of the request. */
interface Context {
  readonly binds?: readonly (string | number | boolean | null)[]
  readonly database?: string
  readonly schema?: string
}

export interface Attacks {
  readonly topic: string
  readonly connection: 'shop' | 'lake'
  readonly attacks: readonly Attack[]
}
