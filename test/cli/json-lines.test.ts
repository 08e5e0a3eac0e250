import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLines } from '#gateway/cli/json-lines.ts'

async function linesOf(...chunks: readonly string[]): Promise<readonly string[]> {
  async function* text() {
    yield* chunks
  }
  const lines: string[] = []
  for await (const line of jsonLines(text())) lines.push(line)
  return lines
}

test('a line ends at a line feed alone, wherever the text was cut', async () => {
  const odd = JSON.stringify({ sql: 'select 1 --\u2028; drop\u2029\u0085 table t' })
  assert.deepEqual(await linesOf(`${odd}\n${odd.slice(0, 20)}`, odd.slice(20), `\n\n${odd}`), [odd, odd, '', odd])
  assert.deepEqual(await linesOf(`${odd}\r\n`, 'x\n'), [`${odd}\r`, 'x'])
  assert.deepEqual(await linesOf(), [])
})
