import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Classification, StoredColumn } from '#src/classify/classification.ts'
import type { MaskKind } from '#src/decide/decision.ts'
import { writtenSensitive } from '#src/decide/taint.ts'

/** `COLUMN MASK` of what becomes sensitive, where policy says so of this pattern. */
function written(pattern: string, store: StoredColumn, mask: MaskKind = 'hash'): string[] {
  const sensitive = [{ pattern, class: 'contact', mask }]
  const found = writtenSensitive({ stores: [store] } as unknown as Classification, sensitive)
  return found.map(({ pattern: column, mask }) => `${column} ${mask}`)
}

const email = { sources: ['D.RAW.CUSTOMERS.EMAIL'], copied: true } as const

describe('a column that was written from a sensitive one', () => {
  const rows: readonly [what: string, pattern: string, store: StoredColumn, ...expected: string[]][] = [
    ['is as sensitive', '*.customers.email', { column: 'D.S.N.X', ...email }, 'D.S.N.X hash'],
    [
      'is masked whole where it was computed',
      '*.email',
      { column: 'D.S.N.X', sources: email.sources },
      'D.S.N.X redact',
    ],
    ['needs no taint where policy names it', '*.email', { column: 'D.S.N.EMAIL', ...email }],
    ['may be another than the one that policy names', '*.email', { column: 'D.S.N.*', ...email }, 'D.S.N.* hash'],
    [
      ...(['may be another of a table that policy names', '*.customers.email'] as const),
      ...([{ column: 'D.S.CUSTOMERS.*', sources: [...email.sources, 'D.RAW.CUSTOMERS.ID'] }] as const),
      'D.S.CUSTOMERS.* redact',
    ],
    [
      'is surely one that policy names',
      '*.s.customers.*',
      { column: 'D.S.CUSTOMERS.*', sources: ['D.S.CUSTOMERS.ID'] },
    ],
    ['has its name in a copy', '*.email', { column: 'D.S.N.*', sources: ['D.RAW.CUSTOMERS.*'], copied: true }],
    [
      ...(['is in a copy of another name', '*.customers.email'] as const),
      ...([{ column: 'D.S.N.*', sources: ['D.RAW.CUSTOMERS.*'], copied: true }] as const),
      'D.S.N.* hash',
    ],
  ]
  for (const [what, pattern, store, ...expected] of rows)
    test(`${what}: ${pattern} into ${store.column}`, () => assert.deepEqual(written(pattern, store), expected))

  test('is masked whole also where policy names it, if it was computed and the mask would keep a part', () => {
    const computed = { column: 'D.S.CUSTOMERS.EMAIL', sources: email.sources }
    assert.deepEqual(written('*.customers.email', computed, 'partial'), ['D.S.CUSTOMERS.EMAIL redact'])
    assert.deepEqual(written('*.customers.email', computed, 'redact'), [])
    assert.deepEqual(written('*.customers.email', { ...computed, copied: true }, 'partial'), [])
  })

  test('that is sensitive by its name alone, is so under another name', () => {
    const lead = { sources: ['D.RAW.LEADS.EMAIL'], copied: true } as const
    assert.deepEqual(written('*.customers.email', { column: 'D.S.N.X', ...lead }), ['D.S.N.X hash'])
    assert.deepEqual(written('*.customers.email', { column: 'D.S.N.*', ...lead }), ['D.S.N.* hash'])
    assert.deepEqual(written('*.customers.email', { column: 'D.S.N.EMAIL', ...lead }), [])
    assert.deepEqual(written('*.customers.email', { column: 'D.S.N.EMAIL', ...email }), ['D.S.N.EMAIL hash'])
    assert.deepEqual(written('*.customers.*', { column: 'D.S.N.X', ...lead }), [])
  })
})
