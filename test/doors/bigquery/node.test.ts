import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { BigQuery } from '@google-cloud/bigquery'
import { firstGateway } from '#test/doors/agent.ts'
import { approve, cardOf, deny, ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { type ClientError, nodeClient, rowsOf } from './node-client.ts'

const policy = `${standPolicy}
  - name: shoppers-wait-shortly
    when: statement.writes.exists(t, t.matches("*.short_lived"))
    then: hold
    as: AGENT_WRITER
    expires: 2s
`

describe("BigQuery door, Google's client for Node", { timeout: 300_000 }, () => {
  let stand: Stand
  let token: string
  let client: BigQuery
  before(async () => {
    stand = await startStand({ sizes: { customers: 300, orders: 5_000 }, policy })
    token = await stand.issuer.tokenFor('release-bot')
    client = nodeClient({ url: firstGateway(stand).url, token })
  })
  after(() => stand.stop())

  const refused = (query: Promise<unknown>): Promise<ClientError> =>
    query.then(
      () => assert.fail('it was not refused'),
      error => error,
    )
  const ran = (sql: string) => ranTexts(stand).filter(text => text === sql).length
  const held = (sql: string) =>
    stand.slack
      .waitForMessage(({ blocks }) => JSON.stringify(blocks).includes(sql))
      .then(({ blocks }) => {
        const [id = ''] = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(JSON.stringify(blocks)) ?? []
        return id
      })

  test('a held statement is a pending job; after its gateway restarted, and on another one, its rows come', async () => {
    const sql = "update shop.orders set status = 'open' where id = 3"
    const [job] = await client.createQueryJob({ query: sql })
    assert.equal(job.metadata.status.state, 'PENDING')
    const id = await held('id = 3')
    await firstGateway(stand).stop()
    const other = await stand.startGateway()
    const elsewhere = nodeClient({ url: other.url, token }).job(String(job.id))
    const [metadata] = await elsewhere.getMetadata()
    assert.equal(metadata.status.state, 'PENDING')
    const waiting = elsewhere.getQueryResults()
    await approve(stand, id)
    await waiting
    const [done] = await elsewhere.getMetadata()
    assert.equal(done.status.state, 'DONE')
    assert.equal(done.statistics.query.numDmlAffectedRows, '1')
    assert.equal(ran(sql), 1)
    client = nodeClient({ url: other.url, token })
  })

  test('what is allowed answers at once, masked', async () => {
    const sql = 'select id, email, city from shop.customers order by id limit 3'
    const [rows] = await client.query(sql)
    assert.deepEqual(
      rows.map(({ id, email }) => [id, email]),
      [1, 2, 3].map(id => [id, 'c***@***.example']),
    )
    assert.equal(ran(sql), 1)
  })

  test('what policy denies is accessDenied with the rule, why, what would pass and the session; it is asked once', async () => {
    const sql = "export data options (uri = 'gs://elsewhere/*.csv') as select * from shop.customers"
    const { code, message, errors } = await refused(client.query(sql))
    assert.equal(code, 403)
    assert.equal(errors[0]?.reason, 'accessDenied')
    assert.match(message, /no-unload: Data may not be copied out.*Select the rows.*session [0-9A-Z]{4}-/)
    assert.equal(ran(sql), 0)
  })

  test('a query that people approve brings its rows to the client that waits', async () => {
    const sql = "select id, phone from shop.customers where email like 'c%' order by id limit 2"
    const waiting = client.query(sql)
    await approve(stand, await held("email like 'c%'"))
    const [rows] = await waiting
    assert.equal(rows.length, 2)
    assert.equal(ran(sql), 1)
  })

  test('what a person denies says who and why', async () => {
    const waiting = refused(client.query("update shop.orders set status = 'x' where id = 1"))
    await deny(stand, await held('where id = 1'), 'not before the freeze ends')
    const { code, message } = await waiting
    assert.equal(code, 403)
    assert.match(message, /denied by oncall-1: "not before the freeze ends" \(rule writes-need-a-person\)/)
  })

  test('what nobody decides in time ends as refused', async () => {
    const { code, message } = await refused(client.query('insert into shop.short_lived (id) values (1)'))
    assert.equal(code, 403)
    assert.match(message, /Nobody decided in time/)
  })

  test('a job that is cancelled while it waits cannot be approved any more', async () => {
    const sql = 'delete from shop.orders where id = 77'
    const [job] = await client.createQueryJob({ query: sql })
    const id = await held('id = 77')
    await cardOf(stand, id, 'hold_approve')
    await job.cancel()
    const [{ status }] = await job.getMetadata()
    assert.equal(status.state, 'DONE')
    assert.equal(status.errorResult.reason, 'stopped')
    const { blocks } = await cardOf(stand, id, 'Withdrawn')
    assert.doesNotMatch(JSON.stringify(blocks), /hold_approve/)
    assert.equal((await refused(rowsOf(job))).code, 499)
    assert.equal(ran(sql), 0)
  })

  test('a job of somebody else is not found', async () => {
    const [job] = await client.createQueryJob({ query: 'select 1 as one' })
    const other = nodeClient({
      url: stand.gateways.at(-1)?.url ?? '',
      token: await stand.issuer.tokenFor('churn-notebook'),
    })
    const { code, message } = await refused(rowsOf(other.job(String(job.id))))
    assert.equal(code, 404)
    assert.match(message, /Not found: Job lake:/)
    assert.deepEqual(await rowsOf(job), [{ one: 1 }])
  })
})
