import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tableFromIPC } from 'apache-arrow'
import fc from 'fast-check'
import { ArrowCutter } from '#gateway/execute/arrow-cutter.ts'
import { messageAt } from '#src/execute/arrow/arrow-messages.ts'
import type { RawPage } from '#src/execute/warehouse.ts'
import { arrowStream } from '#test/fakes/snowflake/arrow.ts'

const types = [{ type: 'fixed', scale: 0 }, { type: 'text' }]
const columns = types.map(({ type, scale }, at) => ({
  ...{ name: `C${at}`, type, scale: scale ?? null, precision: null, length: null, byteLength: null },
}))
type Row = [string, string]
const streamOf = (vectors: readonly Row[][]) => Buffer.from(arrowStream(columns, vectors))

function* inParts(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function* pagesOf(cutter: ArrowCutter, bytes: Buffer, size = bytes.length, again = false): Generator<RawPage, number> {
  cutter.begin(again)
  for (const part of inParts(bytes, size)) yield* cutter.add(part)
  return yield* cutter.end()
}

const rowsOf = (pages: Iterable<RawPage>): string[][] =>
  [...pages].flatMap(({ rows, pieces }) => {
    const table = tableFromIPC(Buffer.concat(pieces))
    assert.equal(table.numRows, rows)
    return table.toArray().map(row => Object.values(row.toJSON()).map(String))
  })

describe('streams of Arrow that are cut into pages while they arrive', () => {
  const row = fc.tuple(fc.integer().map(String), fc.string({ unit: 'grapheme' }))
  const vectors = fc.array(fc.array(row, { minLength: 1, maxLength: 20 }), { maxLength: 4 })

  test('all rows, in order, however the bytes come, and numbers of another width in the next stream', () => {
    fc.assert(
      fc.property(
        fc.array(vectors, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 400 }),
        (streams, size) => {
          const cutter = new ArrowCutter(types)
          const pages = streams.flatMap(each => [...pagesOf(cutter, streamOf(each), size)])
          assert.deepEqual(rowsOf(pages), streams.flat(2))
          assert.deepEqual([...cutter.rest()], [])
        },
      ),
      { numRuns: 60 },
    )
  })

  const large = (from: number): Row[] => Array.from({ length: 30 }, (_, at) => [String(from + at), 'x'.repeat(100_000)])
  const stream = streamOf([large(0), large(30), large(60)])

  test('a page ends once it is large enough, and only with a batch', () => {
    const cutter = new ArrowCutter(types)
    const pages = pagesOf(cutter, stream, 70_000)
    const rows: number[] = []
    let next = pages.next()
    for (; !next.done; next = pages.next()) rows.push(next.value.rows)
    assert.deepEqual([rows, next.value], [[60, 30], 90])
  })

  test('what was interrupted goes on behind the last row that left', () => {
    for (const cut of [100, 3_100_000, 6_100_000, 9_000_000]) {
      const cutter = new ArrowCutter(types)
      cutter.begin()
      const pages = [...cutter.add(stream.subarray(0, cut))]
      pages.push(...pagesOf(cutter, stream, 1_000_000, true))
      assert.deepEqual(
        rowsOf(pages).map(([id]) => Number(id)),
        Array.from({ length: 90 }, (_, at) => at),
      )
    }
  })

  test('what says that it is half a gigabyte takes no more memory than what came of it', () => {
    const claimed = streamOf([[['1', 'a']]])
    const schema = messageAt(claimed, 0).end
    const batch = messageAt(claimed, schema)
    if (batch.is !== 'message') throw new Error('no batch')
    const length = Buffer.alloc(8)
    length.writeBigInt64LE(BigInt(batch.message.body.length))
    claimed.writeBigInt64LE(BigInt(2 ** 29), claimed.indexOf(length, schema))
    const before = process.memoryUsage().arrayBuffers
    const cutters = Array.from({ length: 4 }, () => {
      const cutter = new ArrowCutter(types)
      cutter.begin()
      assert.deepEqual([...cutter.add(claimed), ...cutter.add(Buffer.alloc(1024 * 1024))], [])
      return cutter
    })
    assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 1024 * 1024)
    for (const cutter of cutters) assert.throws(() => [...cutter.end()], { code: 'result_shape' })
  })

  test('refused: a stream that ends early or goes on, other columns, other batches than before', () => {
    const refuses = (bytes: Buffer, cutter = new ArrowCutter(types), again = false) =>
      assert.throws(() => [...pagesOf(cutter, bytes, bytes.length, again)], { code: 'result_shape' })
    const small = streamOf([[['1', 'a']]])
    for (let length = 1; length < small.length; length++) refuses(small.subarray(0, length))
    refuses(Buffer.concat([small, small]))
    refuses(Buffer.from('[["1","a"]]'))
    refuses(small, new ArrowCutter([...types, { type: 'text' }]))
    refuses(small, new ArrowCutter([{ type: 'text' }, { type: 'text' }]))
    const cutter = new ArrowCutter(types)
    cutter.begin()
    assert.equal([...cutter.add(stream.subarray(0, 7_000_000))].length, 1)
    refuses(streamOf([large(0), large(30).slice(1)]), cutter, true)
    refuses(streamOf([large(0)]), cutter, true)
  })

  test('refused: a stream whose columns are those of the first one in another order', () => {
    const texts = [{ type: 'text' }, { type: 'text' }]
    const named = (...names: string[]) => {
      const fields = names.map(name => ({
        ...{ name, type: 'text', scale: null, precision: null, length: null, byteLength: null },
      }))
      return Buffer.from(arrowStream(fields, [[['a', 'b']]]))
    }
    const cutter = new ArrowCutter(texts)
    const rows = () => rowsOf(pagesOf(cutter, named('ID', 'EMAIL')))
    assert.deepEqual([rows(), rows()], [[['a', 'b']], [['a', 'b']]])
    assert.throws(() => rowsOf(pagesOf(cutter, named('EMAIL', 'ID'))), { code: 'result_shape' })
  })
})
