import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bigqueryColumn, schemaFields } from '#gateway/execute/bigquery-column.ts'
import { snowflakeColumn } from '#gateway/execute/snowflake-column.ts'
import { Secret } from '#src/config/secret.ts'
import { detectorNames, type MaskKind, maskKinds } from '#src/decide/decision.ts'
import type { Executed } from '#src/execute/execute-statement.ts'
import { pageCells } from '#src/execute/page-cells.ts'
import type { Column, WireType } from '#src/execute/warehouse.ts'
import type { WirePage } from '#src/execute/wire-page.ts'
import { firstRows, mask } from '#src/mask/mask.ts'
import { maskValue } from '#src/mask/mask-value.ts'
import { maskedCells } from '#src/mask/masked-cells.ts'
import { rowsetPage } from '#test/execute/rowset-page.ts'
import { authorizedStatement } from '#test/mint/authorized-statement.ts'
import { key } from './wire-columns.ts'

/** A type, and a value of it as Snowflake writes it. */
const snowflakeValues: readonly [WireType, string][] = [
  [{ type: 'text' }, 'c000123.pine@mail.example'],
  [{ type: 'fixed', scale: 0 }, '9007199254740993'],
  [{ type: 'fixed', scale: 2 }, '-12.50'],
  [{ type: 'real' }, '1.5'],
  [{ type: 'boolean' }, '1'],
  [{ type: 'date' }, '-4000'],
  [{ type: 'time', scale: 9 }, '3661.000000001'],
  [{ type: 'timestamp_ntz', scale: 9 }, '1700000000.123456789'],
  [{ type: 'timestamp_ltz', scale: 3 }, '-1.500'],
  [{ type: 'timestamp_tz', scale: 9 }, '1700000000.123456789 1500'],
  [{ type: 'binary' }, 'DEADBEEF'],
  [{ type: 'variant' }, '{"a":[1,null]}'],
  [{ type: 'geometry' }, '{"type":"Point"}'],
  [{ type: 'interval_day_time', scale: 9 }, '90000000000000'],
]

/** A field of BigQuery, and a value of it. */
const bigqueryValues: readonly [object, unknown][] = [
  [{ type: 'STRING' }, 'c000123.pine@mail.example'],
  [{ type: 'INTEGER' }, '-9007199254740993'],
  [{ type: 'NUMERIC' }, '12.50'],
  [{ type: 'FLOAT' }, '1.5'],
  [{ type: 'BOOLEAN' }, 'true'],
  [{ type: 'DATE' }, '1984-07-31'],
  [{ type: 'DATETIME' }, '1984-07-31T10:11:12.5'],
  [{ type: 'TIMESTAMP' }, '-1500000'],
  [{ type: 'BYTES' }, '3q2+7w=='],
  [{ type: 'JSON' }, '{"a":12345678901234567890}'],
  [{ type: 'GEOGRAPHY' }, 'POINT(1 2)'],
  [{ type: 'INTERVAL' }, '0-0 0 25:0:0'],
  [{ type: 'RANGE', rangeElementType: { type: 'DATE' } }, '[2024-01-01, UNBOUNDED)'],
  [{ type: 'STRING', mode: 'REPEATED' }, [{ v: 'a' }, { v: 'b' }]],
  [{ type: 'RECORD', fields: [{ name: 'a', type: 'INTEGER' }] }, { f: [{ v: '1' }] }],
]

const named = (values: readonly (readonly [object, unknown])[]) =>
  values.map(([type], at) => ({ name: `C${at}`, ...type }))
const results: readonly { readonly columns: readonly Column[]; readonly page: WirePage }[] = [
  {
    columns: snowflakeValues.map(([wire], at) => snowflakeColumn({ name: `C${at}`, nullable: true, wire })),
    page: rowsetPage([snowflakeValues.map(([, value]) => value), snowflakeValues.map(() => null)]),
  },
  {
    columns: schemaFields({ fields: named(bigqueryValues) }).map(bigqueryColumn),
    page: bigqueryPage([
      bigqueryValues.map(([, value]) => value),
      bigqueryValues.map(([type]) => ('mode' in type ? [] : null)),
    ]),
  },
]

function bigqueryPage(rows: readonly (readonly unknown[])[]): WirePage {
  const pieces = [Buffer.from(JSON.stringify(rows.map(row => ({ f: row.map(v => ({ v })) }))))]
  return { form: 'bigquery-rows', rows: rows.length, pieces }
}

