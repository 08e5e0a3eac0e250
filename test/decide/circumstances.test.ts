import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decisionInput, rules } from './decision-input.ts'

test('office hours of another zone, with its summer time and its weekend', () => {
  const office =
    '!(time.now.getDayOfWeek("America/New_York") in [0, 6]) && time.now.getHours("America/New_York") >= 9 && time.now.getHours("America/New_York") < 17'
  const policy = rules([['office', 'allow', office]])
  const verdict = (now: string) => policy.decide(decisionInput({ now })).verdict
  for (const [now, expected] of [
    ['2026-07-08T12:59:59Z', 'hold'],
    ['2026-07-08T13:00:00Z', 'allow'],
    ['2026-07-08T20:59:59Z', 'allow'],
    ['2026-07-08T21:00:00Z', 'hold'],
    ['2026-01-07T13:30:00Z', 'hold'],
    ['2026-01-07T14:00:00Z', 'allow'],
    // Saturday in UTC, still Friday in New York; and Monday, still Sunday.
    ['2026-07-11T02:00:00Z', 'hold'],
    ['2026-07-10T20:00:00Z', 'allow'],
    ['2026-07-11T15:00:00Z', 'hold'],
    ['2026-07-12T15:00:00Z', 'hold'],
  ] as const)
    assert.equal(verdict(now), expected, now)
})

test('a window between two moments', () => {
  const freeze =
    'time.now >= timestamp("2026-12-20T00:00:00+01:00") && time.now - timestamp("2026-12-20T00:00:00+01:00") < duration("240h")'
  const policy = rules([
    ['freeze', 'deny', freeze],
    ['a', 'allow', 'true'],
  ])
  const verdict = (now: string) => policy.decide(decisionInput({ now })).verdict
  assert.deepEqual(
    ['2026-12-19T22:59:59Z', '2026-12-19T23:00:00Z', '2026-12-29T22:59:59Z', '2026-12-29T23:00:00Z'].map(verdict),
    ['allow', 'deny', 'deny', 'allow'],
  )
})

test('for whom an agent acts, and what it says it is for', () => {
  const policy = rules([
    ['nobody', 'hold', 'agent.on_behalf_of == ""'],
    ['contractors', 'deny', 'agent.on_behalf_of.endsWith("@contractor.example") || agent.on_behalf_of == agent.owner'],
    ['reports', 'allow', 'statement.purpose.contains("report")'],
  ])
  const decided = (onBehalfOf?: string, purpose?: string) => {
    const input = decisionInput(onBehalfOf === undefined ? {} : { principal: { onBehalfOf } })
    return policy.decide({ ...input, statement: { ...input.statement, ...(purpose !== undefined && { purpose }) } })
      .rule
  }
  assert.equal(decided(undefined, 'a report'), 'nobody')
  assert.equal(decided('someone@contractor.example', 'a report'), 'contractors')
  assert.equal(decided('owner-1', 'a report'), 'contractors')
  assert.equal(decided('oncall-1', 'a report'), 'reports')
  assert.equal(decided('oncall-1', 'a look'), 'default')
  assert.equal(decided('oncall-1'), 'default')
})

test('time can be asked in another zone', () => {
  const policy = rules([
    ['evening', 'deny', 'time.now.getHours("Europe/Berlin") >= 18 || time.weekday in ["saturday", "sunday"]'],
    ['a', 'allow', 'true'],
  ])
  assert.equal(policy.decide(decisionInput({ now: '2026-11-20T16:59:00Z' })).verdict, 'allow')
  assert.equal(policy.decide(decisionInput({ now: '2026-11-20T17:00:00Z' })).verdict, 'deny')
  assert.equal(policy.decide(decisionInput({ now: '2026-11-21T12:00:00Z' })).verdict, 'deny')
  const freeze = rules([
    ['freeze', 'deny', 'time.now >= timestamp("2026-12-20T00:00:00Z")'],
    ['a', 'allow', 'true'],
  ])
  assert.equal(freeze.decide(decisionInput({ now: '2026-12-19T23:59:59Z' })).verdict, 'allow')
  assert.equal(freeze.decide(decisionInput({ now: '2026-12-20T00:00:00Z' })).verdict, 'deny')
})
