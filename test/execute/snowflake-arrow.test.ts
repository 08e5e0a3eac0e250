import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as arrow from 'apache-arrow'
import fc from 'fast-check'
import { cutArrow } from '#src/execute/arrow/cut-arrow.ts'
import { arrowTexts } from '#src/execute/snowflake-arrow/arrow-texts.ts'
import type { WireType } from '#src/execute/warehouse.ts'
import { arrowStream } from '#test/fakes/snowflake/arrow.ts'
import { stream, type TestColumn, typeValues } from '../mask/arrow-tables.ts'

const decimal = (units: bigint, scale: number) => {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  const text = scale > 0 ? `${digits.slice(0, -scale)}.${digits.slice(-scale)}` : digits
  return units < 0n ? `-${text}` : text
}
const units = (bits: bigint, scale: number) =>
  fc.bigInt({ min: -(2n ** bits), max: 2n ** bits - 1n }).map(value => decimal(value, scale))

/** Beside the sign, of the integers that numbers of so many digits come as. */
const bitsOf = { 3: 7n, 5: 15n, 10: 31n, 19: 63n, 38: 120n } as const

/** Of each type: as it is announced, and texts as JSON results have them. */
const samples: readonly (readonly [WireType, fc.Arbitrary<string>])[] = [
  ...([3, 5, 10, 19, 38] as const).flatMap(precision =>
    [0, 2, 37].map(scale => [{ type: 'fixed', precision, scale }, units(bitsOf[precision], scale)] as const),
  ),
  [
    { type: 'real' },
    fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), fc.constantFrom('inf', '-inf', 'NaN')),
  ],
  [{ type: 'text' }, fc.string({ unit: 'grapheme', maxLength: 20 })],
  [{ type: 'variant' }, fc.json()],
  [{ type: 'boolean' }, fc.constantFrom('0', '1')],
  [{ type: 'date' }, fc.integer({ min: -700_000, max: 2_900_000 }).map(String)],
  [{ type: 'time', scale: 9 }, fc.bigInt({ min: 0n, max: 86_399_999_999_999n }).map(value => decimal(value, 9))],
  [{ type: 'time', scale: 0 }, fc.bigInt({ min: 0n, max: 86_399n }).map(String)],
  ...[0, 3, 9].flatMap(scale =>
    ['timestamp_ntz', 'timestamp_ltz'].map(type => [{ type, scale }, units(60n, scale)] as const),
  ),
  [
    { type: 'timestamp_tz', scale: 9 },
    fc.tuple(units(60n, 9), fc.integer({ min: 0, max: 2880 })).map(([seconds, zone]) => `${seconds} ${zone}`),
  ],
  [{ type: 'binary' }, fc.uint8Array({ maxLength: 9 }).map(bytes => Buffer.from(bytes).toString('hex').toUpperCase())],
]

const column = ({ type, scale }: WireType) => ({
  ...{ name: 'C', type, scale: scale ?? null, precision: null, length: null, byteLength: null },
})
/** 0 and -0 are one text in JSON results, and the drivers of none tell them apart. */
const same = (text: string | null) => (text === null ? null : text.replace(/^-(0(\.0+)?)$/, '$1'))
const shifted = (bytes: Uint8Array, by: number) => Buffer.concat([Buffer.alloc(by), bytes]).subarray(by)
const textsOf = (bytes: Uint8Array, ...types: WireType[]) => [...arrowTexts(bytes, types)].flat()

