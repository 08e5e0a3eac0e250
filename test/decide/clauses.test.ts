import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainRules } from '#src/decide/decide.ts'
import type { DecisionInput } from '#src/decide/decision.ts'
import { decisionInput, nothingSpent, rules } from './decision-input.ts'

/** What the answer of a condition hangs on, as lines `answer text (found)`. */
function lines(when: string, input: DecisionInput = decisionInput()): string[] {
  const [rule] = explainRules(rules([['r', 'hold', when]]), input)
  return (rule?.clauses ?? []).map(
    ({ text, answer, found }) => `${answer} ${text}${found.length > 0 ? ` (${found.join(', ')})` : ''}`,
  )
}

test('of a conjunction that is false, the parts that are false; of one that is true, all', () => {
  assert.deepEqual(lines('statement.harmless && statement.kind == "delete" && agent.name == "x"'), [
    'false statement.kind == "delete" (statement.kind = select)',
    'false agent.name == "x" (agent.name = agent-1)',
  ])
  assert.deepEqual(lines('statement.harmless && statement.kind == "select"'), [
    'true statement.harmless',
    'true statement.kind == "select" (statement.kind = select)',
  ])
})

test('of a disjunction that is true, the parts that are true, down through brackets', () => {
  assert.deepEqual(
    lines('statement.kind == "drop" || (statement.harmless && ("a" in agent.groups || agent.groups.size() == 1))'),
    ['true statement.harmless', 'true agent.groups.size() == 1 (agent.groups = coding-agents)'],
  )
  assert.deepEqual(lines('!(statement.harmless || statement.kind == "drop")'), [
    'false !(statement.harmless || statement.kind == "drop") (statement.harmless = true, statement.kind = select)',
  ])
})

test('of a list, the items that made it so', () => {
  const reads = ['A.B.C', 'A.B.D', 'X.Y.Z', 'X.Y.1', 'X.Y.2', 'X.Y.3']
  const input = decisionInput({ classification: { reads } })
  const all = 'statement.reads.all(t, t.matches("A.*"))'
  assert.deepEqual(lines(all, input), [`false ${all} (X.Y.Z, X.Y.1, X.Y.2, 1 more)`])
  const exists = 'statement.reads.exists(t, t.matches("A.*"))'
  assert.deepEqual(lines(exists, input), [`true ${exists} (A.B.C, A.B.D)`])
  const none = 'statement.hazards.exists(h, h == "ddl")'
  assert.deepEqual(lines(none), [`false ${none} (statement.hazards = none)`])
})

test('numbers that are not known are said to be not known', () => {
  assert.deepEqual(lines('estimate.bytes > gib(1) && statement.harmless'), [
    'unknown estimate.bytes > gib(1) (estimate.bytes = not known)',
  ])
  const budget = 'agent.spent("24h").bytes + estimate.bytes > gib(500)'
  const estimate = { bytes: 20 * 2 ** 30 }
  assert.deepEqual(lines(budget, decisionInput({ estimate })), [
    `unknown ${budget} (agent.spent("24h").bytes = not known, estimate.bytes = 20 GiB)`,
  ])
  assert.deepEqual(lines(budget, decisionInput({ estimate, spent: [{ ...nothingSpent, bytes: 2 ** 40 }] })), [
    `true ${budget} (agent.spent("24h").bytes = 1 TiB, estimate.bytes = 20 GiB)`,
  ])
})

test('an hour in another zone is shown as that hour, an error as an error', () => {
  const evening = 'time.now.getHours("Europe/Berlin") >= 18'
  assert.deepEqual(lines(evening, decisionInput({ now: '2026-11-20T15:12:00Z' })), [
    `false ${evening} (time.now.getHours("Europe/Berlin") = 16)`,
  ])
  assert.deepEqual(lines('agent.groups[9] == "x"'), ['error agent.groups[9] == "x" (agent.groups = coding-agents)'])
})
