import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { MaskKind } from '#src/decide/decision.ts'
import type { Cell } from '#src/execute/warehouse.ts'
import { maskBigqueryRows } from '#src/mask/mask-bigquery-rows.ts'
import { maskRowset } from '#src/mask/mask-rowset.ts'
import { maskValue } from '#src/mask/mask-value.ts'
import { found, key, masks } from './wire-columns.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (page: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(page)

const kinds = ['none', 'redact', 'null', 'hash', 'partial', 'detect'] as const
type Kind = (typeof kinds)[number]

/** What the parsed value leaves as: the way of rows that are not masked by their bytes. */
function expected(kind: Kind, value: Cell): Cell {
  if (kind === 'none') return value
  if (kind === 'detect') return found(value)
  return maskValue(kind satisfies MaskKind, 'string', key)(value)
}

const wire = (kind: Kind) => (kind === 'none' ? null : masks[kind])

const cellText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }).filter(value => value.isWellFormed()),
  fc.constantFrom(
    '',
    '"',
    '\\',
    '\\"',
    '\u2028',
    '],["',
    'c000123.pine@mail.example',
    'card 4111 1111 1111 1111',
    '2024-01-15',
  ),
)
const table = fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 6 }).chain(columns =>
  fc.record({
    columns: fc.constant(columns),
    rows: fc.array(fc.array(fc.option(cellText), { minLength: columns.length, maxLength: columns.length }), {
      maxLength: 8,
    }),
  }),
)

/** Writes JSON as another writer might, with escapes that need not be. */
function otherwise(json: string): string {
  return json.replaceAll('é', '\\u00e9').replaceAll('@', '\\u0040').replaceAll('/', '\\/')
}

describe('pages of Snowflake, by their bytes', () => {
  const masked = (page: string, columns: readonly Kind[]) => text(maskRowset(bytes(page), columns.map(wire)))

  test('are what parsing, masking and writing them anew gives', () => {
    fc.assert(
      fc.property(table, fc.boolean(), fc.boolean(), ({ columns, rows }, spaced, escaped) => {
        const json = JSON.stringify(rows, null, spaced ? 2 : 0)
        const out = JSON.parse(masked(escaped ? otherwise(json) : json, columns))
        assert.deepEqual(
          out,
          rows.map(row => row.map((cell, at) => expected(columns[at] ?? 'none', cell))),
        )
      }),
    )
  })

  test('a chunk is the same rows without brackets', () => {
    assert.equal(masked('["a","b"],\n["c",null]', ['none', 'redact']), '["a","[masked]"],\n["c",null]')
    assert.equal(masked('', ['redact']), '')
  })

  test('what no mask touches is passed on byte for byte, and a page without a mask is the page itself', () => {
    assert.equal(masked('[ ["\\u0061", "x"] ]', ['none', 'redact']), '[ ["\\u0061", "[masked]"] ]')
    const page = bytes('[["a","plain 123"]]')
    assert.equal(maskRowset(page, [null, masks.detect]).buffer, page.buffer)
  })

  test('no masked value survives in the bytes', () => {
    const secret = fc.string({ unit: fc.constantFrom(...'abcdefgh@."\\'), minLength: 12 })
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1 }), fc.constantFrom('redact', 'null', 'hash'), (values, kind) => {
        const out = masked(JSON.stringify(values.map(value => ['kept', value])), ['none', kind])
        for (const value of values) assert.ok(!out.includes(JSON.stringify(value).slice(1, -1)))
      }),
    )
  })

  test('detectors look into the strings of JSON, and leave its numbers their digits', () => {
    const value = '{"n":12345678901234567890.10,"to":"c1\\u0040mail.example","k@mail.example":[1]}'
    const out = maskRowset(bytes(JSON.stringify([[value], ['undefined'], ['not json, c1@mail.example']])), [
      masks.detectJson,
    ])
    assert.deepEqual(JSON.parse(text(out)), [
      ['{"n":12345678901234567890.10,"to":"[masked]","[masked]":[1]}'],
      ['undefined'],
      ['not json, [masked]'],
    ])
  })

  const refused = [
    ['a row that is wider', '[["a","b","c"]]'],
    ['a row that is narrower', '[["a"]]'],
    ['a number', '[["a",1]]'],
    ['an object', '[["a",{"x":"b"}]]'],
    ['a list', '[["a",["b"]]]'],
    ['more behind the end', '[["a","b"]] [["c","d"]]'],
    ['a comma at the end', '[["a","b"],]'],
    ['two commas', '[["a",,"b"]]'],
    ['a control character', '[["a","\n"]]'],
    ['a wrong escape', '[["a","\\x41"]]'],
    ['a wrong code', '[["a","\\u00g0"]]'],
    ['a word', '[["a",nul]]'],
    ['single quotes', "[['a','b']]"],
    ['a byte order mark', '\uFEFF[["a","b"]]'],
  ] as const
  for (const [what, page] of refused) {
    test(`refused: ${what}`, () => assert.throws(() => masked(page, ['none', 'redact']), { code: 'result_shape' }))
  }

  test('refused: what is cut anywhere, and what is not UTF-8', () => {
    const page = bytes('[["a","bé\\u00e9"],["c",null]]')
    for (let length = 1; length < page.length; length++) {
      assert.throws(() => maskRowset(page.subarray(0, length), [null, masks.redact]), { code: 'result_shape' })
    }
    const broken = Uint8Array.from(page, code => (code === 0xc3 ? 0xff : code))
    assert.throws(() => maskRowset(broken, [null, null]), { code: 'result_shape' })
  })

  test('refused, or JSON as the parser has it: a page with any byte changed', () => {
    const page = JSON.stringify([
      ['a', 'b\\"'],
      [null, 'déjà'],
    ])
    fc.assert(
      fc.property(fc.nat(page.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, symbol) => {
        const changed = page.slice(0, at) + symbol + page.slice(at + 1)
        let out: string
        try {
          out = masked(changed, ['none', 'redact'])
        } catch {
          return
        }
        const parsed = JSON.parse(changed) as Cell[][]
        assert.deepEqual(
          JSON.parse(out),
          parsed.map(([first, second]) => [first, expected('redact', second ?? null)]),
        )
      }),
      { numRuns: 500 },
    )
  })
})

