import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { until } from '#test/chaos/until.ts'
import { ranTexts } from '#test/doors/reviewers.ts'
import { MovedTime } from '#test/stand/moved-time.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { RestCaller } from './rest-caller.ts'

describe('BigQuery door, a job id that comes again later', { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-job-ids-'))
  const time = new MovedTime(join(folder, 'time'))
  let stand: Stand
  before(async () => {
    stand = await startStand({ folder, env: time.env, sizes: { customers: 50, orders: 500 } })
  })
  after(async () => {
    await stand.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('is a duplicate once its job has long ended, and still the job that waits for people', async () => {
    const report = { query: 'select count(*) as nightly from shop.orders' }
    const change = { query: "update shop.orders set status = 'late' where id = 3" }
    const named = (jobId: string) => ({ jobReference: { projectId: 'lake', jobId } })
    const before = await RestCaller.of(stand)
    assert.equal((await before.insert(report, named('nightly'))).status, 200)
    await until(async () => (await before.get('queries/nightly')).body.jobComplete, 'the report', 60_000)
    assert.equal((await before.insert(report, named('nightly'))).status, 200)
    assert.equal((await before.insert(change, named('change'))).body.status.state, 'PENDING')
    time.pass(20 * 60_000)
    const later = await RestCaller.of(stand)
    const again = await later.insert(report, named('nightly'))
    assert.equal(again.status, 409)
    assert.equal(again.body.error?.errors[0]?.reason, 'duplicate')
    // What clients ask next, where they named the job themselves.
    assert.equal((await later.get('jobs/nightly')).body.status.state, 'DONE')
    assert.equal((await later.insert(change, named('change'))).body.status.state, 'PENDING')
    assert.equal(ranTexts(stand).filter(text => text === report.query).length, 1)
  })
})
