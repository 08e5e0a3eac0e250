import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as arrow from 'apache-arrow'
import fc from 'fast-check'
import type { MaskKind } from '#src/decide/decision.ts'
import type { Cell, Column } from '#src/execute/warehouse.ts'
import { ArrowMasker } from '#src/mask/arrow/arrow-masker.ts'
import { maskText, maskValue } from '#src/mask/mask-value.ts'
import { wireMask } from '#src/mask/wire-mask.ts'
import { stepByStep } from '#src/steps.ts'
import { allSteps } from './all-steps.ts'
import { masked, stream, type TestColumn, typeValues, valuesOf } from './arrow-tables.ts'
import { asText, found, key, masks } from './wire-columns.ts'

const kinds = ['redact', 'null', 'partial', 'hash', 'date', 'format'] as const satisfies readonly MaskKind[]

function columnType(name: string): Column['type'] {
  if (name.endsWith('utf8')) return 'string'
  if (/^(u?int|float|decimal)/.test(name)) return 'number'
  if (/^date/.test(name)) return 'date'
  if (/^timestamp/.test(name)) return 'timestamp'
  return /^(list|struct|map)/.test(name) ? 'json' : 'binary'
}

/** The text in which a row carries what an Arrow column holds as `value`. */
function cellOf(name: string, value: unknown): Cell {
  if (typeof value === 'string') return value
  if (/^(date|timestamp)/.test(name)) return new Date(Number(value)).toISOString()
  // Snowflake writes `inf` and `-inf`.
  if (!name.startsWith('decimal')) return String(value).replace('Infinity', 'inf')
  const scale = name === 'decimal128' ? 4 : 9
  const digits = String(unsigned(value as number[]))
    .replace('-', '')
    .padStart(scale + 1, '0')
  const text = `${digits.slice(0, -scale)}.${digits.slice(-scale)}`.replace(/\.?0+$/, '')
  return unsigned(value as number[]) < 0n ? `-${text}` : text
}

function unsigned(words: readonly number[]): bigint {
  return BigInt.asIntN(
    32 * words.length,
    words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n),
  )
}

/** What has to be read from a masked column in place of `value`: parsed, masked and compared as text or number. */
function expected(name: string, kind: MaskKind, value: unknown): unknown {
  if (value === null) return null
  const type = columnType(name)
  if (name === 'float32') return null
  const hidden = maskValue(kind, type, key)(cellOf(name, value))
  if (hidden === null || type === 'string') return hidden
  if (type === 'date' || type === 'timestamp') return Date.parse(String(hidden))
  if (name.startsWith('decimal')) return BigInt(String(hidden)) * 10n ** (name === 'decimal128' ? 4n : 9n)
  return name.startsWith('float') ? hidden : BigInt(String(hidden))
}

function read(name: string, value: unknown): unknown {
  return name.startsWith('decimal') && value !== null ? unsigned(value as number[]) : value
}

