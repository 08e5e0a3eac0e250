import * as arrow from 'apache-arrow'
import fc from 'fast-check'
import { type ArrowColumn, ArrowMasker } from '#src/mask/arrow/arrow-masker.ts'
import type { WireMask } from '#src/mask/wire-mask.ts'
import { allSteps } from './all-steps.ts'

/** One column as the independent writer is given it. */
export interface TestColumn {
  readonly type: arrow.DataType
  readonly values: readonly unknown[]
  readonly metadata?: Readonly<Record<string, string>>
  readonly nullable?: boolean
}

const bytes = fc.uint8Array({ minLength: 1, maxLength: 9 })
const int = (min: number, max: number) => fc.integer({ min, max })
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('', 'c000123.pine@mail.example', 'card 4111 1111 1111 1111', '2024-01-15', 'déjà vu 😀'),
)
const epoch = fc.integer({ min: -8_000_000_000, max: 30_000_000_000 })
const child = (name: string, type: arrow.DataType, nullable = true) => new arrow.Field(name, type, nullable)
const decimal = (width: number) => (value: bigint) =>
  new Uint32Array(
    BigUint64Array.from({ length: width / 64 }, (_, at) => (value >> BigInt(64 * at)) & (2n ** 64n - 1n)).buffer,
  )

/** Every type that is taken, with what may stand in a column of it. */
export const typeValues: Readonly<Record<string, readonly [arrow.DataType, fc.Arbitrary<unknown>]>> = {
  null: [new arrow.Null(), fc.constant(null)],
  bool: [new arrow.Bool(), fc.boolean()],
  int8: [new arrow.Int8(), int(-128, 127)],
  int16: [new arrow.Int16(), int(-32_768, 32_767)],
  int32: [new arrow.Int32(), int(-(2 ** 31), 2 ** 31 - 1)],
  int64: [new arrow.Int64(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  uint8: [new arrow.Uint8(), int(0, 255)],
  uint64: [new arrow.Uint64(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  float32: [new arrow.Float32(), fc.float({ noNaN: true })],
  float64: [new arrow.Float64(), fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(Infinity, -Infinity))],
  decimal128: [new arrow.Decimal(4, 38, 128), fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(decimal(128))],
  decimal256: [new arrow.Decimal(9, 70, 256), fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }).map(decimal(256))],
  date32: [new arrow.DateDay(), epoch.map(seconds => new Date(Math.floor(seconds / 86_400) * 86_400_000))],
  date64: [new arrow.DateMillisecond(), epoch.map(seconds => new Date(seconds * 1000))],
  time: [new arrow.TimeMicrosecond(), fc.bigInt({ min: 0n, max: 86_399_999_999n })],
  timestamp_s: [new arrow.TimestampSecond(), epoch.map(seconds => seconds * 1000)],
  timestamp_us: [new arrow.TimestampMicrosecond('UTC'), epoch.map(seconds => seconds * 1000)],
  timestamp_ns: [new arrow.TimestampNanosecond(), epoch.map(seconds => (seconds % 9_000_000_000) * 1000)],
  duration: [new arrow.DurationMillisecond(), fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n })],
  utf8: [new arrow.Utf8(), text],
  large_utf8: [new arrow.LargeUtf8(), text],
  binary: [new arrow.Binary(), bytes],
  large_binary: [new arrow.LargeBinary(), bytes],
  fixed_size_binary: [new arrow.FixedSizeBinary(5), fc.uint8Array({ minLength: 5, maxLength: 5 })],
  list: [new arrow.List(child('item', new arrow.Utf8())), fc.array(fc.option(text), { maxLength: 4 })],
  fixed_size_list: [
    new arrow.FixedSizeList(2, child('item', new arrow.Float64())),
    fc.array(fc.double({ noNaN: true }), { minLength: 2, maxLength: 2 }),
  ],
  struct: [
    new arrow.Struct([child('to', new arrow.Utf8()), child('n', new arrow.Int32())]),
    fc.record({ to: fc.option(text), n: fc.option(int(0, 9)) }),
  ],
  map: [
    new arrow.Map_(
      child(
        'entries',
        new arrow.Struct([child('key', new arrow.Utf8(), false), child('value', new arrow.Int32())]),
        false,
      ) as never,
    ),
    fc
      .dictionary(fc.constantFrom('a', 'b', 'c1@mail.example'), int(0, 9), { noNullPrototype: true, maxKeys: 3 })
      .map(each => new Map(Object.entries(each))),
  ],
}

/** One batch for each entry of `batches`: where its rows begin. */
export function stream(columns: readonly TestColumn[], batches: readonly number[] = [0]): Uint8Array {
  const schema = new arrow.Schema(
    columns.map(
      ({ type, metadata = {}, nullable = true }, at) =>
        new arrow.Field(`c${at}`, type, nullable, new Map(Object.entries(metadata))),
    ),
  )
  const rows = columns[0]?.values.length ?? 0
  const written = batches.map((start, nth) => {
    const end = batches[nth + 1] ?? rows
    const children = columns.map(({ type, values }) => data(type, values.slice(start, end)))
    return new arrow.RecordBatch(
      schema,
      arrow.makeData({ type: new arrow.Struct(schema.fields), length: end - start, nullCount: 0, children }),
    )
  })
  const writer = new arrow.RecordBatchStreamWriter()
  for (const batch of written) writer.write(batch)
  return writer.finish().toUint8Array(true)
}

function data(type: arrow.DataType, values: readonly unknown[]): arrow.Data {
  if (arrow.DataType.isNull(type)) return arrow.makeData({ type, length: values.length })
  const builder = arrow.makeBuilder({ type, nullValues: [null] })
  for (const value of values) builder.append(value as never)
  return builder.finish().flush()
}

/** Every value as the independent reader has it, in a form that can be compared. */
export function valuesOf(stream: Uint8Array): unknown[][] {
  const table = arrow.tableFromIPC(stream)
  return table.schema.fields.map((_, at) => Array.from(table.getChildAt(at) ?? [], plain))
}

function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Date) return value.getTime()
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array)
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON())
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
}

/** One column for each mask, under the names c0, c1, … */
export function masked(page: Uint8Array, columns: readonly (WireMask | null)[]): Buffer {
  const named = columns.map((mask, at): ArrowColumn => ({ name: `c${at}`, mask }))
  return Buffer.concat(allSteps(new ArrowMasker(named).mask([page])).pieces)
}
