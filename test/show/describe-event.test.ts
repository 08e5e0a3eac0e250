import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Classification } from '#src/classify/classification.ts'
import type { RecordedReview } from '#src/record/event.ts'
import { describeEvent } from '#src/show/describe-event.ts'
import { facts } from '#src/show/facts.ts'
import { oddities } from '#src/show/oddities.ts'
import { sampleHold } from '#test/contracts/sample-hold.ts'

const { classification: seen } = sampleHold().terms

test('an estimate without tables, and a statement that hides some, never read as touching nothing', () => {
  const estimated = (tables?: string[]) =>
    describeEvent({ kind: 'estimated', at: 1, estimate: { bytes: 5_200_000, ...(tables ? { tables } : {}) } }).lines
  assert.deepEqual(estimated(), ['estimated: 5.2 MB'])
  assert.deepEqual(estimated([]), ['estimated: reads nothing, 5.2 MB'])
  assert.deepEqual(estimated(['SHOP.ORDERS']), ['estimated: reads SHOP.ORDERS, 5.2 MB'])
  const understood = (more: Partial<Classification>) =>
    describeEvent({ kind: 'classified', at: 1, classification: { ...seen, reads: [], writes: [], ...more } }).lines[1]
  assert.equal(understood({}), 'reads nothing · writes nothing')
  assert.equal(understood({ understood: false, cause: 'no' }), 'reads not known · writes not known')
  assert.equal(
    understood({ writes: ['SHOP.ORDERS'], hazards: ['dynamic_sql'] }),
    'reads not known · writes SHOP.ORDERS, perhaps others · hazards dynamic_sql',
  )
  assert.equal(
    understood({ writes: ['SHOP.ORDERS'], hazards: ['script'] }),
    'reads nothing · writes SHOP.ORDERS · hazards script',
  )
})

test('a card says of tables that it does not know that it does not know them', () => {
  const { terms } = sampleHold()
  const classification = { ...seen, reads: [], writes: [], filters: [], understood: false, cause: 'no' }
  const shown = new Map(facts({ ...terms, classification }))
  assert.deepEqual([shown.get('Writes'), shown.get('Reads')], ['not known', 'not known'])
})

test('a text that can be read in two ways is said to be so once', () => {
  const { terms } = sampleHold()
  const cause = 'The text can be read in two ways: a backslash ends a string or does not.'
  const ambiguous = 'a backslash ends a string or does not'
  const classification = {
    ...seen,
    understood: false,
    cause,
    gate: { ambiguous },
    hazards: ['not_understood'] as const,
  }
  assert.deepEqual(oddities({ ...terms, classification }), [`Could be read in two ways: ${ambiguous}.`])
})

test('what expired says who had agreed by then, and that nobody had where nobody had', () => {
  const lines = (...reviews: RecordedReview[]) => describeEvent({ kind: 'expired', at: 1, reviews }).lines
  assert.deepEqual(lines(), ['expired: nobody decided in time'])
  const review = { reviewer: 'oncall-1', verdict: 'approve', place: 'slack', at: 1, jws: 'x' } as const
  assert.deepEqual(lines(review), ['approved by oncall-1', 'expired: its time was over before it ran'])
})

test('until when something counts is said to the minute, with its time zone', () => {
  const until = Date.UTC(2026, 10, 22, 1, 48, 29, 701)
  const terms = { ...sampleHold().terms, expiresAt: until }
  assert.match(describeEvent({ kind: 'held', at: 1, terms, mac: '' }).lines[0] ?? '', / until 2026-11-22 01:48 UTC$/)
})
