import { isSteps, type Steps } from '#src/steps.ts'

/** What comes of steps that are taken without letting anybody go first. */
export function allSteps<T extends object>(work: T | Steps<T>): T {
  if (!isSteps(work)) return work
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}
