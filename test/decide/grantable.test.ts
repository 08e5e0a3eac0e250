import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatProblems } from '#src/config/problem.ts'
import { changeOf } from '#src/decide/compare-decisions.ts'
import { loadPolicy } from '#src/decide/load-policy.ts'
import { decisionInput, deletes, rules } from './decision-input.ts'

const writes = 'statement.writes.size() > 0'
const input = decisionInput({ classification: deletes })
const granting = (text: string) => rules([['writes', 'hold', writes, `grants: ${text}`]])

describe('what a policy lets approvers grant', () => {
  test('nothing where no rule says so, what the rule says where one does', () => {
    assert.equal(rules([['writes', 'hold', writes]]).decide(input).grants, undefined)
    const { rules: digest, ...bounds } =
      granting('{ for: 1h, uses: 20, bytes: 1GiB, rows: 500 }').decide(input).grants ?? {}
    assert.deepEqual(bounds, { seconds: 3600, uses: 20, bytes: 2 ** 30, rows: 500 })
    assert.match(digest ?? '', /^[0-9a-f]{64}$/)
  })

  test('of several rules that hold the least of each, and nothing where one grants nothing', () => {
    const both = (other: string) =>
      rules([
        ['writes', 'hold', writes, 'grants: { for: 1h, uses: 20, rows: 500 }'],
        ['also', 'hold', 'true', other],
      ]).decide(input).grants
    const { rules: _, ...bounds } = both('grants: { for: 10m, uses: 50, bytes: 1MiB }') ?? {}
    assert.deepEqual(bounds, { seconds: 600, uses: 20, rows: 500, bytes: 2 ** 20 })
    assert.equal(both(''), undefined)
  })

  test('nothing where no rule matches, where only a pause holds, or where a number is not known', () => {
    const policy = granting('{ for: 1h, uses: 20 }')
    assert.equal(policy.decide(decisionInput()).grants, undefined)
    const paused = { agent: 'agent-1', by: 'oncall-1', reason: 'loops', at: 1 }
    assert.equal(policy.decide({ ...input, paused }).grants, undefined)
    const scans = rules([['scans', 'hold', 'estimate.bytes > gib(1)', 'grants: { for: 1h, uses: 20 }']])
    assert.equal(scans.decide(input).verdict, 'hold')
    assert.equal(scans.decide(input).grants, undefined)
    assert.ok(scans.decide({ ...input, estimate: { bytes: 2 ** 40 } }).grants)
  })

  test('the rules behind it change with every word of a rule that matched, and with no other', () => {
    const behind = (when: string, other = 'false', defaults = '') =>
      rules(
        [
          ['writes', 'hold', when, 'grants: { for: 1h, uses: 20 }'],
          ['other', 'hold', other],
        ],
        `defaults: { as: READER, approvers: { group: oncall }${defaults} }`,
      ).decide(input).grants?.rules
    assert.equal(behind(writes), behind(writes, 'false && true'))
    assert.notEqual(behind(writes), behind(`${writes} && true`))
    assert.notEqual(behind(writes), behind(writes, 'false', ', limits: { rows: 5 }'))
  })

  test('a change of it is a change of terms', () => {
    const judged = (text: string) => ({ decision: granting(text).decide(input), masked: [] })
    const [hour, day] = [judged('{ for: 1h, uses: 20 }'), judged('{ for: 1d, uses: 20 }')]
    assert.deepEqual(changeOf(hour, day), { kind: 'terms', differs: ['grants'] })
    assert.equal(changeOf(hour, hour), undefined)
  })

  for (const [what, effect, text, expected] of [
    ['an allow', 'allow', '{ for: 1h, uses: 20 }', /grants +has no meaning on a rule that allows/],
    ['a deny', 'deny', '{ for: 1h, uses: 20 }', /grants +has no meaning on a rule that denies/],
    ['longer than a week', 'hold', '{ for: 8d, uses: 20 }', /lasts longer than 7 days/],
    ['no end', 'hold', '{ uses: 20 }', /grants.*for/],
    ['no number of uses', 'hold', '{ for: 1h }', /grants.*uses/],
    ['a size without a unit', 'hold', '{ for: 1h, uses: 20, bytes: "5" }', /write a size with its unit/],
    ['no use at all', 'hold', '{ for: 1h, uses: 0 }', /uses/],
  ] as const)
    test(`wrong: ${what}`, () => {
      const head = 'defaults: { as: READER, approvers: { group: oncall } }\nrules:\n  - name: one\n    when: "true"\n'
      const loaded = loadPolicy(`${head}    then: ${effect}\n    grants: ${text}\n`, 'policy.yaml')
      assert.match('problems' in loaded ? formatProblems(loaded.problems) : 'no problem', expected)
    })
})
