import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Classification } from '#src/classify/classification.ts'
import type { Decision, Reason } from '#src/decide/decision.ts'
import { withinTransaction } from '#src/decide/within-transaction.ts'
import { sampleHold } from '#test/bot/sample-hold.ts'

const { statement, classification, decision } = sampleHold().terms
const transaction = { id: 't', openedAt: 0, role: 'WRITER', count: 2, latest: [] }

interface Row {
  readonly sql?: string
  readonly verdict?: Decision['verdict']
  readonly role?: string
  readonly reason?: Reason['code']
  readonly paused?: boolean
  readonly classification?: Partial<Classification>
}

function decided({ sql = 'delete from t where a = 1', paused = false, reason, ...row }: Row): string {
  const { verdict = 'hold', role = 'WRITER' } = row
  const reasons = reason ? [{ code: reason, because: 'so' }] : []
  const after = withinTransaction(
    { ...decision, verdict, role, reasons },
    {
      statement: { ...statement, sql, transaction },
      classification: { ...classification, ...row.classification },
      ...(paused && { paused: { agent: 'agent-1', by: 'oncall-1', reason: 'it loops', at: 0 } }),
    },
  )
  return `${after.verdict} ${after.rule} ${after.role}`
}

const held = `hold ${decision.rule} WRITER`

for (const [what, row, answer] of [
  ['is decided as it would be alone', {}, held],
  ['is refused under another role', { role: 'READER' }, 'deny transaction '],
  ['is refused where it would end the transaction', { classification: { hazards: ['ddl'] } }, 'deny transaction '],
  ['is refused where nobody knows what it does', { classification: { understood: false } }, 'deny transaction '],
  ['stays denied', { verdict: 'deny', role: '', reason: 'rule_denied' }, `deny ${decision.rule} `],
  ['COMMIT needs nobody', { sql: 'commit', role: 'READER' }, 'allow transaction WRITER'],
  ['ROLLBACK needs nobody', { sql: 'ROLLBACK WORK;', role: 'READER' }, 'allow transaction WRITER'],
  [
    'COMMIT needs no role of the policy',
    { sql: 'commit', verdict: 'deny', reason: 'no_role' },
    'allow transaction WRITER',
  ],
  [
    'COMMIT is denied by a rule',
    { sql: 'commit', verdict: 'deny', reason: 'rule_denied' },
    `deny ${decision.rule} WRITER`,
  ],
  [
    'COMMIT is denied by a rule that fails',
    { sql: 'commit', verdict: 'deny', reason: 'rule_error' },
    `deny ${decision.rule} WRITER`,
  ],
  ['COMMIT of a paused agent waits', { sql: 'commit', role: 'READER', paused: true }, held],
  ['ROLLBACK of a paused agent is taken', { sql: 'rollback', paused: true }, 'allow transaction WRITER'],
  [
    'ROLLBACK is taken whatever a rule says',
    { sql: 'rollback', verdict: 'deny', reason: 'rule_denied' },
    'allow transaction WRITER',
  ],
  [
    'more than COMMIT is no COMMIT',
    { sql: 'commit; delete from t', classification: { statements: 2 } },
    'deny transaction ',
  ],
] as const satisfies readonly (readonly [string, Row, string])[])
  test(`in a transaction: ${what}`, () => assert.equal(decided(row), answer))

test('values that policy keeps out of the channel stay out of it, however the transaction decides', () => {
  for (const [sql, role] of [
    ['commit', 'WRITER'],
    ['delete from t where a = 1', 'READER'],
  ] as const) {
    const hides = { ...decision, role, hidesLiterals: true } as const
    const after = withinTransaction(hides, { statement: { ...statement, sql, transaction }, classification })
    assert.equal(after.rule, 'transaction')
    assert.equal(after.hidesLiterals, true, sql)
  }
})
