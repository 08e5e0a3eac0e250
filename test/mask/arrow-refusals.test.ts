import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import * as arrow from 'apache-arrow'
import { cutArrow } from '#src/execute/arrow/cut-arrow.ts'
import { arrowTexts } from '#src/execute/snowflake-arrow/arrow-texts.ts'
import type { WireMask } from '#src/mask/wire-mask.ts'
import { masked, stream, valuesOf } from './arrow-tables.ts'
import { masks } from './wire-columns.ts'

describe('refused as a page of Arrow', () => {
  const refuses = (page: Uint8Array, columns: (WireMask | null)[] = [null]) =>
    assert.throws(() => masked(page, columns), { code: 'result_shape' })
  const plainPage = (): Uint8Array => stream([{ type: new arrow.Utf8(), values: ['a', null, 'déjà'] }], [0, 1])

  test('a page that is cut anywhere, or goes on behind its end', () => {
    const page = plainPage()
    for (let length = 0; length < page.length; length++) refuses(page.subarray(0, length))
    refuses(Buffer.concat([page, Buffer.alloc(8)]))
    refuses(Buffer.concat([page, page]))
  })

  test('more or fewer columns than planned', () => {
    refuses(plainPage(), [])
    refuses(plainPage(), [null, masks.redact])
  })

  test('dictionaries, unions and what is no Arrow', () => {
    const dictionary = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32())
    refuses(arrow.tableToIPC(new arrow.Table({ c0: arrow.vectorFromArray(['a', 'b'], dictionary) }), 'stream'))
    const member = new arrow.Field('a', new arrow.Int32(), true)
    const union = arrow.makeData({
      type: new arrow.SparseUnion([0], [member]),
      length: 1,
      typeIds: Int8Array.of(0),
      children: [arrow.makeData({ type: new arrow.Int32(), length: 1, data: Int32Array.of(1) })],
    } as never)
    refuses(arrow.tableToIPC(new arrow.Table({ c0: new arrow.Vector([union]) }), 'stream'))
    refuses(Buffer.from('[["a","b"]]'))
    refuses(arrow.tableToIPC(new arrow.Table({ c0: arrow.vectorFromArray([1, 2]) }), 'file'))
  })

  test('compressed bodies', () => {
    const { ZSTD } = arrow.CompressionType
    arrow.compressionRegistry.set(ZSTD, {
      encode: data => zstdCompressSync(data),
      decode: data => zstdDecompressSync(data),
    })
    const writer = new arrow.RecordBatchStreamWriter({ compressionType: ZSTD })
    writer.writeAll(arrow.tableFromIPC(plainPage()))
    refuses(writer.finish().toUint8Array(true))
  })

  test('buffers that overlap, and buffers that are too short for their values', () => {
    const type = new arrow.Utf8()
    const page = Buffer.from(
      stream([
        { type, values: ['a masked value'] },
        { type, values: ['kept'] },
      ]),
    )
    const batch = 8 + page.readInt32LE(4)
    const body = batch + 8 + page.readInt32LE(batch + 4)
    const [raw, kept] = ['a masked value', 'kept'].map(each => BigInt(page.indexOf(each) - body))
    const entry = (offset = 0n, length = 0n) => Buffer.from(BigInt64Array.of(offset, length).buffer)
    const change = (from: Buffer, to: Buffer) => {
      assert.ok(page.includes(from))
      const changed = Buffer.from(page)
      changed.set(to, page.indexOf(from))
      refuses(changed, [masks.redact, null])
    }
    change(entry(kept, 8n), entry(raw, 16n))
    change(entry(0n, 8n), entry(0n, 4n))
  })

  test('texts that are not UTF-8, and offsets that cut a symbol or go back', () => {
    const page = Buffer.from(plainPage())
    const symbol = page.indexOf('déjà')
    const broken = Buffer.from(page)
    broken[symbol + 1] = 0xff
    refuses(broken, [masks.detect])
    refuses(broken, [masks.hash])
    const offsets = page.indexOf(Buffer.from(Int32Array.of(0, 0, 6).buffer))
    for (const [nth, offset] of [
      [1, 7],
      [1, 2],
      [2, 400],
      [0, -1],
    ] as const) {
      const moved = Buffer.from(page)
      moved.writeInt32LE(offset, offsets + 4 * nth)
      refuses(moved, [masks.detect])
    }
  })

  test('texts of a column that leaves as it came, where they begin before its bytes or end behind them', () => {
    const page = Buffer.from(plainPage())
    const offsets = page.indexOf(Buffer.from(Int32Array.of(0, 0, 6).buffer))
    for (const [nth, offset] of [
      [0, -1],
      [0, 7],
      [2, -1],
      [2, 400],
    ] as const) {
      const moved = Buffer.from(page)
      moved.writeInt32LE(offset, offsets + 4 * nth)
      refuses(moved)
    }
  })

  test('whoever reads the texts of such a column, or cuts it: offsets that are out of order in between', () => {
    const type = new arrow.Utf8()
    const list = new arrow.List(new arrow.Field('item', type, true))
    for (const column of [
      { type, values: ['a', 'b', 'c'], metadata: { logicalType: 'TEXT' } },
      { type: list, values: [['a'], ['b'], ['c']], metadata: { logicalType: 'ARRAY' } },
    ]) {
      const page = Buffer.from(stream([column]))
      page.writeInt32LE(2 ** 30, page.indexOf(Buffer.from(Int32Array.of(0, 1, 2, 3).buffer)) + 8)
      const left = masked(page, [null])
      const wire = [{ type: String(column.metadata.logicalType).toLowerCase() }]
      assert.throws(() => [...arrowTexts(left, wire)], { code: 'result_shape' })
      assert.throws(() => cutArrow(left, 2), { code: 'result_shape' })
    }
  })

  test('the framing from before Arrow 0.15 is taken', () => {
    const page = Buffer.from(stream([{ type: new arrow.Utf8(), values: ['a'] }]))
    const batch = 8 + page.readInt32LE(4)
    const parts = [page.subarray(4, batch), page.subarray(batch + 4, -8), page.subarray(-4)]
    assert.deepEqual(valuesOf(masked(Buffer.concat(parts), [masks.redact])), [['[masked]']])
  })
})
