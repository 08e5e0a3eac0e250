import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resultPage, startOf } from '#gateway/doors/bigquery/result-page.ts'
import { rowsWith } from '#gateway/doors/bigquery/timestamps.ts'
import type { MaskedPage } from '#src/mask/masked.ts'
import type { Completed } from '#src/outcome.ts'

/** Three recorded pages of ten rows each; which of them were read back is written down. */
function recordedResult() {
  const read: number[] = []
  async function* from(first: number) {
    for (let page = first; page < 3; page++) {
      read.push(page)
      const rows = Array.from({ length: 10 }, (_, row) => ({ f: [{ v: String(page * 10 + row) }] }))
      yield { form: 'bigquery-rows', rows: 10, pieces: [Buffer.from(JSON.stringify(rows))] } as unknown as MaskedPage
    }
  }
  const column = { name: 'n', type: 'number', warehouseType: 'INT64', nullable: true } as const
  const outcome = {
    id: '7F3K-9Q2M-X4TB',
    result: { columns: [column], masks: [null], pages: from(0), detected: () => [] },
    recorded: { rows: [10, 10, 10], from },
  } as unknown as Completed
  return { outcome, read }
}

for (const { start, rows, pages, first } of [
  { start: 0, rows: 5, pages: [0], first: 0 },
  { start: 9, rows: 1, pages: [0], first: 9 },
  { start: 10, rows: 3, pages: [1], first: 10 },
  { start: 29, rows: 100, pages: [2], first: 29 },
]) {
  test(`rows from ${start} on are read from page ${pages[0]} of the recording, and none before it`, async () => {
    const { outcome, read } = recordedResult()
    const page = await resultPage(outcome, { start, rows, timestamps: 'INT64' })
    const [part = ''] = page.rows
    const given = JSON.parse(`[${Buffer.from(part)}]`) as { f: { v: string }[] }[]
    assert.equal(given[0]?.f[0]?.v, String(first))
    assert.equal(read[0], pages[0])
  })
}

test('behind the last row there is nothing, and nothing is read', async () => {
  const { outcome, read } = recordedResult()
  assert.deepEqual(await resultPage(outcome, { start: 30, rows: 5, timestamps: 'INT64' }), { rows: [] })
  assert.deepEqual(read, [])
})

for (const rows of [1, 7, 10, 25, 30, 100]) {
  test(`every row comes once, in order, in answers of ${rows}`, async () => {
    const seen: string[] = []
    for (let token: string | undefined = ''; token !== undefined; ) {
      const { outcome } = recordedResult()
      const start: number = token === '' ? 0 : startOf(token, outcome.id)
      const page = await resultPage(outcome, { start, rows, timestamps: 'INT64' })
      const given = JSON.parse(`[${page.rows.map(part => Buffer.from(part)).join()}]`) as { f: { v: string }[] }[]
      assert.ok(given.length <= rows)
      seen.push(...given.map(row => row.f[0]?.v ?? ''))
      token = page.pageToken
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 30 }, (_, at) => String(at)),
    )
  })
}

test('instants are in the format that was asked for wherever they stand, and all else as it was recorded', () => {
  const wire = { type: 'RECORD', repeated: true, fields: [{ name: 't', nullable: true, type: 'TIMESTAMP' }] } as const
  const column = { name: 'n', type: 'json', warehouseType: 'ARRAY<RECORD>', nullable: true, wire } as const
  const text = { ...column, wire: { type: 'STRING' } }
  const rows = (t: string) =>
    `[{"f":[{"v":[{"v":{"f":[{"v":"${t}"}]}},{"v":{"f":[{"v":null}]}}]},{"v":"1709201472123456"}]}]`
  const page = {
    form: 'bigquery-rows',
    rows: 1,
    pieces: [Buffer.from(rows('1709201472123456'))],
  } as unknown as MaskedPage
  const formats = {
    INT64: '1709201472123456',
    ISO8601_STRING: '2024-02-29T10:11:12.123456Z',
    FLOAT64: '1.709201472123456E9',
  }
  for (const [format, t] of Object.entries(formats) as [keyof typeof formats, string][])
    assert.equal(Buffer.from(rowsWith(format, [column, text])(page)).toString(), rows(t))
})
