/** Whose statements count, and how far back from the moment a statement came in. */
export interface SpendingScope {
  /** All agents with this group in their token; without it, the agent that asks, for whomever it acts. */
  readonly group?: string
  readonly seconds: number
}

/** What was used up in a scope, by statements that came in before and ran, run or were refused. */
export interface Spending extends SpendingScope {
  /** Statements that were let through to the warehouse. */
  readonly statements: number
  /** Rows they returned or changed; of one that still runs, none. */
  readonly rows: number
  /** Bytes they scanned, as the warehouse said afterwards, else as it estimated; where it said neither, none. */
  readonly bytes: number
  /** What they cost, as `Estimate.cost`. */
  readonly cost: number
  /** Statements that the warehouse refused, or that ran into a limit. */
  readonly failures: number
  /** Statements that policy or people refused. */
  readonly denials: number
}

export const sameScope = (a: SpendingScope, b: SpendingScope): boolean => a.group === b.group && a.seconds === b.seconds