describe('pages of Arrow', () => {
  for (const [name, [type, values]] of Object.entries(typeValues)) {
    test(`a column of ${name}, masked in every way, is what reading, masking and writing it gives`, () => {
      const column = fc.array(fc.option(values, { freq: 3 }), { maxLength: 20 })
      fc.assert(
        fc.property(column, fc.nat(20), fc.constantFrom(...kinds), fc.nat(7), (cells, cut, kind, shift) => {
          const page = stream(
            [
              { type, values: cells },
              { type, values: cells },
            ],
            [0, Math.min(cut, cells.length)],
          )
          const unaligned = Buffer.concat([Buffer.alloc(shift), page]).subarray(shift)
          const [before = []] = valuesOf(page)
          const out = masked(unaligned, [wireMask(kind, columnType(name), key, asText), null])
          const [hidden = [], kept] = valuesOf(out)
          assert.deepEqual(kept, before)
          assert.deepEqual(
            hidden.map(value => read(name, value)),
            before.map(value => expected(name, kind, value)),
          )
        }),
        { numRuns: 60 },
      )
    })
  }

  test('long columns, of which some texts are not ASCII, and some longer than all that is read at once', () => {
    const cell = (row: number) =>
      [`c${row}.pine@mail.example`, null, '', `+1 555 01${row}`, 'é😀', 'x'.repeat(80)][row % 6]
    const values = Array.from({ length: 4_000 }, (_, row) =>
      row === 500 ? `${'y'.repeat(200_000)}@a.bc` : (cell(row) ?? null),
    )
    for (const every of [5, 3_000]) {
      const some = values.map((value, row) => (value === 'é😀' && row % every > 0 ? 'e' : value))
      for (const kind of ['partial', 'hash'] as const) {
        const hide = maskValue(kind, 'string', key)
        const page = stream([{ type: new arrow.Utf8(), values: some }])
        const [hidden] = valuesOf(masked(page, [wireMask(kind, 'string', key, asText)]))
        assert.deepEqual(hidden, some.map(hide))
      }
    }
  })

  test('detectors find in texts what they find in rows', () => {
    const [utf8, text] = typeValues.utf8 ?? []
    const [large] = typeValues.large_utf8 ?? []
    assert.ok(utf8 && large && text)
    fc.assert(
      fc.property(fc.array(fc.option(text), { maxLength: 20 }), values => {
        const page = stream([
          { type: utf8, values },
          { type: large, values },
        ])
        const expected = values.map(value => found(value as Cell))
        assert.deepEqual(valuesOf(masked(page, [masks.detect, masks.detect])), [expected, expected])
      }),
    )
  })

  test('detectors look into lists, structs and maps', () => {
    const of = (name: string) => typeValues[name]?.[0] ?? new arrow.Null()
    const columns = [
      { type: of('list'), values: [['a', null, 'c1@mail.example'], null] },
      { type: of('struct'), values: [{ to: 'c1@mail.example', n: 1 }, null] },
      { type: of('map'), values: [new Map([['c1@mail.example', 1]]), null] },
    ]
    const out = valuesOf(masked(stream(columns), [masks.detect, masks.detect, masks.detect]))
    assert.deepEqual(out, [
      [['a', null, '[masked]'], null],
      [{ to: '[masked]', n: 1 }, null],
      [{ '[masked]': 1 }, null],
    ])
  })

  test('times of Snowflake are cut to the year in each of their forms', () => {
    const epoch = BigInt(Date.parse('2024-12-31T23:30:00Z') / 1000)
    const part = (name: string, type: arrow.DataType) => new arrow.Field(name, type, true)
    const struct = (...parts: arrow.Field[]): arrow.DataType => new arrow.Struct(parts)
    const [e, f, z] = [
      part('epoch', new arrow.Int64()),
      part('fraction', new arrow.Int32()),
      part('timezone', new arrow.Int32()),
    ]
    const ntz = { logicalType: 'TIMESTAMP_NTZ', scale: '9' }
    const tz = { logicalType: 'TIMESTAMP_TZ', scale: '3' }
    const columns: TestColumn[] = [
      { type: new arrow.Int64(), values: [epoch * 1000n + 7n, null], metadata: { ...ntz, scale: '3' } },
      { type: struct(e, f), values: [{ epoch, fraction: 5 }, null], metadata: ntz },
      { type: struct(e, f, z), values: [{ epoch, fraction: 5, timezone: 1500 }, null], metadata: tz },
      { type: struct(e, z), values: [{ epoch: epoch * 1000n, timezone: 1440 }, null], metadata: tz },
      { type: struct(e, f), values: [{ epoch, fraction: 5 }, null] },
    ]
    const year = (text: string) => BigInt(Date.parse(text) / 1000)
    const date = wireMask('date', 'timestamp', key, asText)
    assert.deepEqual(
      valuesOf(
        masked(
          stream(columns),
          columns.map(() => date),
        ),
      ),
      [
        [year('2024-01-01') * 1000n, null],
        [{ epoch: year('2024-01-01'), fraction: 0 }, null],
        [{ epoch: year('2025-01-01'), fraction: 0, timezone: 1440 }, null],
        [{ epoch: year('2024-01-01') * 1000n, timezone: 1440 }, null],
        [null, null],
      ],
    )
  })

  test('numbers of Snowflake are hashed as rows have them, however narrow they came', () => {
    const metadata = { logicalType: 'FIXED', scale: '2', precision: '10' }
    const page = stream([{ type: new arrow.Int16(), values: [1230, -5, null], metadata }])
    const hash = maskValue('hash', 'number', key)
    const scaled = (text: string) => BigInt(String(hash(text))) * 100n
    const out = masked(page, [wireMask('hash', 'number', key, asText)])
    const [hidden = []] = valuesOf(out)
    assert.deepEqual(
      hidden.map(value => value && unsigned(value as number[])),
      [scaled('12.30'), scaled('-0.05'), null],
    )
  })

  test('numbers of Snowflake leave as integers of 64 bits, or as decimals where they have some, with their values', () => {
    const widths = [new arrow.Int8(), new arrow.Int16(), new arrow.Int32(), new arrow.Int64()]
    for (const [precision, scale, expected] of [
      ['38', '0', 'Int64'],
      ['12', '2', 'Decimal'],
      ['19', '2', 'Decimal'],
    ] as const) {
      for (const type of widths) {
        const most = 2n ** BigInt(type.bitWidth - 1)
        const exact = [-most, -1n, 0n, 1n, most - 1n]
        const values = [...exact.map(each => (type.bitWidth === 64 ? each : Number(each))), null]
        const metadata = { logicalType: 'FIXED', precision, scale }
        for (const count of [values.length, exact.length]) {
          const page = stream([{ type, values: values.slice(0, count), metadata }])
          for (const shift of [0, 1, 4]) {
            const out = masked(Buffer.concat([Buffer.alloc(shift), page]).subarray(shift), [null])
            assert.match(String(arrow.tableFromIPC(out).schema.fields[0]?.type), new RegExp(`^${expected}`))
            const [left = []] = valuesOf(out)
            const read = left.map(value => (Array.isArray(value) ? unsigned(value) : value))
            assert.deepEqual(read, [...exact, null].slice(0, count), `${type} of ${precision} digits`)
          }
        }
      }
    }
  })

  test('a list that cannot be null is emptied, as BigQuery has no null there', () => {
    const [type = new arrow.Null()] = typeValues.list ?? []
    const out = masked(stream([{ type, values: [['a'], ['b', 'c']], nullable: false }]), [masks.redact])
    assert.deepEqual(valuesOf(out), [[[], []]])
    assert.equal(arrow.tableFromIPC(out).schema.fields[0]?.nullable, false)
  })

  test('the schema says the given names, what may be null, and of the metadata what drivers read', () => {
    const metadata = { logicalType: 'TEXT', charLength: '9', comment: 'c1@mail.example' }
    const type = new arrow.Utf8()
    const page = stream([
      { type, values: ['a'], metadata, nullable: false },
      { type, values: ['b'], metadata, nullable: false },
    ])
    const masker = new ArrowMasker([
      { name: 'column_1', mask: masks.redact },
      { name: 'KEPT', mask: null },
    ])
    const { pieces } = allSteps(masker.mask([page]))
    const { fields } = arrow.tableFromIPC(Buffer.concat(pieces)).schema
    assert.deepEqual(
      fields.map(field => [field.name, field.nullable, [...field.metadata.keys()].join()]),
      [
        ['column_1', true, 'logicalType,charLength'],
        ['KEPT', false, 'logicalType,charLength'],
      ],
    )
  })

  test('a column of which some texts are ASCII and some are not is masked as each of them is', () => {
    const values = [
      'c1@mail.example',
      'zoë@mail.example',
      null,
      '',
      'Ω1234567',
      '12345é😀b',
      '😀😀@a.bc',
      '2024-03-17',
      '٢٠٢٤-٠٣-١٧',
    ]
    for (const kind of ['partial', 'date'] as const) {
      const hide = maskText(kind, key)
      const page = stream([{ type: new arrow.Utf8(), values }])
      const expected = values.map(value => (value === null ? null : (hide(value)?.toWellFormed() ?? null)))
      assert.deepEqual(valuesOf(masked(page, [wireMask(kind, 'string', key, asText)])), [expected])
    }
  })

  test('memory of a page is used again when nobody reads it any more, and not before', () => {
    const page = (value: string) => stream([{ type: new arrow.Utf8(), values: [value] }, number])
    const number = { type: new arrow.Int8(), values: [1], metadata: { logicalType: 'FIXED' } }
    const masker = new ArrowMasker([
      { name: 'a', mask: masks.partial },
      { name: 'b', mask: null },
    ])
    const mask = (value: string) => {
      const { pieces, free } = allSteps(masker.mask([page(value)]))
      return { free, cells: () => valuesOf(Buffer.concat(pieces)), buffers: pieces.map(({ buffer }) => buffer) }
    }
    const [first, second] = [mask('first of them'), mask('second')]
    assert.deepEqual(
      [first.cells(), second.cells()],
      [
        [['f***'], [1n]],
        [['s***'], [1n]],
      ],
    )
    first.free()
    const third = mask('third of them')
    first.free()
    const fourth = mask('last of them')
    assert.ok(third.buffers.some(buffer => first.buffers.includes(buffer)))
    assert.deepEqual(
      [second, third, fourth].map(each => each.cells()),
      [
        [['s***'], [1n]],
        [['t***'], [1n]],
        [['l***'], [1n]],
      ],
    )
  })

  test('others have their turn while values are looked at, however many or long they are', async () => {
    const columns = [
      { type: new arrow.Utf8(), values: Array.from({ length: 20_000 }, (_, row) => `call 30${row}`) },
      {
        type: new arrow.Utf8(),
        values: Array.from({ length: 20_000 }, () => 'a note that is long enough to count'.repeat(2)),
      },
    ]
    const page = stream(columns)
    for (const [at, least] of [4, 5].entries()) {
      const planned = columns.map((_, nth) => ({ name: `c${nth}`, mask: nth === at ? masks.detect : null }))
      const work = new ArrowMasker(planned).mask([page])
      let steps = 0
      while (!work.next().done) steps += 1
      assert.ok(steps >= least, `${steps} steps`)
    }
    const planned = columns.map((_, nth) => ({ name: `c${nth}`, mask: masks.hash }))
    let turns = 0
    const count = () => {
      turns += 1
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    await stepByStep(new ArrowMasker(planned).mask([page]))
    clearImmediate(timer)
    assert.ok(turns >= 8, `${turns} turns`)
  })

  test('a column without a mask leaves by its own buffers', () => {
    const page = stream([{ type: new arrow.Utf8(), values: ['a value that is kept'] }])
    const { pieces, rows } = allSteps(new ArrowMasker([{ name: 'a', mask: null }]).mask([page]))
    const own = pieces.filter(piece => piece.buffer === page.buffer)
    assert.equal(rows, 1)
    assert.ok(own.some(piece => Buffer.from(piece).includes('a value that is kept')))
  })
})

/** Where the buffers of a page's only batch stand, each with its length, and where the page says so. */
function regionsOf(page: Buffer) {
  const [, batch] = new arrow.MessageReader(page)
  if (!batch?.isRecordBatch()) throw new Error('no batch')
  const regions = batch.header().buffers.map(({ offset, length }) => [BigInt(offset), BigInt(length)] as const)
  return { regions, at: page.indexOf(new Uint8Array(BigInt64Array.from(regions.flat()).buffer)) }
}

describe('raw values of a masked Arrow column', () => {
  const secret = 'quite-a-secret-0123456789'
  const text = (values: (string | null)[]): TestColumn => ({ type: new arrow.Utf8(), values })
  const hidden = (): Uint8Array => stream([text([secret, 'b', null]), text(['kept', 'c', 'd'])])

  for (const kind of ['redact', 'null', 'hash'] as const) {
    test(`do not survive in the bytes: ${kind}`, () => {
      const columns = Object.values(typeValues).flatMap(([type, values]) => {
        const longEnough = fc.sample(values, { numRuns: 4, seed: 5 })
        return [{ type, values: longEnough }]
      })
      const page = stream([...columns, text([secret, secret, secret, secret])])
      const out = masked(page, [...columns.map(() => masks[kind]), wireMask(kind, 'string', key, asText)])
      assert.ok(!out.includes(secret) && Buffer.from(page).includes(secret))
    })
  }

  test('do not survive behind a null, in front of the first text, or behind the last', () => {
    const page = Buffer.from(stream([text([secret, 'c000123', secret, null])]))
    const offsets = page.indexOf(Buffer.from(Int32Array.of(0, 25, 32, 57, 57).buffer))
    const places = [
      [25, 25, 32, 32, 32],
      [25, 25, 32, 32, 57],
      [25, 25, 25, 32, 57],
    ]
    for (const place of places) {
      page.set(new Uint8Array(Int32Array.from(place).buffer), offsets)
      for (const mask of [masks.redact, masks.null, masks.detect])
        assert.ok(!masked(page, [mask]).includes(secret.slice(0, 8)), `${place}`)
    }
  })

  test('do not survive between the buffers of columns without a mask', () => {
    const kept = 'kept '.repeat(12)
    const page = Buffer.from(stream([text([kept]), text(['c'])]))
    const gap = page.indexOf(kept) + kept.length
    assert.deepEqual([...page.subarray(gap, gap + 4)], [0, 0, 0, 0])
    assert.ok(masked(page, [null, null]).includes(kept))
    page.write('pin!', gap)
    const out = masked(page, [null, null])
    assert.ok(out.includes(kept) && !out.includes('pin!'))
  })

  test('do not survive behind a validity bitmap', () => {
    const page = Buffer.from(stream([text([secret, null])]))
    const bitmap = page.lastIndexOf(Buffer.from(Int32Array.of(0, secret.length, secret.length).buffer)) - 64
    assert.equal(page[bitmap], 1)
    page.write(secret.slice(0, 7), bitmap + 1)
    for (const mask of [masks.redact, masks.hash]) assert.ok(!masked(page, [mask]).includes(secret.slice(0, 7)))
  })

  test('do not leave as bytes of another column, whichever buffers a page says are the same', () => {
    const kept = 'a value that is kept'
    const list = new arrow.List(new arrow.Field('item', new arrow.Utf8(), true))
    const nested: TestColumn = { type: list, values: [[secret], ['b'], null] }
    const plain: TestColumn = { type: list, values: [[kept], ['c'], null] }
    const page = Buffer.from(stream([text([kept, 'c', 'd']), text([secret, 'b', null]), nested, plain]))
    const { regions, at } = regionsOf(page)
    const masksOf = [null, masks.redact, masks.null, null]
    assert.ok(!masked(page, masksOf).includes(secret.slice(0, 8)))
    let refused = 0
    for (const [nth] of regions.entries()) {
      for (const other of regions) {
        const changed = Buffer.from(page)
        changed.set(new Uint8Array(BigInt64Array.of(...other).buffer), at + 16 * nth)
        try {
          assert.ok(!masked(changed, masksOf).includes(secret.slice(0, 8)), `buffer ${nth} at ${other}`)
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'result_shape', String(error))
          refused += 1
        }
      }
    }
    assert.ok(refused > regions.length)
  })

  test('do not survive in a page with any byte changed, be it refused or not', () => {
    const page = hidden()
    for (let at = 0; at < page.length; at++) {
      for (const flip of [1, 4, 0x80]) {
        const changed = page.slice()
        changed[at] = (changed[at] ?? 0) ^ flip
        let out: Buffer = Buffer.alloc(0)
        try {
          out = masked(changed, [masks.redact, null])
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'result_shape', String(error))
        }
        assert.ok(!out.includes(secret), `byte ${at} by ${flip}`)
      }
    }
  })
})
