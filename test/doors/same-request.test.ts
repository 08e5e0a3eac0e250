import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { RestCaller } from './bigquery/rest-caller.ts'
import { raw, tokenFor } from './snowflake/raw.ts'

const times = 3

describe('one request of a driver that comes several times at once, at two gateways', { timeout: 240_000 }, () => {
  let stand: Stand
  before(async () => {
    stand = await startStand({ sizes: { customers: 20, orders: 50 }, gateways: 2 })
  })
  after(() => stand.stop())

  const everywhere = <T>(ask: (gateway: Stand['gateways'][number]) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: times }, () => stand.gateways.map(ask)).flat())

  test('is one statement, and each of them is answered with it', async () => {
    const bearer = await stand.issuer.tokenFor('release-bot')
    const query = { query: 'delete from shop.orders where id = 2' }
    const jobReference = { jobId: 'at_once' }
    const inserted = await everywhere(({ url }) => new RestCaller(bearer, url).insert(query, { jobReference }))
    assert.deepEqual(new Set(inserted.map(({ status }) => status)), new Set([200]))
    const looked = await everywhere(({ url }) => new RestCaller(bearer, url).get('queries/at_once?timeoutMs=0'))
    assert.deepEqual(new Set(looked.map(({ status }) => status)), new Set([200]))
    const token = await tokenFor(stand)
    const path = `/queries/v1/query-request?requestId=${randomUUID()}`
    const body = { sqlText: 'delete from orders where id = 2', asyncExec: true }
    const answers = await everywhere(gateway => raw({ ...stand, gateways: [gateway] }, path, { token, body }))
    assert.deepEqual(new Set(answers.map(({ code }) => code)), new Set(['333334']))
    assert.equal(new Set(answers.map(({ data }) => data?.queryId)).size, 1)
  })
})
