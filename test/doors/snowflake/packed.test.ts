import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { packed } from '#gateway/doors/snowflake/chunks.ts'

const parts = [randomBytes(300_000), Buffer.from('short'), randomBytes(100_000)]

/** Gives the memory of a part to others, as soon as the next one is asked for. */
async function* reused(asked: number[]): AsyncGenerator<Uint8Array> {
  for (const [at, part] of parts.entries()) {
    const own = Uint8Array.from(part)
    yield own
    own.fill(0)
    asked.push(at)
  }
}

test('a part is read to its end before the next one is asked for', async () => {
  const asked: number[] = []
  assert.ok(gunzipSync(await buffer(packed(reused(asked)))).equals(Buffer.concat(parts)))
  assert.deepEqual(asked, [0, 1, 2])
})

test('where the reader left in the middle of a part, its memory stays as it is', async () => {
  const asked: number[] = []
  const stream = packed(reused(asked))
  await once(stream, 'readable')
  stream.destroy()
  await once(stream, 'close')
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
  assert.deepEqual(asked, [])
})

test('a page that cannot be read ends the stream with its error', async () => {
  async function* gone(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a')
    throw new Error('gone')
  }
  await assert.rejects(buffer(packed(gone())), /gone/)
})
