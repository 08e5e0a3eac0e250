import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as arrow from 'apache-arrow'
import { snowflakeColumn } from '#gateway/execute/snowflake-column.ts'
import { detectorNames, type MaskKind } from '#src/decide/decision.ts'
import { pageCells } from '#src/execute/page-cells.ts'
import type { Cell } from '#src/execute/warehouse.ts'
import type { WireForm } from '#src/execute/wire-page.ts'
import { DetectionTally } from '#src/mask/detection-tally.ts'
import { type ColumnPlan, pageMaskers } from '#src/mask/page-masker.ts'
import { arrowStream } from '#test/fakes/snowflake/arrow.ts'
import { allSteps } from './all-steps.ts'
import { stream } from './arrow-tables.ts'

const types = [
  ['fixed', 0, '7', '40000'],
  ['fixed', 2, '1.25', '-70000.05'],
  ['fixed', 30, `7.${'0'.repeat(30)}`, `-0.${'0'.repeat(29)}1`],
  ['real', null, '0.5', '-1e+300'],
  ['real', null, 'inf', 'NaN'],
  ['text', null, 'c000123.pine@mail.example', ''],
  ['variant', null, '{"to":"c000123.pine@mail.example"}', '[1]'],
  ['boolean', null, '1', '0'],
  ['date', null, '19000', '-1'],
  ['time', 9, '3661.000000001', '0.000000000'],
  ['timestamp_ntz', 9, '1700000000.123456789', '-1.500000000'],
  ['timestamp_ltz', 3, '1700000000.123', '0.000'],
  ['timestamp_tz', 9, '1735687800.000000000 1500', '0.000000000 1440'],
  ['binary', null, `FF00${Buffer.from('c000123.pine@mail.example').toString('hex').toUpperCase()}`, ''],
] as const
const named = types.map(([type, scale], at) => ({
  ...{ name: `C${at}`, type, scale, precision: null, length: null, byteLength: null },
}))
const columns = named.map(({ name, type, scale }) =>
  snowflakeColumn({ name, nullable: true, wire: { type, ...(scale === null ? {} : { scale }) } }),
)
const rows = [types.map(each => each[2]), types.map(() => null), types.map(each => each[3])]
const raw: Readonly<Record<'snowflake-arrow' | 'snowflake-rowset', Uint8Array>> = {
  'snowflake-arrow': arrowStream(named, [rows]),
  'snowflake-rowset': Buffer.from(JSON.stringify(rows)),
}

function leaves(
  form: keyof typeof raw,
  plan: Pick<ColumnPlan, 'content'> & { mask: MaskKind | null; names?: readonly string[] },
) {
  const tally = new DetectionTally(columns)
  const plans = columns.map((column): ColumnPlan => {
    const mask = plan.mask && ({ column: column.name, mask: plan.mask, class: 'contact', because: 'name' } as const)
    return {
      column,
      mask,
      content: /^(?:string|json|binary)$/.test(column.type) ? plan.content : [],
      names: plan.names ?? [],
    }
  })
  const { pieces } = allSteps(pageMaskers[form](plans, 'k'.repeat(32), tally)([raw[form]]))
  return {
    bytes: Buffer.concat(pieces),
    cells: pageCells({ form: form satisfies WireForm, rows: 3, pieces }, columns),
    found: tally.detected(),
  }
}

/** A hash of a number is a whole one: in Arrow with the decimals of its column. */
const numbers = (cells: readonly (readonly Cell[])[]) =>
  cells.map(row => row.map(cell => (typeof cell === 'string' ? cell.replace(/^(\d+)\.00$/, '$1') : cell)))

