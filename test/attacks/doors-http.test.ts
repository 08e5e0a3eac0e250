import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { agentOf } from '#test/doors/agent.ts'
import { ranTexts } from '#test/doors/reviewers.ts'
import { tokenFor } from '#test/doors/snowflake/raw.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { request, speak } from './spoken.ts'

/** Targets that another reader of the request could take for another place, and what each comes to. */
const targets: readonly (readonly [target: string, status: number])[] = [
  ...['//', '//:99999/', '///healthz', '/healthz//', '/HEALTHZ', '/healthz;x', '*'].map(
    target => [target, 404] as const,
  ),
  ...['//elsewhere.example/healthz', '/%2e%2e/healthz', '/./healthz', '/x/../healthz', '/healthz%2f'].map(
    target => [target, 404] as const,
  ),
  ...['/healthz%', '/%ff', 'http://', 'http://elsewhere.example:99999/x'].map(target => [target, 404] as const),
  ['healthz', 400],
]

/** Two readers of these would not agree on where the body ends. */
const lengths: readonly (readonly string[])[] = [
  ['content-length: 5', 'transfer-encoding: chunked'],
  ['content-length: 2', 'content-length: 3'],
  ['content-length: +2'],
  ['content-length: 2, 2'],
  ['transfer-encoding: chunked, identity'],
  ['transfer-encoding: identity'],
  ['transfer-encoding: xchunked'],
  ['transfer-encoding: gzip, chunked'],
  ['transfer-encoding : chunked'],
  ['transfer-encoding:\tchunked', 'transfer-encoding: gzip'],
  [' content-length: 2'],
]

describe('requests that two readers would read in two ways', { timeout: 120_000 }, () => {
  let stand: Stand
  before(async () => {
    stand = await startStand({ bots: 0, sizes: { customers: 20, orders: 20 } })
  })
  after(() => stand.stop())

  for (const [target, expected] of targets) {
    test(`${target} is no place`, async () => {
      const { status, text } = await speak(stand, request(`GET ${target}`))
      assert.equal(status, expected, text)
      assert.doesNotMatch(text, /FST_|evil|elsewhere/)
    })
  }

  for (const headers of lengths) {
    test(`${headers.join(' and ')}: nothing is read`, async () => {
      const sql = 'select 1 as smuggled'
      const hidden = JSON.stringify({ sqlText: sql })
      const authorization = `authorization: Snowflake Token="${await tokenFor(stand)}"`
      const body = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`
      const start = `POST /queries/v1/query-request?requestId=${randomUUID()}`
      const { text } = await speak(stand, request(start, [authorization, ...headers], body))
      // Where the head can be read, the door refuses the body in its own words.
      assert.match(text, /^HTTP\/1\.1 400 [\s\S]*"code":"invalid_request"|^HTTP\/1\.1 200 [\s\S]*"success":false/)
      assert.ok(!ranTexts(stand).includes(sql))
    })
  }

  test('two tokens, two types: neither of them is taken', async () => {
    const { token } = await agentOf(stand)
    for (const [first, second] of [
      [token, 'nonsense'],
      ['nonsense', token],
      [token, token],
    ]) {
      const both = [`authorization: Bearer ${first}`, `authorization: Bearer ${second}`]
      assert.equal((await speak(stand, request('GET /bigquery/v2/projects', both))).status, 401)
      assert.equal((await speak(stand, request('GET /v1/connections', both))).status, 401)
    }
    const types = ['content-type: application/json', 'content-type: text/plain', `authorization: Bearer ${token}`]
    const body = JSON.stringify({ connection: 'shop', sql: 'select 1 as twofold' })
    const length = `content-length: ${body.length}`
    assert.equal((await speak(stand, request('POST /v1/queries', [...types, length], body))).status, 415)
  })

  test('what a client says about the gateway’s own address is not believed', async () => {
    const { token } = await agentOf(stand)
    const headers = [
      ...[`authorization: Bearer ${token}`, 'x-forwarded-host: elsewhere.example', 'x-forwarded-proto: https'],
      ...['forwarded: host=elsewhere.example', 'x-original-url: /internal', 'x-rewrite-url: /internal'],
    ]
    for (const path of ['/bigquery/v2/projects/lake/jobs', '/openapi.json', '/$discovery/rest', '/nowhere']) {
      const { text } = await speak(stand, request(`GET http://elsewhere.example${path}`, headers))
      assert.doesNotMatch(text, /elsewhere|gateway\.example/, path)
    }
  })
})
