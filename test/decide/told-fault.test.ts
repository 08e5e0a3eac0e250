import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Classified } from '#src/classify/understand.ts'
import type { Decision } from '#src/decide/decision.ts'
import { mayBeTold } from '#src/decide/told-fault.ts'
import { NotCompiled } from '#src/not-compiled.ts'
import { authorizedStatement, classificationOf } from '#test/mint/authorized-statement.ts'

type Fault = NotCompiled['fault']

/** Everything may be looked at but what is in the attic. */
const mayLook = async ({ classification }: Classified) =>
  !classification.reads.some(name => name.toUpperCase().includes('.ATTIC.'))

function told(fault: Fault, sql: string, { reads = [] as readonly string[], schema = 'SHOP' } = {}): Promise<boolean> {
  const { statement } = authorizedStatement({ sql, statement: { database: 'DEMO', schema } })
  const classification = classificationOf('snowflake', { reads })
  const decision = { verdict: 'hold', role: 'READER' } as Decision
  const classified = { statement, classification } as unknown as Classified
  return mayBeTold(classified, decision, new NotCompiled(fault, { role: 'READER' }), mayLook)
}

describe('what is not there is told only where each thing that it may be may be looked at', () => {
  test('a table that is named without its schema, beside another of its name', async () => {
    const fault = { about: 'object', object: 'T' } as const
    const reads = ['DEMO.SHOP.T', 'DEMO.ATTIC.T']
    assert.equal(await told(fault, 'select 1 from shop.t, t', { reads, schema: 'ATTIC' }), false)
    assert.equal(await told(fault, 'select 1 from t', { reads: ['DEMO.SHOP.T'] }), true)
    assert.equal(await told(fault, 'select 1 from v', { reads: ['DEMO.SHOP.V'] }), false)
  })

  test('a function, which is in the schema that it or the session names', async () => {
    const fault = (...functions: readonly string[]): Fault => ({ about: 'function', functions })
    assert.equal(await told(fault('F'), 'select f()'), true)
    assert.equal(await told(fault('F'), 'select f()', { schema: 'ATTIC' }), false)
    assert.equal(await told(fault('attic.f'), 'select attic.f()'), false)
    assert.equal(await told(fault('demo.attic.f'), 'select demo.attic.f()'), false)
    assert.equal(await told(fault('shop.g', 'attic.f'), 'select shop.g(), attic.f()'), false)
    assert.equal(await told(fault(), 'select "f"()'), false)
  })
})
