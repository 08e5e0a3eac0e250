import { setImmediate } from 'node:timers/promises'

/** Work that takes long, in steps of some ten milliseconds at most. */
export type Steps<T> = Generator<void, T>

export function isSteps<T extends object>(work: T | Steps<T>): work is Steps<T> {
  return 'next' in work
}

/** What is ready meanwhile has its turn between two steps. */
export async function stepByStep<T extends object>(work: T | Steps<T>): Promise<T> {
  if (!isSteps(work)) return work
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    await setImmediate()
  }
}