describe('pages of BigQuery, by their bytes', () => {
  const masked = (page: string, columns: readonly Kind[]) => text(maskBigqueryRows(bytes(page), columns.map(wire)))
  const page = (rows: readonly (readonly unknown[])[]) => rows.map(row => ({ f: row.map(v => ({ v })) }))

  test('are what parsing, masking and writing them anew gives', () => {
    fc.assert(
      fc.property(table, fc.boolean(), ({ columns, rows }, spaced) => {
        const out = JSON.parse(masked(otherwise(JSON.stringify(page(rows), null, spaced ? 1 : 0)), columns))
        assert.deepEqual(out, page(rows.map(row => row.map((cell, at) => expected(columns[at] ?? 'none', cell)))))
      }),
    )
  })

  test('a record is masked whole, a repeated field is emptied, and detectors look into both', () => {
    const record = { f: [{ v: 'c1@mail.example' }, { v: [{ v: 'x' }, { v: '4111111111111111' }] }] }
    const rows = page([[record, [{ v: 'a' }], record, record]])
    const out = JSON.parse(masked(JSON.stringify(rows), ['redact', 'hash', 'detect', 'none']))
    const hidden = { f: [{ v: '[masked]' }, { v: [{ v: 'x' }, { v: '[masked]' }] }] }
    assert.deepEqual(out, page([[null, [], hidden, record]]))
  })

  const refused = [
    ['another member', '[{"f":[{"v":"a"},{"v":"b","w":"c"}]}]'],
    ['the same member twice', '[{"f":[{"v":"a"},{"v":"b","v":"c"}]}]'],
    ['a name written otherwise', '[{"\\u0066":[{"v":"a"},{"v":"b"}]}]'],
    ['a row that is wider', '[{"f":[{"v":"a"},{"v":"b"},{"v":"c"}]}]'],
    ['a row that is narrower', '[{"f":[{"v":"a"}]}]'],
    ['a number', '[{"f":[{"v":"a"},{"v":1}]}]'],
    ['no list', '{"f":[]}'],
    ['nesting without end', `[{"f":[{"v":${'['.repeat(100_000)}`],
  ] as const
  for (const [what, rows] of refused) {
    test(`refused: ${what}`, () => assert.throws(() => masked(rows, ['none', 'redact']), { code: 'result_shape' }))
  }
})
