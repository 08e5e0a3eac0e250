import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tableFromIPC, type Vector } from 'apache-arrow'
import { arrowRowset, readsAsArrow } from '#gateway/doors/snowflake/arrow/arrow-rowset.ts'
import { rowtypeOf } from '#gateway/doors/snowflake/rowtype.ts'
import { snowflakeText } from '#src/execute/snowflake-text.ts'
import type { Cell, Column, WireType } from '#src/execute/warehouse.ts'

const column = (wire: WireType): Column => ({
  ...{ name: 'C', type: 'string', warehouseType: wire.type.toUpperCase(), nullable: true, wire },
})

/** The cells of one column, by way of Arrow's own reader. */
function read(wire: WireType, cells: readonly Cell[]) {
  const rowtype = rowtypeOf([column(wire)])
  const stream = arrowRowset(
    rowtype,
    cells.map(cell => [snowflakeText(cell, wire.type)]),
  )
  const table = tableFromIPC(stream)
  const [field] = table.schema.fields
  const vector = table.getChildAt(0) as Vector
  return { field, type: String(field?.type), values: Array.from({ length: cells.length }, (_, row) => vector.get(row)) }
}

const signed128 = (value: { toString(): string }) => BigInt.asIntN(128, BigInt(value.toString()))
const structs = (values: readonly { toJSON(): object }[]) => values.map(value => value?.toJSON() ?? null)

