import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { until } from '#test/chaos/until.ts'
import { approve, deny, ranTexts } from '#test/doors/reviewers.ts'
import { MovedTime } from '#test/stand/moved-time.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { type Body, RestCaller } from './rest-caller.ts'

describe('BigQuery door, what comes again later', { timeout: 180_000 }, () => {
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

  test('a request id is another request fifteen minutes after the end of the one before, each day anew, and the same one until then', async () => {
    const requestId = 'nightly'
    const timeoutMs = 30_000
    const report = 'select count(*) as counted from shop.orders'
    const ids: string[] = []
    for (let day = 0; day < 6; day++) {
      const twice = () =>
        Promise.all([1, 2].map(async () => (await RestCaller.of(stand)).query(report, { requestId, timeoutMs })))
      const ran = (await twice()).map(({ body }) => body)
      assert.deepEqual(
        ran.map(({ jobComplete }) => jobComplete),
        [true, true],
      )
      time.pass(10 * 60_000)
      const answered = [...ran, ...(await twice()).map(({ body }) => body)]
      const [id = '', ...others] = new Set(answered.map(({ jobReference }) => jobReference.jobId))
      assert.deepEqual(others, [])
      ids.push(id)
      time.pass(24 * 3_600_000)
    }
    assert.equal(new Set(ids).size, 6)
    assert.equal(ranTexts(stand).filter(text => text === report).length, 6)
  })

  test('a request id finds its hold as long as that waits, its denial for fifteen minutes, and then asks people anew', async () => {
    const requestId = 'cleanup'
    const change = "update shop.orders set status = 'clean' where id = 4"
    const ask = async () => (await RestCaller.of(stand)).query(change, { requestId, timeoutMs: 0 })
    const held = (await ask()).body.jobReference.jobId
    time.pass(20 * 60_000)
    assert.equal((await ask()).body.jobReference.jobId, held)
    await deny(stand, held, 'not now')
    await until(async () => (await ask()).status === 403, 'the denial', 60_000)
    time.pass(10 * 60_000)
    assert.match((await ask()).body.error?.message ?? '', /not now.*session/s)
    time.pass(6 * 60_000)
    const again = (await ask()).body.jobReference.jobId
    assert.notEqual(again, held)
    await approve(stand, again)
    await until(async () => (await ask()).body.jobComplete, 'the change', 60_000)
    assert.equal(ranTexts(stand).filter(text => text === change).length, 1)
  })

  test('who lists jobs waits for none: a read that its client gave up does not run when it is approved', async () => {
    const given = "select count(*) as n from shop.customers where email = 'given up'"
    const { jobId } = (await (await RestCaller.of(stand)).query(given, { timeoutMs: 0 })).body.jobReference
    time.pass(5 * 60_000)
    const lister = await RestCaller.of(stand)
    const { jobs } = (await lister.get('jobs?stateFilter=pending')).body
    assert.ok(jobs.some(({ jobReference }) => jobReference.jobId === jobId))
    await approve(stand, jobId)
    // An approval that came after it, and whose client waits.
    const other = (
      await lister.query("select count(*) as n from shop.customers where email = 'other'", { timeoutMs: 0 })
    ).body
    await approve(stand, other.jobReference.jobId)
    assert.equal((await lister.get(`queries/${other.jobReference.jobId}?timeoutMs=30000`)).body.jobComplete, true)
    assert.equal(ranTexts(stand).filter(text => text === given).length, 0)
    assert.equal((await lister.get(`queries/${jobId}?timeoutMs=30000`)).body.jobComplete, true)
  })

  test('who cancels a job, or would delete it, waits for no rows: a read that its client gave up and people approved does not begin', async () => {
    const given = ['cancelled', 'deleted'].map(end => `select count(*) as n from shop.customers where email = '${end}'`)
    const asker = await RestCaller.of(stand)
    const asked = await Promise.all(given.map(sql => asker.query(sql, { timeoutMs: 0 })))
    const [cancelled = '', deleted = ''] = asked.map(({ body }) => body.jobReference.jobId)
    time.pass(5 * 60_000)
    await approve(stand, cancelled)
    await approve(stand, deleted)
    const later = await RestCaller.of(stand)
    const listed = async (id: string) =>
      (await later.get('jobs')).body.jobs.find(({ jobReference }) => jobReference.jobId === id)?.status.state
    for (const id of [cancelled, deleted])
      await until(async () => (await listed(id)) === 'RUNNING', 'the approval', 60_000)
    const jobs = '/bigquery/v2/projects/lake/jobs'
    assert.equal((await later.ask('DELETE', `${jobs}/${deleted}/delete`)).status, 403)
    const { body } = await later.ask('POST', `${jobs}/${cancelled}/cancel`)
    assert.equal((body as unknown as { job: Body }).job.status.errorResult?.reason, 'stopped')
    // What comes after them runs before it is looked.
    const last = await later.query('select count(*) as n from shop.orders', { timeoutMs: 30_000 })
    assert.equal(last.body.jobComplete, true)
    assert.deepEqual(
      ranTexts(stand).filter(text => given.includes(text)),
      [],
    )
  })

  test('a job id is a duplicate once its job has long ended, and still the job that waits for people', async () => {
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
