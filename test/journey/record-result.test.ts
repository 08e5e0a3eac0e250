import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#src/errors.ts'
import type { Executed } from '#src/execute/execute-statement.ts'
import { maskedPage } from '#src/mask/mask.ts'
import type { Credential } from '#src/mint/minter.ts'
import type { Ports } from '#src/ports.ts'
import { recordResult } from '#src/record/record-result.ts'

/** The last stage over a recording whose disk takes its time, with a record that answers at once. */
function recorded(durable: Promise<void>) {
  const frame = { page: 0, rows: 1, sha256: '', bytes: 1 }
  const ports = {
    clock: { now: () => 0 },
    records: { conclude: async () => true },
    recordings: { put: async () => ({ frame, durable }) },
  } as unknown as Ports
  const executed = {
    authorized: { statement: { id: '7f3k-9q2m-x4tb' }, decision: { limits: { rows: 10 } } },
    execution: { warehouseId: 'w', columns: [] },
    startedAt: 0,
  } as unknown as Executed
  const pages = (async function* () {
    yield maskedPage([['a']])
  })()
  return recordResult(ports, executed, { columns: [], masks: [], pages, detected: () => [] }, {
    standing: true,
  } as Credential)
}

test('no row leaves before its page is on the disk, although the record is closed already', async () => {
  const disk = Promise.withResolvers<void>()
  let released = false
  const result = recorded(disk.promise).then(answer => {
    released = true
    return answer
  })
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
  assert.equal(released, false)
  disk.resolve()
  const pages = []
  for await (const page of (await result).result.pages) pages.push(page.rows)
  assert.deepEqual(pages, [[['a']]])
})

test('a page that the disk did not take is never released', async () => {
  const lost = Promise.reject(new GatewayError('record_unavailable'))
  await assert.rejects(recorded(lost), { code: 'record_unavailable' })
})
