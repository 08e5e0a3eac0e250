import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Classification, OutputColumn } from '#src/classify/classification.ts'
import type { SensitiveColumns } from '#src/decide/decision.ts'
import type { Column } from '#src/execute/warehouse.ts'
import { hidesSources, maskPlan, touchesSensitive } from '#src/mask/mask-plan.ts'
import { classificationOf } from '#test/mint/authorized-statement.ts'

const sensitive: SensitiveColumns[] = [
  { pattern: '*.customers.email', class: 'contact', mask: 'partial' },
  { pattern: '*.customers.card_number', class: 'payment', mask: 'redact' },
]

function classified(changes: Partial<Classification>): Classification {
  return classificationOf('snowflake', { reads: ['DEMO.SHOP.CUSTOMERS'], ...changes })
}

function output(name: string, ...sources: string[]): OutputColumn {
  return { name, sources, indirect: [] }
}

function columns(...names: string[]): Column[] {
  return names.map(name => ({ name, type: 'string', warehouseType: 'text', nullable: true }))
}

describe('how each output column leaves', () => {
  test('a column computed from a sensitive one is masked, whatever it is called', () => {
    const classification = classified({
      outputs: [output('X', 'DEMO.SHOP.CUSTOMERS.EMAIL'), output('CITY', 'DEMO.SHOP.CUSTOMERS.CITY')],
    })
    const plan = maskPlan(classification, sensitive, columns('X', 'CITY'))
    assert.deepEqual(plan, [{ column: 'X', mask: 'redact', class: 'contact', because: 'lineage' }, null])
  })

  test('a struct that has a field of a sensitive name is masked, and so is a list of them', () => {
    const field = { name: 'Email', type: 'STRING', nullable: true }
    const inside = { type: 'RECORD', fields: [{ name: 'reach', type: 'RECORD', nullable: true, fields: [field] }] }
    const found: Column[] = [inside, { ...inside, repeated: true as const }, { type: 'RECORD', fields: [] }].map(
      (wire, at) => ({ name: `c${at}`, type: 'json', warehouseType: 'RECORD', nullable: true, wire }),
    )
    const outputs = found.map(({ name }) => output(name, 'p.d.people.person'))
    const plan = maskPlan(classified({ dialect: 'bigquery', reads: ['p.d.people'], outputs }), sensitive, found)
    assert.deepEqual(
      plan.map(mask => mask?.because ?? null),
      ['name', 'name', null],
    )
  })

  test('a field of a sensitive name is masked where a view may hide what it is', () => {
    const outputs = [{ ...output('X', 'p.d.v.Person') }, { ...output('Y', 'p.d.v.payload') }]
    const fields = { 'p.d.v.person': ['reach.email'], 'p.d.v.payload': ['*'] }
    const because = (hazards: Classification['hazards']) =>
      maskPlan(
        classified({ dialect: 'bigquery', reads: ['p.d.v'], outputs, fields, hazards }),
        sensitive,
        columns('X', 'Y'),
      ).map(mask => mask?.because ?? null)
    assert.deepEqual(because(['view']), ['name', null])
    assert.deepEqual(because([]), [null, null])
  })

  test('a mask that keeps a part is for the column itself: an expression would choose which part', () => {
    const copied = { ...output('X', 'DEMO.SHOP.CUSTOMERS.EMAIL'), copied: true as const }
    const plan = maskPlan(classified({ outputs: [copied] }), sensitive, columns('X'))
    assert.deepEqual(plan, [{ column: 'X', mask: 'partial', class: 'contact', because: 'lineage' }])
  })

  test('what a sensitive column only decides is masked whole: CASE tells a letter', () => {
    const decided = { name: 'X', sources: [], indirect: ['DEMO.SHOP.CUSTOMERS.EMAIL'] }
    assert.equal(maskPlan(classified({ outputs: [decided] }), sensitive, columns('X'))[0]?.mask, 'redact')
  })

  test('what is no column as it is never leaves as a hash: a table of guesses would tell whose hash is whose', () => {
    const hashed: SensitiveColumns[] = [{ pattern: '*.employees.salary', class: 'pay', mask: 'hash' }]
    const mask = (name: string, change: Partial<Classification>) =>
      maskPlan(classified({ reads: [], ...change }), hashed, columns(name))[0]?.mask
    const guess = output('SALARY')
    const itself = { ...output('SALARY', 'HR.PUBLIC.EMPLOYEES.SALARY'), copied: true as const }
    const both = output('SALARY', 'HR.PUBLIC.EMPLOYEES.SALARY')
    assert.equal(mask('SALARY', { outputs: [guess] }), 'redact')
    assert.equal(mask('SALARY', { outputs: null }), 'redact')
    assert.equal(mask('SALARY', { outputs: [both] }), 'redact')
    assert.equal(mask('SALARY', { outputs: [itself] }), 'hash', 'so that results can be joined')
    const number = { ...output('SALARY', 'HR.PUBLIC.NUMBERS.N'), copied: true as const }
    assert.equal(mask('SALARY', { outputs: [number] }), 'redact', 'a column that anybody may read, under its name')
    const seen = { ...output('PAY', 'HR.PUBLIC.V.SALARY'), copied: true as const }
    assert.equal(mask('PAY', { outputs: [seen] }), 'hash', 'of a view, by the name that it has there')
  })

  test('columns of other names than predicted are masked whole, under names of ours', () => {
    const predicted = [output('ID', 'DEMO.SHOP.CUSTOMERS.ID'), output('X', 'DEMO.SHOP.CUSTOMERS.EMAIL')]
    const plan = maskPlan(classified({ outputs: predicted }), sensitive, columns('X', 'ID'))
    assert.deepEqual(
      plan.map(entry => [entry?.column, entry?.mask]),
      [
        ['column_1', 'null'],
        ['column_2', 'null'],
      ],
    )
  })

  test('of several sensitive sources the strictest mask wins', () => {
    const both = output('X', 'DEMO.SHOP.CUSTOMERS.EMAIL', 'DEMO.SHOP.CUSTOMERS.CARD_NUMBER')
    assert.equal(maskPlan(classified({ outputs: [both] }), sensitive, columns('X'))[0]?.mask, 'redact')
  })

  test('a column that merely bears a sensitive name is masked, because a view hides lineage', () => {
    const view = classified({ reads: ['DEMO.SHOP.V'], outputs: [output('EMAIL', 'DEMO.SHOP.V.EMAIL')] })
    assert.equal(maskPlan(view, sensitive, columns('EMAIL'))[0]?.because, 'name')
    const renamed = classified({ reads: ['DEMO.SHOP.V'], outputs: [output('X', 'DEMO.SHOP.V.EMAIL')] })
    assert.equal(maskPlan(renamed, sensitive, columns('X'))[0]?.because, 'name')
    assert.equal(touchesSensitive(renamed, sensitive), true)
  })

  test('a pattern for every column of a table says nothing of columns of other tables', () => {
    const whole: SensitiveColumns[] = [{ pattern: '*.customers.*', class: 'contact', mask: 'redact' }]
    const sources = [output('CITY', 'DEMO.SHOP.CUSTOMERS.CITY'), output('STATUS', 'DEMO.SHOP.ORDERS.STATUS')]
    const plan = maskPlan(classified({ outputs: sources }), whole, columns('CITY', 'STATUS'))
    assert.deepEqual(
      plan.map(mask => mask?.because),
      ['lineage', undefined],
    )
  })

  test('unknown lineage over a table with sensitive columns is masked whole', () => {
    const plan = maskPlan(classified({ outputs: null }), sensitive, columns('A', 'B'))
    assert.deepEqual(
      plan.map(mask => mask?.because),
      ['unknown_lineage', 'unknown_lineage'],
    )
  })

  test('what was not understood is masked whole even where no sensitive table was seen', () => {
    const opaque = classified({ understood: false, harmless: false, outputs: null, reads: [] })
    assert.equal(maskPlan(opaque, sensitive, columns('A'))[0]?.mask, 'null')
  })

  test('a result of another width than predicted is refused', () => {
    const one = classified({ outputs: [output('CITY', 'DEMO.SHOP.CUSTOMERS.CITY')] })
    assert.throws(() => maskPlan(one, sensitive, columns('CITY', 'EXTRA')), { code: 'result_shape' })
  })

  test('the counts of a write are not masked', () => {
    const write = classified({ kind: 'delete', kinds: ['delete'], harmless: false, writes: ['DEMO.SHOP.CUSTOMERS'] })
    assert.deepEqual(maskPlan(write, sensitive, columns('number of rows deleted')), [null])
  })

  test('a plan says nothing where it may tell of sensitive values', () => {
    const plan = (table: string) => {
      const explain = classified({ kind: 'explain', kinds: ['explain'], harmless: false, reads: [table] })
      return maskPlan(explain, sensitive, columns('operation', 'expressions')).map(entry => entry?.mask)
    }
    assert.deepEqual(plan('DEMO.SHOP.CUSTOMERS'), ['null', 'null'])
    assert.deepEqual(plan('DEMO.SHOP.ORDERS'), [undefined, undefined])
  })

  test('a load says which value did not fit only where the table has nothing sensitive', () => {
    const plan = (table: string) => {
      const load = classified({ kind: 'copy', kinds: ['copy'], harmless: false, reads: ['@D.S.IN'], writes: [table] })
      return maskPlan(load, sensitive, columns('file', 'rows_loaded', 'first_error', 'first_error_line')).map(
        entry => entry && [entry.column, entry.mask],
      )
    }
    assert.deepEqual(plan('DEMO.SHOP.CUSTOMERS'), [null, null, ['first_error', 'null'], null])
    assert.deepEqual(plan('DEMO.SHOP.ORDERS'), [null, null, null, null])
  })
})

describe('whether an error text may quote a sensitive value', () => {
  test('a filter on the table is enough', () => {
    assert.equal(touchesSensitive(classified({ outputs: [] }), sensitive), true)
    assert.equal(touchesSensitive(classified({ reads: ['DEMO.SHOP.ORDERS'] }), sensitive), false)
  })
  test('a table written counts, and so does what was not understood', () => {
    assert.equal(touchesSensitive(classified({ reads: [], writes: ['DEMO.SHOP.CUSTOMERS'] }), sensitive), true)
    assert.equal(touchesSensitive(classified({ understood: false, reads: [] }), sensitive), true)
  })
  test('what a function or a source makes that nobody sees into may be any value', () => {
    for (const hazard of ['unknown_function', 'opaque_source'] as const)
      assert.equal(hidesSources(classified({ hazards: [hazard] })), true)
    assert.equal(hidesSources(classified({ hazards: ['external'] })), false)
  })
})
