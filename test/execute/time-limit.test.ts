import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pagesWithin, timeLimit } from '#src/execute/time-limit.ts'
import type { RawPage } from '#src/execute/warehouse.ts'

const page = { form: 'bigquery-rows', rows: 1, pieces: [Buffer.from('[{}]')] } as const satisfies RawPage

async function* twoPages(): AsyncGenerator<RawPage> {
  yield page
  yield page
}

test('a time limit goes off in its time as AbortSignal.timeout does, and not for pages that were read before', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const limit = timeLimit(1_000)
  t.mock.timers.tick(999)
  assert.equal(limit.signal.aborted, false)
  t.mock.timers.tick(1)
  assert.ok(limit.signal.reason instanceof DOMException)
  assert.equal(limit.signal.reason.name, 'TimeoutError')
})

test('a time limit holds while pages are read, and ends with the last of them that anybody wants', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  for (const wanted of [1, 2]) {
    const limit = timeLimit(1_000)
    let seen = 0
    for await (const _ of pagesWithin(twoPages(), limit)) if (++seen === wanted) break
    t.mock.timers.tick(1_000)
    assert.equal(limit.signal.aborted, false, `${wanted} pages`)
  }
  const late = timeLimit(1_000)
  for await (const _ of pagesWithin(twoPages(), late)) t.mock.timers.tick(1_000)
  assert.equal(late.signal.aborted, true)
})
