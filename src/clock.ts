/** Where time comes from. Stages never call `Date.now` themselves, so that a test can move time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
