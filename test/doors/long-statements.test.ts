import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { until } from '#test/chaos/until.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { Agent, agentOf } from './agent.ts'
import { ranTexts } from './reviewers.ts'
import { raw, tokenFor } from './snowflake/raw.ts'

/*
 * What runs for longer than a client waits for one answer. One gateway answers as soon as it is deployed to, the other after a
 * part of a second.
 */

describe('a statement that runs for long', { timeout: 240_000 }, () => {
  let stand: Stand
  let patient: Agent
  let hurried: Agent
  let hurriedUrl: string
  before(async () => {
    stand = await startStand({
      ...{ sizes: { customers: 20, orders: 50 }, bots: 0 },
      gatewayScript: 'test/chaos/crashing-gateway.ts',
    })
    patient = await agentOf(stand)
    hurriedUrl = (await stand.startGateway({ ANSWER_MILLISECONDS: '300' })).url
    hurried = new Agent(patient.token, hurriedUrl)
  })
  after(() => stand.stop())

  const reading = (name: string) => `select count(*) as ${name} from orders`
  const gateAt = (name: string) => stand.snowflake.holdNext(new RegExp(`^select.*as ${name}`))
  const timesRun = (sql: string) => ranTexts(stand).filter(text => text === sql).length

  test('REST: is answered as running, under an id that brings its rows, and goes on meanwhile', async () => {
    const gate = gateAt('long_rest')
    const sql = reading('long_rest')
    const { status, body, headers } = await hurried.submit({ connection: 'shop', sql })
    assert.deepEqual([status, body.status, headers.get('retry-after')], [202, 'running', '2'])
    assert.equal(headers.get('location'), `/v1/queries/${body.request_id}`)
    await gate.arrived
    const elsewhere = await patient.look(body.request_id, 'wait=0')
    assert.deepEqual([elsewhere.status, elsewhere.body.status], [202, 'running'])
    gate.release()
    const ended = await patient.look(body.request_id)
    assert.deepEqual([ended.status, ended.body.rows], [200, [[50]]])
    assert.equal(timesRun(sql), 1)
  })

  test('MCP: the agent hears its request_id before its client gives the call up', async () => {
    const gate = gateAt('long_mcp')
    const client = new Client({ name: 'agent', version: '1' })
    const headers = { authorization: `Bearer ${patient.token}` }
    await client.connect(new StreamableHTTPClientTransport(new URL(`${hurriedUrl}/mcp`), { requestInit: { headers } }))
    const call = async (name: string, args: Record<string, unknown>) =>
      (await client.callTool({ name, arguments: args })).structuredContent as Record<string, unknown>
    const sql = reading('long_mcp')
    const asked = { sql, connection: 'shop', idempotency_key: 'long-over-mcp', wait_seconds: 0 }
    const running = await call('execute_sql', { ...asked, purpose: 'count them' })
    assert.equal(running.status, 'running', JSON.stringify(running))
    assert.match(String(running.next_step), /Do not submit it again: ask for request_id \S{14}\./)
    const again = await call('execute_sql', { ...asked, purpose: 'count them, please' })
    assert.deepEqual([again.status, again.request_id], ['running', running.request_id])
    gate.release()
    const ended = await call('get_query_status', { request_id: running.request_id, wait_seconds: 20 })
    assert.deepEqual([ended.status, ended.rows], ['succeeded', [[50]]])
    await client.close()
    assert.equal(timesRun(sql), 1)
  })

  test('is ended by its client, which has its id', async () => {
    const gate = gateAt('withdrawn')
    const { body } = await hurried.submit({ connection: 'shop', sql: reading('withdrawn') })
    assert.equal(body.status, 'running')
    const { stop } = await gate.arrived
    const ended = await hurried.withdraw(body.request_id)
    assert.deepEqual([ended.status, ended.body.code], [200, 'cancelled'])
    assert.equal(stop.aborted, true)
  })

  test('is answered as running where its gateway ends meanwhile, and the next one brings its rows', async () => {
    const gate = gateAt('drained')
    const ending = await stand.startGateway({ HURRY_MILLISECONDS: '300' })
    const sql = reading('drained')
    const asked = new Agent(patient.token, ending.url).submit({ connection: 'shop', sql })
    await gate.arrived
    const stopped = ending.stop()
    const { status, body } = await asked
    assert.deepEqual([status, body.status], [202, 'running'])
    gate.release()
    await stopped
    const ended = await patient.look(body.request_id)
    assert.deepEqual([ended.status, ended.body.rows], [200, [[50]]])
    assert.equal(timesRun(sql), 1)
  })

  test('SQL API: so it is there, where a client that named no request would have it run a second time', async () => {
    const gate = gateAt('drained_api')
    const ending = await stand.startGateway({ HURRY_MILLISECONDS: '300' })
    const sql = reading('drained_api')
    const headers = { authorization: `Bearer ${patient.token}` }
    const path = '/api/v2/statements'
    const asked = raw({ ...stand, gateways: [ending] }, path, { headers, body: { statement: sql } })
    await gate.arrived
    const began = performance.now()
    const stopped = ending.stop()
    const { status, text } = await asked
    assert.equal(status, 202, text)
    assert.ok(performance.now() - began < 20_000, 'the process ends after 30 s')
    gate.release()
    await stopped
    const ended = await raw(stand, `${path}/${JSON.parse(text).statementHandle}`, { method: 'GET', headers })
    assert.deepEqual([ended.status, ended.data], [200, [['50']]])
    assert.equal(timesRun(sql), 1)
  })

  test('several at once: where their gateway ends, it begins with no further one, and the next gateway does', async () => {
    const gate = gateAt('drained_first')
    const ending = await stand.startGateway({ HURRY_MILLISECONDS: '20000' })
    const token = await tokenFor(stand)
    const [first, last] = [reading('drained_first'), reading('drained_last')]
    const body = { sqlText: `${first}; ${last}`, parameters: { MULTI_STATEMENT_COUNT: 2 } }
    const path = `/queries/v1/query-request?requestId=${randomUUID()}`
    const asked = raw({ ...stand, gateways: [ending] }, path, { token, body })
    await gate.arrived
    const stopped = ending.stop()
    await ending.logged('draining')
    gate.release()
    const { code, data } = await asked
    assert.deepEqual([code, timesRun(first), timesRun(last)], ['333333', 1, 0])
    await stopped
    const ended = await raw(stand, String(data?.getResultUrl), { method: 'GET', token })
    assert.equal(ended.success, true, ended.text)
    assert.deepEqual([timesRun(first), timesRun(last)], [1, 1])
  })

  test('a stranger who sends half a request keeps no gateway from ending', { timeout: 60_000 }, async () => {
    const ending = await stand.startGateway({ HURRY_MILLISECONDS: '300' })
    const stranger = connect(Number(new URL(ending.url).port), '127.0.0.1').on('error', () => {})
    stranger.write(
      'POST /v1/queries HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    )
    await once(stranger, 'data')
    await ending.stop()
    assert.equal(await ending.exited, 0)
  })

  test('is withdrawn by a client that leaves before it was told an id', async () => {
    const gate = gateAt('left_alone')
    const leaving = new AbortController()
    const body = { connection: 'shop', sql: reading('left_alone') }
    const gone = patient.ask('/v1/queries', { body, signal: leaving.signal })
    const { stop } = await gate.arrived
    leaving.abort()
    await assert.rejects(gone)
    await until(() => stop.aborted, 'cancellation in the warehouse')
  })
})
