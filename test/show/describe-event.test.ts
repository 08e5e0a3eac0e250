import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecordedReview } from '#src/record/event.ts'
import { describeEvent } from '#src/show/describe-event.ts'

test('what expired says who had agreed by then, and that nobody had where nobody had', () => {
  const lines = (...reviews: RecordedReview[]) => describeEvent({ kind: 'expired', at: 1, reviews }).lines
  assert.deepEqual(lines(), ['expired: nobody decided in time'])
  const review = { reviewer: 'oncall-1', verdict: 'approve', place: 'slack', at: 1, jws: 'x' } as const
  assert.deepEqual(lines(review), ['approved by oncall-1', 'expired: its time was over before it ran'])
})
