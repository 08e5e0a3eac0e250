import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Spending } from '#src/decide/spending.ts'
import { decisionInput, nothingSpent, rules } from './decision-input.ts'

const day = (change: Partial<Spending> = {}): Spending => ({ ...nothingSpent, ...change })
const allow = ['all', 'allow', 'true'] as const
const gib = 2 ** 30

test('a budget counts the statement itself: what was spent and what it will scan', () => {
  const policy = rules([['budget', 'hold', 'agent.spent("24h").bytes + estimate.bytes > gib(500)'], allow])
  const verdict = (spent: number, bytes: number) =>
    policy.decide(decisionInput({ spent: [day({ bytes: spent * gib })], estimate: { bytes: bytes * gib } })).verdict
  assert.equal(verdict(0, 500), 'allow')
  assert.equal(verdict(1, 500), 'hold')
  assert.equal(verdict(499, 1), 'allow')
  assert.equal(verdict(499.5, 1), 'hold')
  assert.equal(policy.needsEstimate, true)
})

test('each number can be asked, of the agent and of a group, over any window', () => {
  const spent = [
    day({ statements: 10 }),
    { ...day({ cost: 12.5 }), seconds: 3_600 },
    { ...day({ failures: 3, denials: 4, rows: 7 }), group: 'analysts', seconds: 600 },
  ]
  for (const [when, matches] of [
    ['agent.spent("24h").statements >= 10', true],
    ['agent.spent("1d").statements >= 10', true],
    ['agent.spent("24h").statements > 10', false],
    ['agent.spent("1h").cost > 12.0', true],
    ['agent.spent("60m").cost > 12.5', false],
    ['group("analysts").spent("10m").failures + group("analysts").spent("10m").denials == 7', true],
    ['group("analysts").spent("10m").rows > 7', false],
    ['agent.groups.exists(g, g == "coding-agents" && agent.spent("24h").statements > 9)', true],
  ] as const)
    assert.equal(rules([['d', 'deny', when], allow]).decide(decisionInput({ spent })).verdict === 'deny', matches, when)
})

test('what is not known makes a deny or hold apply, and an allow not', () => {
  const when = 'agent.spent("24h").bytes < 5'
  for (const spent of [undefined, [{ ...day(), seconds: 1 }], [{ ...day(), group: 'coding-agents' }]]) {
    const input = decisionInput(spent ? { spent } : {})
    assert.equal(rules([['d', 'deny', when], allow]).decide(input).verdict, 'deny')
    assert.equal(rules([['a', 'allow', when]]).decide(input).rule, 'default')
  }
})

test('the record is asked only for what the answer hangs on, once for each window', () => {
  const asked = (when: string, spent?: readonly Spending[]) =>
    rules([['r', 'hold', when], allow])
      .asksSpent(decisionInput(spent ? { spent } : {}))
      .map(({ group, seconds }) => [group, seconds])
  assert.deepEqual(asked('statement.kind == "delete"'), [])
  assert.deepEqual(asked('"other" in agent.groups && agent.spent("1h").rows > 1'), [])
  assert.deepEqual(asked('"coding-agents" in agent.groups && agent.spent("1h").rows > 1'), [[undefined, 3_600]])
  assert.deepEqual(
    asked('agent.spent("1h").rows > 1 || agent.spent("60m").bytes > 1 || group("g").spent("1h").rows > 1'),
    [
      [undefined, 3_600],
      ['g', 3_600],
    ],
  )
  assert.deepEqual(asked('agent.spent("24h").bytes + estimate.bytes > 5', [day()]), [])
})

test('nothing is counted for a statement that is surely denied', () => {
  const budget = ['b', 'hold', 'agent.spent("1h").rows > 1'] as const
  assert.deepEqual(rules([['no', 'deny', 'true'], budget]).asksSpent(decisionInput()), [])
  assert.equal(rules([['no', 'deny', 'estimate.bytes > 5'], budget]).asksSpent(decisionInput()).length, 1)
})

test('only a budget of bytes or cost needs an estimate of every statement', () => {
  for (const [field, needed] of [
    ['bytes > 1', true],
    ['cost > 1.0', true],
    ['rows > 1', false],
    ['denials > 1', false],
  ] as const)
    assert.equal(rules([['b', 'hold', `agent.spent("1h").${field}`]]).needsEstimate, needed, field)
})
