import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { BigQuery } from '@google-cloud/bigquery'
import { approve, ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { type ClientError, nodeClient } from './node-client.ts'

describe('BigQuery door, with a load balancer before two gateways', { timeout: 180_000 }, () => {
  let stand: Stand
  let one: BigQuery
  let other: BigQuery
  before(async () => {
    stand = await startStand({ gateways: 2, sizes: { customers: 100, orders: 5_000 } })
    const token = await stand.issuer.tokenFor('release-bot')
    const [first, second] = stand.gateways.map(({ url }) => nodeClient({ url, token }))
    assert.ok(first && second)
    one = first
    other = second
  })
  after(() => stand.stop())

  const jobAt = (client: BigQuery, id: string | undefined) => client.job(String(id))
  const withdrawn = (id: string | undefined) =>
    assert.rejects(jobAt(other, id).getQueryResults(), (error: ClientError) => {
      assert.equal(error.errors[0]?.reason, 'stopped')
      return /withdrawn while it ran/.test(error.message)
    })

  test('a statement that was allowed and runs at one is cancelled at the other, in the warehouse too', async () => {
    const held = stand.bigquery.holdNext()
    const [{ id }] = await one.createQueryJob('select count(*) as far_away from shop.orders')
    const { cancelled } = await held.arrived
    await jobAt(other, id).cancel()
    await withdrawn(id)
    assert.ok(cancelled.aborted)
    assert.ok(!stand.bigquery.executed.some(({ sql }) => sql.includes('far_away')))
  })

  test('a statement that was approved and runs at one of them is cancelled at either', async () => {
    for (const client of [one, other]) {
      const sql = `update shop.orders set status = 'x' where id = ${client === one ? 101 : 102}`
      const [{ id }] = await one.createQueryJob(sql)
      const held = stand.bigquery.holdNext()
      await approve(stand, sql)
      const { cancelled } = await held.arrived
      await jobAt(client, id).cancel()
      await withdrawn(id)
      assert.ok(cancelled.aborted)
    }
  })

  test('a statement that is cancelled while it is judged does not run, nor waits for people, whichever gateway is told', async () => {
    for (const [client, query] of [
      [one, 'select count(*) as never_ran from shop.orders'],
      [one, 'delete from shop.orders where id = 103'],
      [other, 'delete from shop.orders where id = 104'],
    ] as const) {
      const judging = stand.bigquery.holdCall('jobs.insert')
      const jobId = `judged-${randomUUID()}`
      // Of a job that has ended by then the client says how.
      const inserting = Promise.allSettled([one.createQueryJob({ query, jobId })])
      await judging.arrived
      const cancelling = jobAt(client, jobId).cancel()
      // Behind it, on a connection of its own.
      await assert.rejects(jobAt(client, 'none').getMetadata(), { code: 404 })
      judging.release()
      const [{ job }] = (await cancelling) as [{ job: { status: { errorResult: { reason: string } } } }]
      assert.equal(job.status.errorResult.reason, 'stopped')
      await inserting
      await assert.rejects(jobAt(other, jobId).getQueryResults(), /withdrawn/)
      assert.ok(!ranTexts(stand).includes(query))
    }
  })

  test('pages of one result come from either, and a job of one is listed by the other', async () => {
    const [{ id }] = await one.createQueryJob('select id from shop.orders order by id')
    const [first, next] = await jobAt(one, id).getQueryResults({ maxResults: 2_500, autoPaginate: false })
    const [second] = await jobAt(other, id).getQueryResults({ ...next, autoPaginate: false })
    assert.deepEqual(
      [...first, ...second].map(row => row.id),
      Array.from({ length: 5_000 }, (_, at) => at + 1),
    )
    const [jobs] = await other.getJobs({ maxResults: 5 })
    assert.ok(jobs.some(job => job.id === id))
  })
})
