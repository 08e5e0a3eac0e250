import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { Agent, agentOf, firstGateway } from './agent.ts'
import { approve, ranTexts } from './reviewers.ts'
import { raw, tokenFor } from './snowflake/raw.ts'

describe('a gateway that drains', { timeout: 300_000 }, () => {
  let stand: Stand
  before(async () => {
    stand = await startStand({ sizes: { customers: 100, orders: 1_000 } })
  })
  after(() => stand.stop())

  test('tells those who wait where they stand, and their holds go on under the next one', async () => {
    const agent = await agentOf(stand)
    const gateway = firstGateway(stand)
    const sql = 'delete from orders where id = 1'
    const held = await agent.submit({ connection: 'shop', sql })
    const polling = agent.look(held.body.request_id, 'wait=55')
    const client = new Client({ name: 'agent', version: '1' }, { versionNegotiation: { mode: 'auto' } })
    const headers = { authorization: `Bearer ${agent.token}` }
    await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { requestInit: { headers } }))
    const asked = client.callTool({
      name: 'execute_sql',
      arguments: { sql, connection: 'shop', purpose: 'clean up', wait_seconds: 50 },
    })
    const token = await tokenFor(stand)
    const aborting = raw(stand, '/queries/v1/abort-request', { token, body: { requestId: randomUUID() } })
    const subscription = subscribe(gateway.url, agent.token)
    await agent.look(held.body.request_id, 'wait=1')

    // As clients open one ahead of their next request.
    const unused = connect(Number(new URL(gateway.url).port), '127.0.0.1').on('error', () => {})
    await once(unused, 'connect')
    const began = performance.now()
    await gateway.stop()
    const drained = performance.now() - began
    assert.equal(await gateway.exited, 0, gateway.log())
    assert.ok(drained < 8_000, `took ${drained} ms`)
    const polled = await polling
    assert.equal(polled.status, 202)
    assert.equal(polled.body.status, 'pending_approval')
    assert.equal(polled.headers.get('location'), `/v1/queries/${held.body.request_id}`)
    const { structuredContent } = await asked
    assert.equal((structuredContent as { request_id: string }).request_id, held.body.request_id)
    // Its statement may come to the next gateway yet, which is asked next.
    assert.deepEqual([(await aborting).status, (await aborting).message], [503, 'This gateway is shutting down.'])
    assert.match(await subscription, /Subscription limit/)

    const next = new Agent(agent.token, (await stand.startGateway()).url)
    const waiting = next.look(held.body.request_id, 'wait=30')
    await approve(stand, held.body.request_id)
    const { status, body } = await waiting
    assert.deepEqual([status, body.affected_rows], [200, 1])
    assert.equal(ranTexts(stand).filter(text => text === sql).length, 1)
  })
})

test('a fault that nobody foresaw ends a gateway as a signal does, and not in the middle of what it does', {
  timeout: 120_000,
}, async t => {
  const fault = "process.once('SIGUSR2', () => Promise.reject(new TypeError('unforeseen')))"
  const stand = await startStand({ bots: 0 })
  t.after(() => stand.stop())
  const gateway = await stand.startGateway({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}`,
  })
  const agent = new Agent((await agentOf(stand)).token, gateway.url)
  const sql = 'select id from orders where id = 7'
  const gate = stand.snowflake.holdNext(/id = 7/)
  const asked = agent.submit({ connection: 'shop', sql })
  await gate.arrived
  gateway.child.kill('SIGUSR2')
  await gateway.logged('unhandled rejection')
  gate.release()
  const { status, body } = await asked
  assert.deepEqual([status, body.rows], [200, [[7]]], JSON.stringify(body))
  assert.equal(await gateway.exited, 1)
})

test('an answer that is on its way when a gateway drains arrives whole, however slow its client is', {
  timeout: 120_000,
}, async t => {
  const stand = await startStand({ bots: 0, sizes: { customers: 20, orders: 20 } })
  t.after(() => stand.stop())
  const gateway = firstGateway(stand)
  const { token } = await agentOf(stand)
  // More than the system keeps for a connection.
  const sql = "select repeat('x', 30000000) as words from shop.orders where id = 1"
  const asking = request(`${gateway.url}/v1/queries?wait=50`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  }).end(JSON.stringify({ connection: 'lake', sql }))
  const [response]: IncomingMessage[] = await once(asking, 'response')
  const drained = gateway.stop()
  await gateway.logged('draining')
  // Longer than Fastify lets a hook take by itself.
  await delay(11_000)
  const body = JSON.parse(String(response && (await buffer(response))))
  assert.deepEqual([response?.statusCode, body.rows?.[0]?.[0]?.length], [200, 30_000_000])
  await drained
  assert.equal(await gateway.exited, 0)
})

/** A stream that a client may ask for, and that would stay open for ever. */
async function subscribe(url: string, token: string): Promise<string> {
  const version = '2026-07-28'
  const meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'agent', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const params = { _meta: meta, notifications: { toolsListChanged: true } }
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version,
      'mcp-method': 'subscriptions/listen',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params }),
  })
  return response.text()
}