describe('rows of Arrow, read as the texts of JSON results', () => {
  for (const [wire, text] of samples) {
    test(`${[wire.type, wire.precision, wire.scale].join(' ').trim()}: what was written, null or not, and the first rows of it`, () => {
      const batches = fc.array(fc.array(fc.option(text), { minLength: 1, maxLength: 20 }), {
        minLength: 1,
        maxLength: 3,
      })
      fc.assert(
        fc.property(batches, fc.nat(7), fc.nat(40), (parts, shift, most) => {
          const vectors = parts.map(cells => cells.map(cell => [cell, cell]))
          const bytes = shifted(arrowStream([column(wire), column(wire)], vectors), shift)
          const written = vectors.flat().map(row => row.map(same))
          assert.deepEqual(
            textsOf(bytes, wire, wire).map(row => row.map(same)),
            written,
          )
          const first = cutArrow(bytes, most)
          assert.deepEqual(
            textsOf(first, wire, wire).map(row => row.map(same)),
            written.slice(0, most),
          )
          assert.equal(arrow.tableFromIPC(first).numRows, Math.min(most, written.length))
        }),
        { numRuns: 40 },
      )
    })
  }

  const part = (name: string, type: arrow.DataType, metadata: Record<string, string> = {}) =>
    new arrow.Field(name, type, true, new Map(Object.entries(metadata)))
  const texts = (wire: WireType, one: TestColumn) => textsOf(stream([one]), wire).map(([text]) => text)

  test('a number beside which no exponent stands is written out, and one that has any digits', () => {
    const type = new arrow.Struct([part('exponent', new arrow.Int16()), part('significand', new arrow.Binary())])
    const value = (exponent: number, ...significand: number[]) => ({
      exponent,
      significand: Uint8Array.from(significand),
    })
    const values = [value(-2, 0x7b), value(3, 0xff), value(0), value(-300, 0x01, 0x00), null]
    assert.deepEqual(texts({ type: 'decfloat' }, { type: type as arrow.DataType, values }), [
      '1.23',
      '-1000',
      '0',
      '256E-300',
      null,
    ])
  })

  test('a zone beside a time in the units of its scale', () => {
    const type: arrow.DataType = new arrow.Struct([
      part('epoch', new arrow.Int64()),
      part('timezone', new arrow.Int32()),
    ])
    const one = { type, values: [{ epoch: -1500n, timezone: 1500 }, null], metadata: { scale: '3' } }
    assert.deepEqual(texts({ type: 'timestamp_tz', scale: 3 }, one), ['-1.500 1500', null])
  })

  test('lists, objects and maps are JSON, their parts by what is said beside them', () => {
    const date = part('day', new arrow.DateDay(), { logicalType: 'DATE' })
    const money = part('money', new arrow.Int32(), { logicalType: 'FIXED', scale: '2' })
    const document = part('document', new arrow.Utf8(), { logicalType: 'VARIANT' })
    const object: arrow.DataType = new arrow.Struct([date, money, document, part('word', new arrow.Utf8())])
    const value = { day: new Date('2024-02-29'), money: -150, document: '{"a":1}', word: '{"b":2}' }
    assert.deepEqual(texts({ type: 'object' }, { type: object, values: [value, null, { ...value, word: null }] }), [
      '{"day":"2024-02-29","money":-1.50,"document":{"a":1},"word":"{\\"b\\":2}"}',
      null,
      '{"day":"2024-02-29","money":-1.50,"document":{"a":1},"word":null}',
    ])
    const [list = new arrow.Null()] = typeValues.list ?? []
    assert.deepEqual(texts({ type: 'array' }, { type: list, values: [['a', null], [], null] }), [
      '["a",null]',
      '[]',
      null,
    ])
    const [vector = new arrow.Null()] = typeValues.fixed_size_list ?? []
    assert.deepEqual(texts({ type: 'vector' }, { type: vector, values: [[0.5, -2], null] }), ['[0.5,-2]', null])
    const [map = new arrow.Null()] = typeValues.map ?? []
    assert.deepEqual(texts({ type: 'map' }, { type: map, values: [new Map([['a"', 1]]), null] }), ['{"a\\"":1}', null])
  })
})

describe('refused as rows of Snowflake', () => {
  const refuses = (bytes: Uint8Array, ...types: WireType[]) =>
    assert.throws(() => textsOf(bytes, ...types), { code: 'result_shape' })

  test('columns that are not the announced ones', () => {
    const one = (type: arrow.DataType, values: unknown[], metadata = {}) => stream([{ type, values, metadata }])
    const text = one(new arrow.Utf8(), ['1'])
    const number = one(new arrow.Int32(), [1], { logicalType: 'FIXED', scale: '2' })
    for (const type of ['fixed', 'real', 'boolean', 'date', 'time', 'timestamp_ntz', 'timestamp_tz', 'binary'])
      refuses(text, { type })
    for (const type of ['text', 'real', 'boolean', 'date', 'timestamp_tz', 'binary', 'decfloat'])
      refuses(number, { type, scale: 2 })
    refuses(number, { type: 'fixed', scale: 3 })
    refuses(number, { type: 'fixed' })
    refuses(number)
    refuses(number, { type: 'fixed', scale: 2 }, { type: 'text' })
    const parts = new arrow.Struct([new arrow.Field('epoch', new arrow.Utf8(), true)]) as arrow.DataType
    refuses(one(parts, [{ epoch: '1' }]), { type: 'timestamp_ntz' })
    refuses(one(parts, [{ epoch: '1' }]), { type: 'decfloat' })
    const exact = new arrow.Decimal(4, 38, 128)
    refuses(one(exact, [new Uint32Array([1, 0, 0, 0])], { scale: '2' }), { type: 'fixed', scale: 2 })
  })

  test('whatever is done to the bytes: it is read, or refused in these words', () => {
    const types: WireType[] = [
      { type: 'text' },
      { type: 'fixed', scale: 2 },
      { type: 'timestamp_tz', scale: 9 },
      { type: 'array' },
    ]
    const rows = [
      ['a', '1.25', '1700000000.5 1500', '["b"]'],
      [null, '-70000.01', null, null],
      ['déjà vu', null, '0 1440', '[1, 2]'],
    ]
    const page = Buffer.from(arrowStream(types.map(column), [rows, rows]))
    const edit = fc.record({ at: fc.nat(page.length - 1), byte: fc.nat(255) })
    fc.assert(
      fc.property(
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        fc.nat(page.length),
        fc.boolean(),
        (edits, cut, isCut) => {
          const changed = Buffer.from(page)
          for (const { at, byte } of edits) changed[at] = byte
          const bytes = isCut ? changed.subarray(0, cut) : changed
          for (const read of [() => textsOf(bytes, ...types), () => cutArrow(bytes, 2)]) {
            try {
              read()
            } catch (error) {
              assert.equal((error as { code?: string }).code, 'result_shape', String((error as Error).stack))
            }
          }
        },
      ),
      { numRuns: 3_000 },
    )
  })
})
