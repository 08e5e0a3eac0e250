import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { request, speak } from '#test/attacks/spoken.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { agentOf } from './agent.ts'
import { drip } from './drip.ts'
import { raw, tokenFor } from './snowflake/raw.ts'

/*
 * What no door has whole: slow heads and bodies, heads beyond all measure, what is not HTTP. Each is refused in the form of its
 * door where that is known, in the gateway's own otherwise.
 */

let stand: Stand
let token: string
let session: string

before(async () => {
  stand = await startStand({ bots: 0, sizes: { customers: 20, orders: 20 } })
  token = (await agentOf(stand)).token
  session = await tokenFor(stand)
})
after(() => stand.stop())

interface Said {
  readonly status: number
  readonly headers: string
  readonly body: Record<string, unknown>
}

function read(text: string): Said {
  const [headers = '', body = ''] = text.split('\r\n\r\n')
  assert.equal(text.match(/^HTTP\/1\.1 /gm)?.length, 1, text)
  return { status: Number(headers.split(' ')[1]), headers, body: JSON.parse(body) }
}

describe('slow clients', { concurrency: 4 }, () => {
  test('a head that drips is cut', async () => {
    const { milliseconds, said } = await drip(stand, 'GET /healthz HTTP/1.1\r\nhost: x\r\n', 'x-a: b\r\n')
    assert.ok(milliseconds < 9_500, `${milliseconds} ms`)
    const { status, headers, body } = read(said)
    assert.deepEqual([status, body.code, body.retry], [408, 'request_too_slow', true])
    assert.match(headers, /application\/problem\+json/)
    assert.match(headers, /connection: close/i)
  })

  const doors: readonly (readonly [door: string, start: string, authorization: () => string, check: Check])[] = [
    [
      'REST',
      'POST /v1/queries',
      () => `Bearer ${token}`,
      ({ status, body }) => assert.deepEqual([status, body.code, body.retry], [408, 'request_too_slow', true]),
    ],
    [
      'Snowflake',
      `POST /queries/v1/query-request?requestId=${randomUUID()}`,
      () => `Snowflake Token="${session}"`,
      ({ status, body }) => assert.deepEqual([status, body.success, body.code], [408, false, '000603']),
    ],
    [
      'BigQuery',
      'POST /bigquery/v2/projects/lake/queries',
      () => `Bearer ${token}`,
      ({ status, body }) => {
        const { errors } = body.error as { errors: { reason: string }[] }
        assert.deepEqual([status, errors[0]?.reason], [503, 'backendError'])
      },
    ],
  ]
  for (const [door, start, authorization, check] of doors) {
    test(`a body that drips is cut, in the words of the door (${door})`, async () => {
      const head = [
        ...[`${start} HTTP/1.1`, 'host: x', `authorization: ${authorization()}`],
        ...['content-type: application/json', 'content-length: 100000'],
      ]
      const { milliseconds, said } = await drip(stand, `${head.join('\r\n')}\r\n\r\n{`, ' ')
      assert.ok(milliseconds < 16_000, `${milliseconds} ms`)
      const answer = read(said)
      assert.match(JSON.stringify(answer.body), /did not arrive in time/)
      check(answer)
    })
  }
})

type Check = (said: Said) => void

test('heads beyond all measure are refused', async () => {
  const { text } = await speak(
    stand,
    request('GET /v1/connections', [`authorization: Bearer ${'x'.repeat(64 * 1024)}`]),
  )
  const { status, body } = read(text)
  assert.deepEqual([status, body.code, body.retry], [431, 'headers_too_large', false])
})

test('what is not HTTP is refused, and nothing of it is repeated', async () => {
  for (const said of [
    '\u0016\u0003\u0001 client hello',
    'select 1\r\n\r\n',
    request('GET /healthz', ['b@d name: x']),
  ]) {
    const { text } = await speak(stand, said)
    const { status, body } = read(text)
    assert.deepEqual([status, body.code], [400, 'invalid_request'])
    assert.doesNotMatch(text, /HPE_|hello|select|b@d|FST_/)
  }
})

test('a request without a host is refused', async () => {
  const { status, body } = read((await speak(stand, 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n')).text)
  assert.deepEqual([status, body.code], [400, 'invalid_request'])
})

test('a body that breaks off is refused by its door', async () => {
  const headers = [`authorization: Bearer ${token}`, 'content-type: application/json', 'transfer-encoding: chunked']
  const broken = '5\r\n{"sql\r\nnonsense\r\n'
  const rest = read((await speak(stand, request('POST /v1/queries', headers, broken))).text)
  assert.deepEqual([rest.status, rest.body.code], [400, 'invalid_request'])
  const lake = read((await speak(stand, request('POST /bigquery/v2/projects/lake/queries', headers, broken))).text)
  assert.equal((lake.body.error as { status: string }).status, 'INVALID_ARGUMENT')
})

test('what follows a request that still waits is no answer to it', async () => {
  const sql = JSON.stringify({ connection: 'shop', sql: 'select 1 as waits' })
  const headers = [
    ...['host: x', `authorization: Bearer ${token}`, 'content-type: application/json', `content-length: ${sql.length}`],
  ]
  const first = `POST /v1/queries HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${sql}`
  // One that is answered at once has its answer kept behind that of the first.
  for (const second of ['', 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n']) {
    const gate = stand.snowflake.holdNext(/as waits/)
    const rest = () => gate.arrived.then(() => 'nonsense\r\n\r\n')
    assert.equal((await speak(stand, first + second, rest)).text, '')
    gate.release()
  }
})

test('what is not HTTP is refused behind requests that are answered, too', async () => {
  const rest = (socket: Socket) => once(socket, 'data').then(() => 'nonsense\r\n\r\n')
  const { text } = await speak(stand, 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n', rest)
  assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 400'])
})

test('after all of it the same process answers', async () => {
  assert.equal((await raw(stand, '/session/heartbeat', { token: session, body: {} })).success, true)
})
