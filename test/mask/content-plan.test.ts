import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Classification, OutputColumn } from '#src/classify/classification.ts'
import type { DetectedContent } from '#src/decide/decision.ts'
import type { Column } from '#src/execute/warehouse.ts'
import { contentPlan } from '#src/mask/content-plan.ts'
import { maskedColumns } from '#src/mask/mask.ts'

const detect: DetectedContent[] = [
  { detector: 'phone', mask: 'hash', except: [] },
  { detector: 'iban', mask: 'format', except: [] },
  { detector: 'email', mask: 'partial', except: [] },
]

function masksIn(output: OutputColumn | null): string[] {
  const column: Column = { name: 'X', type: 'string', warehouseType: 'text', nullable: true }
  const outputs = output && [output]
  const [found = []] = contentPlan(outputs, detect, [column], [null])
  return found.map(({ mask }) => mask)
}

test('an exception counts for what it surely means: not for all tables of a wildcard because of one, nor for a name cut short', () => {
  const looked = (pattern: string, source: string) => {
    const column: Column = { name: 'X', type: 'string', warehouseType: 'text', nullable: true }
    const outputs = [{ name: 'X', sources: [source], indirect: [], copied: true as const }]
    const except = [{ detector: 'email', mask: 'redact', except: [pattern] }] as const
    return contentPlan(outputs, except, [column], [null])[0]?.length
  }
  assert.equal(looked('p.d.events_public.email', 'p.d.events_*.email'), 1)
  assert.equal(looked('p.d.events_*.email', 'p.d.events_*.email'), 0)
  assert.equal(looked('p.open.contacts.email', 'contacts.email'), 1)
  assert.equal(looked('*.contacts.email', 'p.shop.contacts.email.work'), 0)
})

test('what is found leaves as a hash only in a column as it is: a guess would tell whose hash is whose', () => {
  const itself = { name: 'X', sources: ['D.S.NOTES.BODY'], indirect: [], copied: true } as const
  assert.deepEqual(masksIn(itself), ['hash', 'format', 'partial'])
  for (const other of [{ name: 'X', sources: [], indirect: [] }, { ...itself, copied: undefined }, null])
    assert.deepEqual(masksIn(other as OutputColumn | null), ['redact', 'redact', 'partial'])
})

test('names of fields that values may have made, as in dynamic SQL, are hidden as those of columns are', () => {
  const fields = [{ name: '123-45-6789', type: 'STRING', nullable: true }]
  const wire = { type: 'RECORD', fields: [{ name: 'inside', type: 'RECORD', nullable: true, fields }] }
  const found: Column[] = [{ name: 's', type: 'json', warehouseType: 'RECORD', nullable: true, wire }]
  const classification = { dialect: 'bigquery', understood: false, harmless: false, kind: 'script', statements: 2 }
  const unknown = { ...classification, hazards: [], reads: [], writes: [], filters: [], outputs: null }
  const names = (decision: object) => {
    const told = maskedColumns({ classification: unknown as never, decision: decision as never }, found)
    const [{ name, wire } = { name: '' }] = told.columns
    const [outer] = wire?.fields ?? []
    return [name, outer?.name, outer?.fields?.[0]?.name]
  }
  const ids = [{ detector: 'national_id', mask: 'redact', except: [] }]
  assert.deepEqual(names({ sensitive: [], detect: ids }), ['s', 'inside', '[masked]'])
  const sensitive = [{ pattern: '*.people.ssn', class: 'id', mask: 'partial' }]
  assert.deepEqual(names({ sensitive, detect: [] }), ['column_1', 'field_1', 'field_1'])
})

test('names that values may have made, as those of PIVOT (… IN (ANY)), are looked through; those that the text gives are not', () => {
  const names = ['amy@mail.example', 'CITY', '+41 44 668 18 00']
  const found = names.map((name): Column => ({ name, type: 'number', warehouseType: 'fixed', nullable: false }))
  const shown = (outputs: readonly OutputColumn[] | null) => {
    const classification = { dialect: 'snowflake', understood: true, harmless: true, kind: 'select', statements: 1 }
    const known = {
      ...classification,
      hazards: [],
      reads: [],
      writes: [],
      filters: [],
      outputs,
    } as unknown as Classification
    const decision = { sensitive: [], detect: [...detect, { detector: 'phone', mask: 'null', except: [] }] }
    return maskedColumns({ classification: known, decision: decision as never }, found).columns.map(({ name }) => name)
  }
  assert.deepEqual(shown(null), ['a***@***.example', 'CITY', 'column_3'])
  assert.deepEqual(shown(names.map(name => ({ name, sources: [], indirect: [] }))), names)
})
