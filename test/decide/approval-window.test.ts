import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOpen, opensAt, windowText } from '#src/decide/approval-window.ts'
import type { ApprovalWindow } from '#src/decide/decision.ts'

const workdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const
const office: ApprovalWindow = { days: workdays, from: 480, to: 1_080, zone: 'Europe/Berlin' }
const night: ApprovalWindow = { days: ['friday'], from: 22 * 60, to: 6 * 60, zone: 'UTC' }
const at = (text: string) => Date.parse(text)
const next = (windows: ApprovalWindow[], from: string) => {
  const moment = opensAt(windows, at(from))
  return moment === undefined ? undefined : new Date(moment).toISOString()
}

test('a window follows the clock of its zone, summer and winter', () => {
  assert.ok(isOpen([office], at('2026-11-23T07:00:00Z')))
  assert.ok(!isOpen([office], at('2026-11-23T06:59:59Z')))
  assert.ok(isOpen([office], at('2026-07-20T06:00:00Z')))
  assert.ok(!isOpen([office], at('2026-07-20T16:00:00Z')))
  assert.ok(!isOpen([office], at('2026-11-22T10:00:00Z')))
})

test('a window past midnight belongs to the day on which it began', () => {
  assert.ok(isOpen([night], at('2026-11-20T23:00:00Z')))
  assert.ok(isOpen([night], at('2026-11-21T05:59:00Z')))
  assert.ok(!isOpen([night], at('2026-11-20T05:00:00Z')))
  assert.ok(!isOpen([night], at('2026-11-21T22:30:00Z')))
})

test('the next opening, over a weekend and over the night on which the clock is set', () => {
  assert.equal(next([office], '2026-11-20T17:00:00Z'), '2026-11-23T07:00:00.000Z')
  assert.equal(next([office], '2026-03-27T18:00:00Z'), '2026-03-30T06:00:00.000Z')
  assert.equal(next([office], '2026-10-23T18:00:00Z'), '2026-10-26T07:00:00.000Z')
  assert.equal(next([office, { ...night, days: ['monday'] }], '2026-11-20T17:00:00Z'), undefined)
  assert.equal(next([office], '2026-11-23T08:00:00Z'), '2026-11-23T08:00:00.000Z')
})

test('the night on which the clock is set forward opens what would open in the gap right after it', () => {
  const early: ApprovalWindow = { days: ['sunday'], from: 150, to: 240, zone: 'Europe/Berlin' }
  assert.equal(next([early], '2026-03-28T22:00:00Z'), '2026-03-29T01:00:00.000Z')
  assert.ok(!isOpen([early], at('2026-03-29T00:59:00Z')))
  assert.ok(isOpen([early], at('2026-03-29T01:00:00Z')))
  const midnight: ApprovalWindow = { days: ['friday'], from: 15, to: 240, zone: 'Africa/Cairo' }
  assert.equal(next([midnight], '2026-04-23T12:00:00Z'), '2026-04-23T22:00:00.000Z')
})

test('the night on which the clock is set back shows an hour twice, and the window is open in both', () => {
  const early: ApprovalWindow = { days: ['sunday'], from: 120, to: 180, zone: 'Europe/Berlin' }
  assert.equal(next([early], '2026-10-24T22:00:00Z'), '2026-10-25T00:00:00.000Z')
  for (const open of ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z']) assert.ok(isOpen([early], at(open)))
  assert.ok(!isOpen([early], at('2026-10-25T02:00:00Z')))
})

test('in words', () => {
  assert.equal(windowText(office), 'monday to friday 08:00–18:00 Europe/Berlin')
  assert.equal(windowText(night), 'friday 22:00–06:00 UTC')
  assert.equal(windowText({ ...office, days: ['sunday', 'monday'] }), 'monday, sunday 08:00–18:00 Europe/Berlin')
})
