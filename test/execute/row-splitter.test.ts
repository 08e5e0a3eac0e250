import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { splitRows } from '#gateway/execute/snowflake-wire/row-splitter.ts'

async function* inParts(bytes: Buffer, sizes: readonly number[]) {
  for (let at = 0, part = 0; at < bytes.length; part++) {
    const size = sizes[part % sizes.length] ?? bytes.length
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function rowsOf(text: string, sizes: readonly number[]): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const some of splitRows(inParts(Buffer.from(text), sizes))) rows.push(...some)
  return rows
}

test('rows come out whole however the bytes were cut, whatever their text looks like', async () => {
  const cell = fc.option(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('],["', '\\', '"', '\\"]', '[[', '\u2028é😀')),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
      async (rows, sizes) => {
        assert.deepEqual(await rowsOf(JSON.stringify(rows).slice(1, -1), sizes), rows)
      },
    ),
  )
})

test('many rows come in batches, before the last of them has arrived', async () => {
  const row = JSON.stringify(['x'.repeat(1000)])
  const batches: number[] = []
  let sent = 0
  async function* bytes() {
    for (; sent < 2000; sent++) yield Buffer.from(sent === 0 ? row : `,${row}`)
  }
  for await (const rows of splitRows(bytes())) {
    if (batches.length === 0) assert.ok(sent < 300, `${sent} rows were read for the first`)
    batches.push(rows.length)
  }
  assert.equal(
    batches.reduce((sum, rows) => sum + rows, 0),
    2000,
  )
})

test('what is not rows of JSON, or stops in the middle of one, is refused', async () => {
  for (const text of ['["a"],["b"', '["a"] <html>', '{"a":1}', '"text"', '["a"],["b]', '["a"]["b"]', ']["a"]'])
    await assert.rejects(rowsOf(text, [7]), { code: 'result_shape' }, text)
})
