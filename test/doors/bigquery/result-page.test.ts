import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resultPage } from '#gateway/doors/bigquery/result-page.ts'
import { maskedPage } from '#src/mask/mask.ts'
import type { Completed } from '#src/outcome.ts'

/** Three recorded pages of ten rows each; which of them were read back is written down. */
function recordedResult() {
  const read: number[] = []
  async function* from(first: number) {
    for (let page = first; page < 3; page++) {
      read.push(page)
      const rows = Array.from({ length: 10 }, (_, row) => ({ f: [{ v: String(page * 10 + row) }] }))
      yield maskedPage({ form: 'bigquery-rows', rows: 10, bytes: Buffer.from(JSON.stringify(rows)) })
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