/** A result whose every column is masked in one way, or only looked through. */
function masked(page: WirePage, columns: readonly Column[], kind?: MaskKind) {
  const outputs = columns.map(({ name }) => ({ name, sources: [`D.S.T.${name}`], indirect: [], copied: true as const }))
  const authorized = authorizedStatement({ classification: { outputs, reads: ['D.S.T'] } })
  const sensitive = kind ? [{ pattern: 'D.S.T.*', class: 'contact', mask: kind }] : []
  const detect = detectorNames.map(detector => ({ detector, mask: 'redact', except: [] }) as const)
  const decision = { ...authorized.decision, sensitive, detect }
  async function* pages() {
    yield page
  }
  const execution = { warehouseId: 'w', columns, pages: pages() }
  return mask({ authorized: { ...authorized, decision }, execution } as unknown as Executed, new Secret(key))
}

async function onlyPage(result: ReturnType<typeof masked>) {
  for await (const page of result.pages) return page
  throw new Error('no page')
}

for (const { columns, page } of results) {
  describe(`a page in the form ${page.form}`, () => {
    for (const kind of maskKinds) {
      test(`masked by ${kind} is what masking each of its cells gives`, async () => {
        const result = masked(page, columns, kind)
        const cells = maskedCells(await onlyPage(result), result)
        const expected = pageCells(page, columns).map(row =>
          row.map((cell, at) => maskValue(kind, columns[at]?.type ?? 'json', key)(cell)),
        )
        assert.deepEqual(cells, expected)
      })
    }

    test('leaves byte for byte, but for what is found in it', async () => {
      const { pieces } = await onlyPage(masked(page, columns))
      const changed = JSON.stringify(JSON.parse(Buffer.concat(page.pieces).toString())).replace(
        'c000123.pine@mail.example',
        '[masked]',
      )
      assert.equal(Buffer.concat(pieces).toString(), changed)
    })

    test('with rows of another width than the result is refused, masked or not', async () => {
      for (const kind of [undefined, 'redact'] as const)
        await assert.rejects(onlyPage(masked(page, columns.slice(1), kind)), { code: 'result_shape' })
    })

    test('is cut behind a row', async () => {
      const result = masked(page, columns)
      const first = firstRows(await onlyPage(result), 1)
      assert.equal(first.rows, 1)
      assert.deepEqual(
        maskedCells(first, result),
        maskedCells(await onlyPage(masked(page, columns)), result).slice(0, 1),
      )
    })
  })
}

test('detectors look at the words inside of nested fields, count a cell once, and leave its numbers and instants', async () => {
  const fields = [
    { name: 'note', type: 'STRING', mode: 'REPEATED' },
    { name: 'number', type: 'NUMERIC' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'extra', type: 'JSON' },
  ]
  const columns = schemaFields({ fields: [{ name: 'people', type: 'RECORD', mode: 'REPEATED', fields }] }).map(
    bigqueryColumn,
  )
  const person = (note: string, extra: string) => ({
    v: {
      f: [{ v: [{ v: note }, { v: 'plain' }] }, { v: '4111111111111111' }, { v: '4111111111111111' }, { v: extra }],
    },
  })
  const people = [person('c1@mail.example', '{"to":"c2@mail.example","n":1.10}'), person('plain', 'null')]
  const result = masked(bigqueryPage([[people], [[]]]), columns)
  const { pieces } = await onlyPage(result)
  const hidden = [person('[masked]', '{"to":"[masked]","n":1.10}'), person('plain', 'null')]
  assert.deepEqual(
    JSON.parse(Buffer.concat(pieces).toString()),
    JSON.parse(Buffer.concat(bigqueryPage([[hidden], [[]]]).pieces).toString()),
  )
  assert.deepEqual(result.detected(), [{ column: 'people', detector: 'email', cells: 1 }])
})

test('a field of a struct goes by its name, and one that says nothing by that of the struct', async () => {
  const texts = (...names: string[]) => names.map(name => ({ name, type: 'STRING' }))
  const fields = schemaFields({
    fields: [
      { name: 'phone', type: 'RECORD', mode: 'REPEATED', fields: texts('number', 'kind') },
      {
        name: 'person',
        type: 'RECORD',
        fields: [{ name: 'ssn', type: 'RECORD', fields: texts('value') }, ...texts('a')],
      },
    ],
  })
  const record = (...values: unknown[]) => ({ f: values.map(v => ({ v })) })
  const cells = (number: string, ssn: string) => [
    [[{ v: record(number, '2025550123') }], record(record(ssn), '078051120')],
  ]
  const { pieces } = await onlyPage(masked(bigqueryPage(cells('2025550123', '078051120')), fields.map(bigqueryColumn)))
  assert.deepEqual(
    JSON.parse(Buffer.concat(pieces).toString()),
    JSON.parse(Buffer.concat(bigqueryPage(cells('[masked]', '[masked]')).pieces).toString()),
  )
})

