import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer } from '#gateway/doors/answer.ts'
import type { MaskedPage } from '#src/mask/masked.ts'
import type { Outcome } from '#src/outcome.ts'

const letters = ['a', 'b', 'c', 'd', 'e', 'f']
const pageOf = (rows: readonly string[]) =>
  ({
    form: 'snowflake-rowset',
    rows: rows.length,
    pieces: [Buffer.from(JSON.stringify(rows.map(row => [row])))],
  }) as unknown as MaskedPage

/** Recorded in pages of two rows; notes which of them are read. */
function completed(read: number[]): Outcome {
  const from = async function* (page: number) {
    for (let at = page; at < 3; at++) {
      read.push(at)
      yield pageOf(letters.slice(2 * at, 2 * at + 2))
    }
  }
  const columns = [{ name: 'LETTER', type: 'string', warehouseType: 'TEXT', wire: { type: 'TEXT' } }]
  return {
    ...{ status: 'completed', id: '7F3K-9Q2M-X4TB', rows: letters.length, approvedBy: [] },
    ...{ decision: { rule: 'r', reasons: [] }, classification: { summary: '' } },
    result: { columns, masks: [null], pages: from(0), detected: () => [] },
    recorded: { form: 'snowflake-rowset', rows: [2, 2, 2], from },
  } as unknown as Outcome
}

test('rows from an offset on are read without the pages before it', async () => {
  const read: number[] = []
  const { rows, next_offset } = await answer(completed(read), { offset: 3, rows: 2 })
  assert.deepEqual([rows, next_offset, read], [[['d'], ['e']], 5, [1, 2]])
})
