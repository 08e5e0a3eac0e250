import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { firstGateway } from '#test/doors/agent.ts'
import { raw, tokenFor } from '#test/doors/snowflake/raw.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { request } from './spoken.ts'

const sizes = { customers: 20, orders: 20 }

describe('one client does not use up the gateway', { timeout: 300_000 }, () => {
  let stand: Stand
  let token: string
  before(async () => {
    stand = await startStand({ bots: 0, sizes })
    token = await tokenFor(stand)
  })
  after(() => stand.stop())

  const ask = (sqlText: string, more: object = {}) =>
    raw(stand, `/queries/v1/query-request?requestId=${randomUUID()}`, { token, body: { sqlText, ...more } })

  test('a pattern of 60,000 signs costs no more than a short one', async () => {
    for (const pattern of ['%'.repeat(60_000), '%_'.repeat(30_000), '_%'.repeat(30_000), `${'%a'.repeat(30_000)}`]) {
      const began = performance.now()
      const { success } = await ask(`show parameters like '${pattern}'`)
      assert.equal(success, true)
      assert.ok(performance.now() - began < 1_500, `${pattern.slice(0, 2)}: ${performance.now() - began} ms`)
    }
  })

  test('hundreds of requests that wait do not keep anybody else from asking', async () => {
    const { data } = await ask('delete from orders where id = 1', { asyncExec: true })
    const leave = new AbortController()
    const wait = async () => {
      const url = `${firstGateway(stand).url}/queries/${data?.queryId}/result`
      const headers = { authorization: `Snowflake Token="${token}"` }
      return (await fetch(url, { headers, signal: leave.signal })).json() as Promise<{ code: string }>
    }
    const waiting = Array.from({ length: 520 }, wait)
    const { code } = await Promise.any(waiting)
    assert.equal(code, '000625')
    const other = await tokenFor(stand, 'etl-job')
    assert.equal((await raw(stand, '/session/heartbeat', { token: other, body: {} })).success, true)
    leave.abort()
    await Promise.allSettled(waiting)
    // A connection that was closed is noticed a moment later.
    while (!(await raw(stand, '/session/heartbeat', { token, body: {} })).success);
  })

  test('what is kept for sessions has an end, for each agent by itself', async () => {
    const long = `delete from orders where id = 1; select '${'x'.repeat(250_000)}'`
    const more = { asyncExec: true, parameters: { MULTI_STATEMENT_COUNT: 2 } }
    const taken = ({ code }: Awaited<ReturnType<typeof ask>>) => code === '333334'
    assert.ok(taken(await ask(long, more)))
    let times = 1
    // Each is answered after half a second, that its statement may have ended by then.
    const several = () => Promise.all(Array.from({ length: 10 }, () => ask(long, more)))
    let answers = await several()
    for (; times < 200 && answers.every(taken); answers = await several()) times += answers.length
    const refused = answers.find(answer => !taken(answer))
    assert.equal(refused?.code, '000625', `${times} times: ${refused?.text}`)
    assert.match(refused?.message ?? '', /More than 32 MiB.*Log out/)
    assert.ok(times > 50, `already after ${times}`)
    const token = await tokenFor(stand, 'etl-job')
    const others = { token, body: { sqlText: long, ...more } }
    assert.equal((await raw(stand, `/queries/v1/query-request?requestId=${randomUUID()}`, others)).code, '333334')
  })

  test('a stranger’s login is no longer unpacked than it may be plain', async () => {
    const body = { bytes: `{"data":{"TOKEN":"${'x'.repeat(900_000)}"}}`, gzip: true }
    const { code, message } = await raw(stand, '/session/v1/login-request', body)
    assert.deepEqual([code, /longer than/.test(message ?? '')], ['000002', true])
  })
})

test('an answer that nobody takes is given up', { timeout: 120_000 }, async () => {
  const hurried = `--import ${new URL('hurried-connections.ts', import.meta.url)}`
  const stand = await startStand({ bots: 0, sizes, env: { NODE_OPTIONS: hurried } })
  const socket = connect(Number(new URL(firstGateway(stand).url).port), '127.0.0.1')
  try {
    const { promise: gone, resolve } = Promise.withResolvers<void>()
    socket.on('error', () => {}).once('close', () => resolve())
    socket.pause()
    // More answers than the buffers of both ends hold.
    const one = request('GET /openapi.json').replace('connection: close\r\n', '')
    socket.write(one.repeat(1_000))
    const timer = setInterval(() => socket.write(one), 200)
    await gone
    clearInterval(timer)
  } finally {
    socket.destroy()
    await stand.stop()
  }
})