describe('a result leaves with the same cells, whether it came in Arrow or in JSON', () => {
  for (const mask of ['redact', 'null', 'partial', 'hash', 'date', 'format', null] as const)
    test(`every type, null and not, masked with ${mask}`, () => {
      const plan = { mask, content: [] }
      assert.deepEqual(numbers(leaves('snowflake-arrow', plan).cells), numbers(leaves('snowflake-rowset', plan).cells))
    })

  test('what detectors find in texts, documents and bytes, and how often', () => {
    const content = detectorNames.map(detector => ({ detector, mask: 'redact', except: [] }) as const)
    const [columnar, json] = (['snowflake-arrow', 'snowflake-rowset'] as const).map(form =>
      leaves(form, { mask: null, content }),
    )
    assert.deepEqual([columnar?.cells, columnar?.found], [json?.cells, json?.found])
    assert.equal(columnar?.found.length, 3)
    assert.ok(!columnar?.bytes.includes('c000123'))
  })

  test('what detectors find by the name of a column', () => {
    const content = detectorNames.map(detector => ({ detector, mask: 'redact', except: [] }) as const)
    const plan = { mask: null, content, names: ['PASSWORD'] }
    const [columnar, json] = (['snowflake-arrow', 'snowflake-rowset'] as const).map(form => leaves(form, plan))
    assert.deepEqual([columnar?.cells, columnar?.found], [json?.cells, json?.found])
    assert.deepEqual([columnar?.cells[0]?.[5], columnar?.cells[2]?.[5], columnar?.cells[2]?.[6]], ['[masked]', '', [1]])
  })

  test('what detectors find by the names of parts, and of what those are parts of', () => {
    const content = detectorNames.map(detector => ({ detector, mask: 'redact', except: [] }) as const)
    const texts = (...names: string[]) =>
      new arrow.Struct(names.map(name => new arrow.Field(name, new arrow.Utf8(), true)))
    const list = (type: arrow.DataType) => new arrow.List(new arrow.Field('item', type, true))
    const types = [texts('password', 'other'), list(new arrow.Utf8()), list(texts('number', 'id'))]
    const [number, same] = ['2025550123', '5550123']
    const values = [{ password: 'word', other: 'word' }, [number, same], [{ number: same, id: number }]]
    const page = stream(types.map((type, at) => ({ type, values: [values[at], null] })))
    const plan = ['X', 'PHONES', 'PHONE'].map((name): ColumnPlan => {
      const column = snowflakeColumn({ name, nullable: true, wire: { type: 'object' } })
      return { column, mask: null, content, names: [name] }
    })
    const { pieces } = allSteps(pageMaskers['snowflake-arrow'](plan, 'k', new DetectionTally([]))([page]))
    const [first] = arrow.tableFromIPC(Buffer.concat(pieces)).toArray()
    assert.deepEqual(JSON.parse(JSON.stringify(first)), {
      X: { password: '[masked]', other: 'word' },
      PHONES: ['[masked]', '[masked]'],
      PHONE: [{ number: '[masked]', id: number }],
    })
  })

  test('a number of any exponent has one hash, however it was written', () => {
    const [same, bytes] = [new arrow.Int16(), new arrow.Binary()]
    const parts = [new arrow.Field('exponent', same, true), new arrow.Field('significand', bytes, true)]
    const value = (exponent: number, ...significand: number[]) => ({
      exponent,
      significand: Uint8Array.from(significand),
    })
    const values = [value(-2, 0x7b), value(-3, 0x04, 0xce), null, value(300, 0xff), value(0)]
    const page = stream([{ type: new arrow.Struct(parts), values, metadata: { logicalType: 'DECFLOAT' } }])
    const column = snowflakeColumn({ name: 'D', nullable: true, wire: { type: 'decfloat' } })
    const mask = { column: 'D', mask: 'hash', class: 'id', because: 'name' } as const
    const hashes = (form: WireForm, bytes: Uint8Array) => {
      const masker = pageMaskers[form]([{ column, mask, content: [], names: [] }], 'k', new DetectionTally([column]))
      return pageCells({ form, rows: 5, pieces: allSteps(masker([bytes])).pieces }, [column]).flat()
    }
    const rows = JSON.stringify([['1.23'], ['1230e-3'], [null], ['-1E+300'], ['0.0']])
    const [first, ...others] = hashes('snowflake-rowset', Buffer.from(rows))
    assert.deepEqual(hashes('snowflake-arrow', page), [first, ...others])
    assert.match(String(first), /^\d{10,15}$/)
    assert.deepEqual([others[0], others[1], new Set([first, ...others]).size], [first, null, 4])
  })

  test('numbers leave as wide in every part of a result, whatever its own need', () => {
    const typesOf = (bytes: Uint8Array) =>
      arrow
        .tableFromIPC(bytes)
        .schema.fields.slice(0, 2)
        .map(({ type }) => String(type))
    assert.deepEqual(typesOf(raw['snowflake-arrow']), ['Int32', 'Int32'])
    const plain = leaves('snowflake-arrow', { mask: null, content: [] })
    const hidden = leaves('snowflake-arrow', { mask: 'null', content: [] })
    for (const { bytes } of [plain, hidden]) {
      const [whole = '', exact = ''] = typesOf(bytes)
      assert.match(whole, /^Int64/)
      assert.match(exact, /^Decimal/)
    }
  })
})
