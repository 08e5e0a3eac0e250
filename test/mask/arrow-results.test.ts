import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tableFromIPC } from 'apache-arrow'
import { snowflakeColumn } from '#gateway/execute/snowflake-column.ts'
import { detectorNames, type MaskKind } from '#src/decide/decision.ts'
import { pageCells } from '#src/execute/page-cells.ts'
import type { Cell } from '#src/execute/warehouse.ts'
import type { WireForm } from '#src/execute/wire-page.ts'
import { DetectionTally } from '#src/mask/detection-tally.ts'
import { type ColumnPlan, pageMaskers } from '#src/mask/page-masker.ts'
import { arrowStream } from '#test/fakes/snowflake/arrow.ts'
import { allSteps } from './all-steps.ts'

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
    const [arrow, json] = (['snowflake-arrow', 'snowflake-rowset'] as const).map(form =>
      leaves(form, { mask: null, content }),
    )
    assert.deepEqual([arrow?.cells, arrow?.found], [json?.cells, json?.found])
    assert.equal(arrow?.found.length, 3)
    assert.ok(!arrow?.bytes.includes('c000123'))
  })

  test('what detectors find by the name of a column', () => {
    const content = detectorNames.map(detector => ({ detector, mask: 'redact', except: [] }) as const)
    const plan = { mask: null, content, names: ['PASSWORD'] }
    const [arrow, json] = (['snowflake-arrow', 'snowflake-rowset'] as const).map(form => leaves(form, plan))
    assert.deepEqual([arrow?.cells, arrow?.found], [json?.cells, json?.found])
    assert.deepEqual([arrow?.cells[0]?.[5], arrow?.cells[2]?.[5], arrow?.cells[2]?.[6]], ['[masked]', '', [1]])
  })

  test('numbers leave as wide in every part of a result, whatever its own need', () => {
    const typesOf = (bytes: Uint8Array) =>
      tableFromIPC(bytes)
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
