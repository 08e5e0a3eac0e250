import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '#test/chaos/until.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { Agent, agentOf, firstGateway } from './agent.ts'
import { residentMegabytes } from './resident-megabytes.ts'
import { raw, tokenFor } from './snowflake/raw.ts'

const mostAtOnce = 8
/** Longer than what the system takes of an answer that nobody reads. */
const wide = "select id, rpad('x', 16000, 'x') as wide from orders"

interface Deaf {
  readonly sockets: readonly Socket[]
  /** How many an answer came to. */
  heard(): number
}

/** Clients that ask and read nothing. */
async function deafClients(
  stand: Stand,
  many: number,
  asks: (at: number) => { readonly token: string; readonly path: string },
): Promise<Deaf> {
  const { hostname, port } = new URL(firstGateway(stand).url)
  const sockets = Array.from({ length: many }, () => connect(Number(port), hostname).pause())
  await Promise.all(sockets.map(socket => once(socket, 'connect')))
  let heard = 0
  for (const [at, socket] of sockets.entries()) {
    const { token, path } = asks(at)
    socket.once('readable', () => heard++)
    // Those whose answer is given up.
    socket.on('error', () => {})
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`)
  }
  return { sockets, heard: () => heard }
}

/** An agent of its own, whose statements policy allows. */
async function named(stand: Stand, sub: string): Promise<Agent> {
  return new Agent(await stand.issuer.tokenFor('release-bot', { claims: { sub } }), firstGateway(stand).url)
}

describe('an agent whose clients take none of their answers', { timeout: 240_000 }, () => {
  let stand: Stand
  let agent: Agent
  let id: string
  let job: string
  before(async () => {
    stand = await startStand({ sizes: { customers: 10, orders: 1_500 } })
    agent = await agentOf(stand)
    id = (await agent.submit({ connection: 'shop', sql: wide, max_rows: 1 }, 20)).body.request_id
    job = (await agent.submit({ connection: 'lake', sql: wide.replace('orders', 'shop.orders'), max_rows: 1 }, 20)).body
      .request_id
  })
  after(() => stand.stop())

  function deaf(many: number): Promise<Deaf> {
    const paths = [`/v1/queries/${id}?max_rows=1000`, `/bigquery/v2/projects/lake/queries/${job}`]
    return deafClients(stand, many, at => ({ token: agent.token, path: paths[at % 2] ?? '' }))
  }

  test('has as many in memory as clients fetch at once, and the gateway answers everybody else', async () => {
    const { child } = firstGateway(stand)
    const other = await named(stand, 'another')
    const before = residentMegabytes(child.pid)
    const { sockets, heard } = await deaf(100)
    await until(async () => heard() === mostAtOnce, 'the first answers', 60_000)
    const { status, body } = await other.submit({ connection: 'shop', sql: wide, max_rows: 1 }, 20)
    assert.deepEqual([status, body.row_count], [200, 1_500])
    await delay(1_000)
    assert.equal(heard(), mostAtOnce)
    const grown = residentMegabytes(child.pid) - before
    assert.ok(grown < 700, `grew by ${grown} MB`)
    for (const socket of sockets) socket.destroy()
    assert.equal((await agent.look(id, 'max_rows=5')).status, 200)
  })

  test('waits with its next ones at every door until one of them is gone', async () => {
    const token = await tokenFor(stand)
    const { sockets, heard } = await deaf(mostAtOnce)
    await until(async () => heard() === mostAtOnce, 'their answers', 60_000)
    const call = { name: 'get_query_results', arguments: { request_id: id, offset: 0 } }
    const accept = { accept: 'application/json, text/event-stream' }
    const query = `/queries/v1/query-request?requestId=${randomUUID()}`
    let answered = 0
    const asked = [
      agent.look(id, 'max_rows=1'),
      agent.ask('/mcp', { body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: call }, headers: accept }),
      agent.ask(`/bigquery/v2/projects/lake/queries/${job}?maxResults=1`),
      agent.ask('/bigquery/v2/projects/lake/datasets/shop/tables/customers/data'),
      agent.ask('/api/v2/statements', { body: { statement: 'select 1 as one' } }),
      raw(stand, query, { token, body: { sqlText: 'select 1 as one' } }),
    ].map(async answer => {
      assert.equal((await answer).status, 200)
      answered++
    })
    // What has no rows waits for nothing.
    assert.equal((await agent.ask('/v1/connections')).status, 200)
    await delay(3_000)
    assert.equal(answered, 0)
    sockets[0]?.destroy()
    await Promise.all(asked)
    for (const socket of sockets) socket.destroy()
  })
})

describe('ten agents whose clients take none of their answers', { timeout: 240_000 }, () => {
  let stand: Stand
  before(async () => {
    stand = await startStand({ sizes: { customers: 10, orders: 1_500 }, bots: 0 })
  })
  after(() => stand.stop())

  test('hold no more together than one gateway has room for, and another one is answered', async () => {
    const asks: { token: string; path: string }[] = []
    for (let at = 0; at < 10; at++) {
      const agent = await named(stand, `agent-${at}`)
      const { body } = await agent.submit({ connection: 'shop', sql: wide, max_rows: 1 }, 20)
      asks.push({ token: agent.token, path: `/v1/queries/${body.request_id}?max_rows=1000` })
    }
    const { child } = firstGateway(stand)
    const before = residentMegabytes(child.pid)
    const { sockets, heard } = await deafClients(stand, 50, at => asks[at % 10] as (typeof asks)[0])
    await until(async () => heard() >= 6, 'the first answers', 60_000)
    const other = await named(stand, 'another')
    const began = performance.now()
    const small = await other.submit({ connection: 'shop', sql: 'select id from orders limit 3' }, 20)
    assert.deepEqual([small.status, small.body.row_count], [200, 3])
    const seconds = (performance.now() - began) / 1000
    assert.ok(seconds < 15, `answered after ${seconds} s`)
    await delay(3_000)
    assert.ok(heard() <= 12, `${heard()} answers are in memory`)
    const grown = residentMegabytes(child.pid) - before
    assert.ok(grown < 500, `grew by ${grown} MB`)
    // As wide as theirs: one of those who hold most gives its own back.
    const large = await other.submit({ connection: 'shop', sql: wide, max_rows: 1_000 }, 50)
    assert.deepEqual([large.status, large.body.row_count], [200, 1_500])
    for (const socket of sockets) socket.destroy()
  })
})
