import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { RowCutter } from '#gateway/execute/row-cutter.ts'
import { rowSpans } from '#src/execute/json-rows.ts'
import type { RawPage } from '#src/execute/warehouse.ts'

function* inParts(bytes: Buffer, sizes: readonly number[]) {
  for (let at = 0, part = 0; at < bytes.length; part++) {
    const size = sizes[part % sizes.length] ?? bytes.length
    yield bytes.subarray(at, at + size)
    at += size
  }
}

function* pagesOf(texts: readonly string[], sizes: readonly number[]): Generator<RawPage> {
  const cutter = new RowCutter('snowflake-rowset')
  for (const text of texts) {
    cutter.begin()
    for (const part of inParts(Buffer.from(text), sizes)) yield* cutter.add(part)
    yield* cutter.end()
  }
  yield* cutter.rest()
}

function rowsOf(pages: Iterable<RawPage>): unknown[] {
  return [...pages].flatMap(({ rows, pieces }) => {
    const parsed = JSON.parse(Buffer.concat(pieces).toString()) as unknown[]
    assert.equal(parsed.length, rows)
    return parsed
  })
}

const cell = fc.option(
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('],["', '\\', '"', '\\"]', '[[', '\u2028é😀')),
)
const list = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 20 })
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
const textOf = (rows: readonly unknown[]) => JSON.stringify(rows).slice(1, -1)

describe('rows are cut by their bytes', () => {
  test('and come out whole however the bytes came, whatever their text looks like', () => {
    fc.assert(
      fc.property(fc.array(list, { maxLength: 4 }), sizes, (lists, parts) => {
        assert.deepEqual(rowsOf(pagesOf(lists.map(textOf), parts)), lists.flat())
      }),
    )
  })

  test('into pages of at most 4,000 rows or about 1 MiB, over the ends of lists', () => {
    const many = (count: number) => textOf(Array.from({ length: count }, (_, row) => [String(row)]))
    assert.deepEqual(
      [...pagesOf([many(2_700), '', many(8_000)], [100_000])].map(({ rows }) => rows),
      [4000, 4000, 2700],
    )
    const large = textOf(Array.from({ length: 7 }, () => ['x'.repeat(400_000)]))
    assert.deepEqual(
      [...pagesOf([large], [65_536])].map(({ rows }) => rows),
      [3, 3, 1],
    )
  })

  test('before the last of them has arrived', () => {
    const row = JSON.stringify(['x'.repeat(1000)])
    let sent = 0
    const cutter = new RowCutter('snowflake-rowset')
    cutter.begin()
    while ([...cutter.add(Buffer.from(sent === 0 ? row : `,${row}`))].length === 0) sent++
    assert.ok(sent < 1_300, `${sent} rows were read for the first page`)
  })

  test('and none twice where a list is read once more from its beginning', () => {
    fc.assert(
      fc.property(list, list, sizes, fc.nat(), fc.nat(), (before, rows, parts, first, second) => {
        const cutter = new RowCutter('snowflake-rowset')
        const pages: RawPage[] = []
        const read = (text: string) => {
          for (const part of inParts(Buffer.from(text), parts)) pages.push(...cutter.add(part))
        }
        cutter.begin()
        read(textOf(before))
        pages.push(...cutter.end())
        const text = textOf(rows)
        for (const [attempt, cut] of [first, second].entries()) {
          cutter.begin(attempt > 0)
          read(text.slice(0, cut % (text.length + 1)))
        }
        cutter.begin(true)
        read(text)
        pages.push(...cutter.end(), ...cutter.rest())
        assert.deepEqual(rowsOf(pages), [...before, ...rows])
      }),
    )
  })

  test('or refused, where they are not rows of JSON, or stop in the middle of one', () => {
    const texts = [
      '["a"],["b"',
      '["a"] <html>',
      '{"a":1}',
      '"text"',
      '["a"],["b]',
      '["a"]["b"]',
      ']["a"]',
      '["a"],,["b"]',
    ]
    for (const text of texts) assert.throws(() => [...pagesOf(['["x"]', text], [7])], { code: 'result_shape' }, text)
  })

  test('and found again in a page', () => {
    fc.assert(
      fc.property(list, fc.boolean(), (rows, spaced) => {
        const page = Buffer.from(JSON.stringify(rows, null, spaced ? 1 : 0))
        const texts = [...rowSpans(page)].map(({ start, end }) => page.toString('utf8', start, end))
        assert.deepEqual(
          texts.map(text => JSON.parse(text)),
          rows,
        )
      }),
    )
  })
})