test('detectors look at the texts inside of bytes, which leave as bytes, and no other byte is changed', async () => {
  const wide = Buffer.from('c000123@mail.example', 'utf16le')
  const values: readonly (readonly [came: Buffer, leaves: Buffer])[] = [
    [Buffer.from('Grüße an c@d.io'), Buffer.from('Grüße an [masked]')],
    [Buffer.from('\x0a\x14c1@mail.example\xfe\x80', 'latin1'), Buffer.from('\x0a\x14[masked]\xfe\x80', 'latin1')],
    [Buffer.from('c@d.io'), Buffer.from('[masked]')],
    [wide, Buffer.from('[masked]\0')],
    [Buffer.from([0xff, 0x40, 0x00]), Buffer.from([0xff, 0x40, 0x00])],
    [Buffer.alloc(0), Buffer.alloc(0)],
  ]
  const hex = (bytes: Buffer) => bytes.toString('hex').toUpperCase()
  const snowflake = {
    columns: [snowflakeColumn({ name: 'B', nullable: true, wire: { type: 'binary' } })],
    page: rowsetPage(values.map(([came]) => [hex(came)])),
    leave: values.map(([, leaves]) => [hex(leaves)]),
  }
  const listed = (side: 0 | 1) => values.map(pair => ({ v: pair[side].toString('base64') }))
  const bigquery = {
    columns: schemaFields({ fields: [{ name: 'b', type: 'BYTES', mode: 'REPEATED' }] }).map(bigqueryColumn),
    page: bigqueryPage([[listed(0)]]),
    leave: [{ f: [{ v: listed(1) }] }],
  }
  for (const { columns, page, leave } of [snowflake, bigquery]) {
    const result = masked(page, columns)
    const { pieces } = await onlyPage(result)
    assert.deepEqual(JSON.parse(Buffer.concat(pieces).toString()), leave)
    assert.deepEqual(result.detected(), [
      { column: columns[0]?.name, detector: 'email', cells: columns === snowflake.columns ? 4 : 1 },
    ])
  }
})

test('detectors go by the names of columns and fields, and of what these come from, where values do not say what they are', async () => {
  const said = { SSN: '078051120', PHONE: '2025550123', DB_PASSWORD: 'word', TOKEN: 'n0t-a-word', SKU: null }
  for (const [name, value] of Object.entries(said)) {
    const values = [value, '2024', '12 34', null]
    const expected =
      name === 'DB_PASSWORD' ? values.map(each => each && '[masked]') : values.with(0, value && '[masked]')
    const source = [snowflakeColumn({ name, nullable: true, wire: { type: 'text' } })]
    const { pieces } = await onlyPage(masked(rowsetPage(values.map(each => [each])), source))
    assert.deepEqual(JSON.parse(Buffer.concat(pieces).toString()).flat(), expected)
    for (const [type, write] of [
      ['STRING', (text: string) => text],
      ['BYTES', (text: string) => Buffer.from(text).toString('base64')],
    ] as const) {
      const fields = [{ name: 'a', type: 'RECORD', fields: [{ name, type, mode: 'REPEATED' }] }]
      const listed = (all: readonly (string | null)[]) =>
        bigqueryPage([[{ f: [{ v: all.map(each => ({ v: each && write(each) })) }] }]])
      const inside = await onlyPage(masked(listed(values), schemaFields({ fields }).map(bigqueryColumn)))
      assert.equal(Buffer.concat(inside.pieces).toString(), Buffer.concat(listed(expected).pieces).toString())
    }
  }
})

test('a nested field that is not what its type says is refused: a value in it would leave unseen', async () => {
  const columns = schemaFields({ fields: [{ name: 'note', type: 'STRING', mode: 'REPEATED' }] }).map(bigqueryColumn)
  for (const wrong of ['c1@mail.example', { f: [{ v: 'c1@mail.example' }] }, [{ v: 'a', w: 'c1@mail.example' }]])
    await assert.rejects(onlyPage(masked(bigqueryPage([[wrong]]), columns)), { code: 'result_shape' })
})

test('what drivers read as neither text nor a number leaves as null', async () => {
  for (const { columns, page } of results)
    for (const kind of ['redact', 'partial', 'hash', 'format'] as const) {
      const result = masked(page, columns, kind)
      const [row = []] = maskedCells(await onlyPage(result), result)
      for (const { warehouseType } of columns.filter((_, at) => row[at] !== null))
        assert.match(warehouseType, /^(?:TEXT|STRING|NUMBER.*|REAL|INTEGER|NUMERIC|FLOAT)$/)
    }
})
