import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { Agent, firstGateway } from './agent.ts'
import { RestCaller } from './bigquery/rest-caller.ts'
import { raw } from './snowflake/raw.ts'

const people = ['analyst-1', 'analyst-2', undefined]
const read = 'select id from shop.orders order by id'
const write = (id: number) => ({ connection: 'shop', sql: `delete from orders where id = ${id}` })

describe('one agent that acts for one person, then for another', { timeout: 180_000 }, () => {
  let stand: Stand
  const tokens = new Map<string | undefined, string>()
  before(async () => {
    stand = await startStand({ sizes: { customers: 50, orders: 500 }, bots: 0, maxPending: 2 })
    for (const person of people)
      tokens.set(person, await stand.issuer.tokenFor('release-bot', { claims: { act_for: person } }))
  })
  after(() => stand.stop())

  const tokenOf = (person: string | undefined) => tokens.get(person) ?? ''
  const rest = (person?: string) => new Agent(tokenOf(person), firstGateway(stand).url)
  const bigquery = (person?: string) => new RestCaller(tokenOf(person), firstGateway(stand).url)
  const others = (person: string | undefined) => people.filter(other => other !== person)

  for (const person of people) {
    const whose = person ?? 'nobody'

    test(`BigQuery: jobs, rows and pages that it asked for ${whose} are not there for anybody else`, async () => {
      const { jobReference, pageToken } = (await bigquery(person).query(read, { maxResults: 1 })).body
      const { jobId } = jobReference
      assert.equal((await bigquery(person).get(`queries/${jobId}?pageToken=${pageToken}`)).status, 200)
      for (const other of others(person)) {
        const caller = bigquery(other)
        for (const path of [`jobs/${jobId}`, `queries/${jobId}`, `queries/${jobId}?pageToken=${pageToken}`])
          assert.equal((await caller.get(path)).status, 404, path)
        assert.equal((await caller.ask('POST', `/bigquery/v2/projects/lake/jobs/${jobId}/cancel`)).status, 404)
        const { jobs } = (await caller.get('jobs')).body
        assert.ok(!jobs.some(job => job.jobReference.jobId === jobId))
      }
    })

    test(`BigQuery: a name that it gave a job for ${whose} names another job for anybody else`, async () => {
      const sql = `select count(*) as asked_for_${whose.replace('-', '_')} from shop.orders`
      const named = { jobReference: { jobId: 'the-count' } }
      assert.equal((await bigquery(person).insert({ query: sql }, named)).status, 200)
      const { configuration } = (await bigquery(person).get('jobs/the-count')).body as {
        readonly configuration: { readonly query: { readonly query?: string } }
      }
      assert.equal(configuration.query.query, sql)
    })

    test(`REST: what it asked for ${whose} is neither seen nor withdrawn for anybody else`, async () => {
      const held = await rest(person).submit(write(1))
      const id = held.body.request_id
      assert.equal(held.status, 202)
      for (const other of others(person)) {
        assert.equal((await rest(other).look(id, 'wait=0')).status, 404)
        assert.equal((await rest(other).withdraw(id)).status, 404)
      }
      assert.equal((await rest(person).withdraw(id)).body.status, 'cancelled')
    })
  }

  test('an idempotency key is its own for each person, and so is the room for what waits', async () => {
    const key = { 'idempotency-key': 'one-key-for-all' }
    const held = await Promise.all(people.map(person => rest(person).submit(write(2), 0, key)))
    assert.equal(new Set(held.map(({ body }) => body.request_id)).size, people.length)
    for (const person of people) {
      const burst = await Promise.all(Array.from({ length: 8 }, (_, n) => rest(person).submit(write(3 + n))))
      assert.deepEqual(burst.map(({ status }) => status).sort(), [202, ...Array(7).fill(429)])
    }
  })

  test('Snowflake: a statement of a session is not there for a session that is somebody else’s', async () => {
    const login = async (person: string | undefined) => {
      const body = { data: { ACCOUNT_NAME: 'shop', AUTHENTICATOR: 'OAUTH', TOKEN: tokenOf(person) } }
      return String((await raw(stand, '/session/v1/login-request', { body })).data?.token)
    }
    const [mine, theirs] = [await login('analyst-1'), await login('analyst-2')]
    const asked = { sqlText: 'select id from orders', asyncExec: false }
    const path = '/queries/v1/query-request?requestId=9f7bb4cc-9a8c-4c33-9d0e-0a3d9a1c2b11'
    const { data } = await raw(stand, path, { body: asked, token: mine })
    const result = (token: string) => raw(stand, `/queries/${data?.queryId}/result`, { method: 'GET', token })
    assert.equal((await result(mine)).success, true)
    const refused = await result(theirs)
    assert.equal(refused.success, false)
    assert.match(refused.message ?? '', /no session of that id/)
  })
})