describe('rows in Arrow, as an independent reader sees them', () => {
  const fixed = (scale: number): WireType => ({ type: 'fixed', precision: 38, scale })

  test('numbers that fit are integers of 64 or 32 bits without their point; the scale stands beside them', () => {
    const found = read(fixed(2), ['1.25', null, '-0.01', '92233720368547758.07'])
    assert.equal(found.type, 'Int64')
    assert.deepEqual(found.values, [125n, null, -1n, 9223372036854775807n])
    assert.deepEqual(
      ['logicalType', 'scale', 'precision'].map(key => found.field?.metadata.get(key)),
      ['FIXED', '2', '38'],
    )
    const small = read(fixed(2), ['21474836.47', null, '-0.01'])
    assert.deepEqual([small.type, small.values], ['Int32', [2147483647, null, -1]])
    // A mask makes whole numbers, whatever the scale.
    assert.deepEqual(read(fixed(2), [281474976710655]).values, [28147497671065500n])
    assert.deepEqual(read(fixed(0), [7, '-9223372036854775808', null]).values, [7n, -9223372036854775808n, null])
  })

  test('where one does not fit, all are of 128 bits', () => {
    const cells = ['99999999999999999999999999999999999999', '-99999999999999999999999999999999999999', null, 1]
    const { type, values } = read(fixed(0), cells)
    assert.match(type, /^Decimal/)
    assert.deepEqual(
      values.map(value => value && signed128(value)),
      [10n ** 38n - 1n, 1n - 10n ** 38n, null, 1n],
    )
    assert.deepEqual(read(fixed(10), ['123456789012.1234567890']).values.map(signed128), [1234567890121234567890n])
  })

  test('floating point: also what is no number', () => {
    assert.deepEqual(read({ type: 'real' }, [0.5, null, -1e300, 'NaN', 'inf', '-inf']).values, [
      0.5,
      null,
      -1e300,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ])
    const [one, none, other] = structs(read({ type: 'decfloat' }, ['1.23E+5', null, '-128']).values)
    assert.deepEqual(
      [one, none, other],
      [{ exponent: 3, significand: Uint8Array.of(0x7b) }, null, { exponent: 0, significand: Uint8Array.of(0x80) }],
    )
  })

  test('texts, bytes and truth values', () => {
    const texts = ['', null, 'té"xt\u0000😀', 'x'.repeat(1000)]
    for (const type of ['text', 'array', 'object', 'variant']) {
      const cells = type === 'text' ? texts : [{ a: [1, null, 'é'] }, null]
      const expected = type === 'text' ? texts : ['{"a":[1,null,"é"]}', null]
      assert.deepEqual(read({ type }, cells).values, expected, type)
    }
    // Half a symbol each: together they must not become one.
    assert.deepEqual(read({ type: 'text' }, ['a\ud83d', '\ude00b']).values, ['a\ufffd', '\ufffdb'])
    assert.deepEqual(read({ type: 'binary' }, ['DEAD', null, '']).values, [
      Uint8Array.of(0xde, 0xad),
      null,
      new Uint8Array(0),
    ])
    const flags = Array.from({ length: 19 }, (_, row) => [true, false, null][row % 3] ?? null)
    assert.deepEqual(read({ type: 'boolean' }, flags).values, flags)
  })

  test('dates and times before and after the epoch', () => {
    const days = read({ type: 'date' }, ['1969-12-31', null, '2026-11-21', '9999-12-31'])
    assert.deepEqual(
      days.values.map(value => value && new Date(Number(value)).toISOString().slice(0, 10)),
      ['1969-12-31', null, '2026-11-21', '9999-12-31'],
    )
    assert.deepEqual(read({ type: 'time', scale: 9 }, ['00:00:01.000000001', null, '23:59:59']).values, [
      1_000_000_001n,
      null,
      86_399_000_000_000n,
    ])
    assert.deepEqual(read({ type: 'time', scale: 3 }, ['01:01:01.250']).values, [3_661_250n])
    for (const type of ['timestamp_ntz', 'timestamp_ltz']) {
      const cells = ['1969-12-31T23:59:58.500', null, '2023-11-14T22:13:20.123456789', '1970-01-01T00:00:00']
      assert.deepEqual(
        structs(read({ type, scale: 9 }, cells).values),
        [
          { epoch: -2n, fraction: 500_000_000 },
          null,
          { epoch: 1_700_000_000n, fraction: 123_456_789 },
          { epoch: 0n, fraction: 0 },
        ],
        type,
      )
    }
    const zoned = read({ type: 'timestamp_tz', scale: 9 }, ['2023-11-14T23:13:20.5+01:00', null])
    assert.deepEqual(structs(zoned.values), [{ epoch: 1_700_000_000n, fraction: 500_000_000, timezone: 1500 }, null])
    assert.equal(zoned.field?.metadata.get('byteLength'), '16')
  })

  test('nothing but nulls, as a mask leaves them, in every type; and no rows', () => {
    const types = ['fixed', 'real', 'decfloat', 'text', 'boolean', 'date', 'time', 'binary', 'variant', 'timestamp_tz']
    const rowtype = rowtypeOf(types.map(type => column({ type })))
    const table = tableFromIPC(arrowRowset(rowtype, Array(9).fill(types.map(() => null))))
    assert.equal(table.numRows, 9)
    for (const at of types.keys()) assert.equal(table.getChildAt(at)?.nullCount, 9, types[at])
    assert.equal(arrowRowset(rowtype, []).length, 0)
  })

  test('what is no value of its column is refused, and types without a form are known', () => {
    const wrong: readonly [type: string, text: string][] = [
      ['fixed', '1.5'],
      ['fixed', '0x10'],
      ['real', 'many'],
      ['date', '2026-01-01'],
      ['time', 'noon'],
      ['timestamp_ntz', '1700000000 1440'],
      ['timestamp_tz', '1700000000'],
      ['binary', 'DEADX'],
      ['decfloat', ''],
    ]
    for (const [type, text] of wrong)
      assert.throws(
        () => arrowRowset(rowtypeOf([column({ type, scale: 0 })]), [[text]]),
        { code: 'result_shape' },
        type,
      )
    // The Python driver reads no map from text, and the Go driver no geography.
    for (const type of ['vector', 'map', 'geography', 'interval_day_time', 'constructor'])
      assert.equal(readsAsArrow(rowtypeOf([column({ type: 'text' }), column({ type })])), false, type)
    assert.equal(readsAsArrow(rowtypeOf([column({ type: 'text' })])), true)
  })
})
