import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChangeTally, changeOf, type Judged } from '#src/decide/compare-decisions.ts'
import type { Decision } from '#src/decide/decision.ts'

function judged(change: Partial<Decision>, masked: readonly string[] = []): Judged {
  const limits = { rows: 1, bytes: 1, seconds: 1 }
  const base = { reasons: [], rule: 'r', role: 'READER', limits, sensitive: [], detect: [], policyVersion: 'v' }
  return { decision: { verdict: 'allow', ...base, ...change }, masked }
}

test('deny is stricter than hold, hold than allow', () => {
  const [allow, hold, deny] = (['allow', 'hold', 'deny'] as const).map(verdict => judged({ verdict }))
  assert.ok(allow && hold && deny)
  const kind = (before: Judged, after: Judged) => changeOf(before, after)?.kind
  assert.deepEqual([kind(allow, hold), kind(hold, deny), kind(allow, deny)], Array(3).fill('stricter'))
  assert.deepEqual([kind(hold, allow), kind(deny, hold), kind(deny, allow)], Array(3).fill('looser'))
  assert.deepEqual([kind(allow, allow), kind(hold, hold), kind(deny, deny)], Array(3).fill(undefined))
})

test('the same verdict under other terms is told with what differs', () => {
  const approvers = [
    { group: 'a', people: 1 },
    { group: 'b', people: 2 },
  ]
  const before = judged({ verdict: 'hold', approvers, expiresSeconds: 60 }, ['EMAIL', 'PHONE'])
  const same = judged({ verdict: 'hold', approvers: approvers.toReversed(), expiresSeconds: 60 }, ['PHONE', 'EMAIL'])
  assert.equal(changeOf(before, same), undefined)
  const breakable = { ...before, decision: { ...before.decision, releasers: ['lead-1'] } }
  assert.deepEqual(changeOf(before, breakable)?.differs, ['break-glass'])
  assert.deepEqual(changeOf(before, judged({ verdict: 'hold', approvers: [], expiresSeconds: 61, role: 'X' })), {
    kind: 'terms',
    differs: ['role', 'approvers', 'expiry', 'masks'],
  })
  const limits = { rows: 2, bytes: 1, seconds: 1 }
  assert.deepEqual(changeOf(judged({}), judged({ limits, rule: 'other' }))?.differs, ['limits'])
  const detect = [{ detector: 'card', mask: 'redact', except: [] }] as const
  assert.deepEqual(changeOf(judged({ detect }), judged({}))?.differs, ['detectors'])
  assert.equal(changeOf(judged({ verdict: 'deny' }), judged({ verdict: 'deny', role: 'X' })), undefined)
  const hides = { hidesLiterals: true } as const
  assert.equal(changeOf(judged({}), judged(hides)), undefined, 'what is allowed has no card')
  const [shown, hidden] = [judged({ verdict: 'hold' }), judged({ verdict: 'hold', ...hides })]
  assert.deepEqual(changeOf(shown, hidden)?.differs, ['card'])
})

test('a tally counts by rule, the largest first, and keeps ten examples of each', () => {
  const tally = new ChangeTally()
  for (let i = 0; i < 25; i++) tally.add(`s${i}`, judged({}), judged({ verdict: 'hold', rule: 'pii' }))
  tally.add('t', judged({}), judged({ verdict: 'deny', rule: 'no' }))
  tally.add('u', judged({ verdict: 'hold' }), judged({}))
  tally.add('v', judged({}), judged({}))
  assert.deepEqual([tally.statements, tally.unchanged], [28, 1])
  const stricter = tally.groups('stricter')
  assert.deepEqual(
    stricter.map(({ from, to, ruleBefore, ruleAfter, count }) => [from, to, ruleBefore, ruleAfter, count]),
    [
      ['allow', 'hold', 'r', 'pii', 25],
      ['allow', 'deny', 'r', 'no', 1],
    ],
  )
  assert.deepEqual(stricter[0]?.examples, ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9'])
  assert.deepEqual(tally.groups('looser')[0]?.examples, ['u'])
  assert.deepEqual(tally.groups('terms'), [])
})
