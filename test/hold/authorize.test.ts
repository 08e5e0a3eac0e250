import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStillAllowed } from '#src/hold/authorize.ts'
import type { Statement } from '#src/statement.ts'
import { decision as held, sampleStatement } from '#test/contracts/sample-hold.ts'

test('once others are counted: allowed on the same terms, but a transaction ends on whatever terms', () => {
  const decision = { ...held, verdict: 'allow' } as const
  const statement = (sql: string, more: Partial<Statement> = {}) => ({ ...sampleStatement(), sql, ...more })
  const within = { transaction: { id: 't' } as NonNullable<Statement['transaction']> }
  const fewer = { ...decision, limits: { ...decision.limits, rows: 1 } }
  const read = { statement: statement('select 1', within), decision }
  assert.ok(isStillAllowed(read, { ...decision }))
  assert.ok(!isStillAllowed(read, fewer))
  assert.ok(!isStillAllowed(read, { ...decision, role: 'ANOTHER' }))
  assert.ok(!isStillAllowed(read, { ...decision, verdict: 'hold' }))
  for (const sql of ['commit', 'ROLLBACK work']) {
    const end = { statement: statement(sql, within), decision }
    assert.ok(isStillAllowed(end, fewer), sql)
    assert.ok(!isStillAllowed(end, { ...fewer, verdict: 'deny' }), sql)
    assert.ok(!isStillAllowed({ statement: statement(sql), decision }, fewer), sql)
  }
})
