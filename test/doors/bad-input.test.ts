import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { type Agent, type Asking, agentOf, firstGateway } from './agent.ts'
import { residentMegabytes } from './resident-megabytes.ts'
import { ranTexts } from './reviewers.ts'
import { raw } from './snowflake/raw.ts'

const sql = 'select count(*) as never_runs from orders'
const good = { connection: 'shop', sql }

interface Bad {
  readonly what: string
  readonly path?: string
  readonly asking: Asking
  readonly status: number
  readonly code: string
  readonly says: RegExp
}

const submissions: readonly Bad[] = [
  bad('an unknown field', { ...good, dry_run: true }, 400, 'invalid_request', /additional properties: "dry_run"/),
  bad('a number for a text', { ...good, sql: 5 }, 400, 'invalid_request', /sql must be string/),
  bad('a text for a number', { ...good, max_rows: '10' }, 400, 'invalid_request', /max_rows must be integer/),
  bad('an object for a bind', { ...good, binds: [{ a: 1 }] }, 400, 'invalid_request', /binds\/0/),
  bad('100,000 binds', { ...good, binds: Array(100_000).fill(1) }, 400, 'invalid_request', /more than 10000 items/),
  bad('no connection', { sql }, 400, 'invalid_request', /required property 'connection'/),
  bad('no statement', { connection: 'shop' }, 400, 'invalid_request', /required property 'sql'/),
  bad('an empty statement', { ...good, sql: '' }, 400, 'invalid_request', /sql must NOT have fewer than 1/),
  bad('a blank statement', { ...good, sql: ' \n\t ' }, 400, 'invalid_request', /The statement is empty/),
  bad(
    'a statement of 5 MB',
    { ...good, sql: `select '${'x'.repeat(5e6)}'` },
    413,
    'statement_too_large',
    /longer than/,
  ),
  bad(
    'a statement of 1.5 MB',
    { ...good, sql: `select '${'x'.repeat(1.5e6)}'` },
    413,
    'statement_too_large',
    /1500009 b/,
  ),
  bad('an unknown connection', { connection: 'shup', sql }, 404, 'unknown_connection', /no connection "shup"/),
  bad('a purpose of 501 characters', { ...good, purpose: 'p'.repeat(501) }, 400, 'invalid_request', /purpose must NOT/),
  bad('a list', [good], 400, 'invalid_request', /body must be object/),
  bad('nothing', '', 400, 'invalid_request', /documented form/),
  bad('no JSON', '{"connection":"shop","sql":', 400, 'invalid_request', /documented form/),
  bad('a lone surrogate', `{"connection":"shop","sql":"${sql} \\ud800"}`, 400, 'invalid_utf8', /not valid UTF-8/),
  bad('a lone surrogate in a name', `{"connection":"shop","sql":"${sql}","\\udc00":1}`, 400, 'invalid_utf8', /UTF-8/),
  bad('invalid UTF-8', invalidUtf8(), 400, 'invalid_utf8', /not valid UTF-8/),
  bad('__proto__', `{"connection":"shop","sql":"${sql}","__proto__":{"x":1}}`, 400, 'invalid_request', /form/),
  bad('constructor.prototype', `{"sql":"${sql}","constructor":{"prototype":{}}}`, 400, 'invalid_request', /form/),
  bad('a member twice', `{"connection":"shop","sql":"select 1","sql":"${sql}"}`, 400, 'invalid_request', /twice/),
  bad(
    'a member twice, once in escapes',
    `{"connection":"shop","s\\u0071l":"drop table orders","sql":"${sql}"}`,
    ...([400, 'invalid_request', /twice/] as const),
  ),
  ...['9007199254740993', '-9007199254740993', '0.12345678901234567891', '1e999'].map(number =>
    bad(`the bind ${number}`, bindsOf(number), 400, 'invalid_request', /loses digits/),
  ),
  // Work that grows with the square of its length would take minutes.
  bad('a number of a million digits', bindsOf(`1${'0'.repeat(1e6)}1`), 400, 'invalid_request', /loses digits/),
  bad('100,000 nested lists', `{"sql":${'['.repeat(1e5)}${']'.repeat(1e5)}}`, 400, 'invalid_request', /deeper than 32/),
  {
    ...{ what: 'XML', asking: { body: `<sql>${sql}</sql>`, headers: { 'content-type': 'application/xml' } } },
    ...{ status: 415, code: 'unsupported_media_type', says: /Content-Type: application\/json/ },
  },
  {
    ...{
      what: 'a form',
      asking: { body: 'sql=select', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    },
    ...{ status: 415, code: 'unsupported_media_type', says: /Content-Type: application\/json/ },
  },
  {
    ...{ what: 'an idempotency key of 3 characters', asking: { body: good, headers: { 'idempotency-key': 'abc' } } },
    ...{ status: 400, code: 'invalid_request', says: /idempotency-key/ },
  },
  ...['56', '-1', '1e9', 'abc', '100'].map(wait => ({
    ...{ what: `wait=${wait}`, path: `/v1/queries?wait=${wait}`, asking: { body: good } },
    ...{ status: 400, code: 'invalid_request', says: /querystring\/wait/ },
  })),
  {
    ...{ what: 'wait twice', path: '/v1/queries?wait=1&wait=2', asking: { body: good } },
    ...{ status: 400, code: 'invalid_request', says: /querystring\/wait must be string/ },
  },
  {
    ...{ what: 'an unknown query parameter', path: '/v1/queries?dry_run=1', asking: { body: good } },
    ...{ status: 400, code: 'invalid_request', says: /"dry_run"/ },
  },
  {
    ...{ what: 'an unknown path', path: '/v1/statements', asking: { body: good } },
    ...{ status: 404, code: 'no_such_path', says: /nothing at this path/ },
  },
  {
    ...{ what: 'an unknown method', asking: { body: good, method: 'PUT' } },
    ...{ status: 405, code: 'method_not_allowed', says: /does not take this method/ },
  },
  ...['x', 'AAAA-AAAA-AAAU', '..%2f..%2fetc', '7F3K-9Q2M-X4TB'].map(id => ({
    ...{ what: `session id ${id}`, path: `/v1/queries/${id}`, asking: {} },
    ...{ status: 404, code: 'unknown_session', says: /no session of that id for this principal/ },
  })),
  ...['offset=-1', 'offset=1e3', 'max_rows=0', 'max_rows=10001'].map(query => ({
    ...{ what: query, path: `/v1/queries/7F3K-9Q2M-X4TB?${query}`, asking: {} },
    ...{ status: 400, code: 'invalid_request', says: /must match pattern/ },
  })),
]

function bad(what: string, body: NonNullable<Asking['body']>, status: number, code: string, says: RegExp): Bad {
  return { what, asking: { body }, status, code, says }
}

function bindsOf(numbers: string): string {
  return `{"connection":"shop","sql":"${sql}","binds":[${numbers}]}`
}

function invalidUtf8(): Uint8Array<ArrayBuffer> {
  const body = Buffer.from(`{"connection":"shop","sql":"${sql} ?"}`)
  body[body.indexOf('?')] = 0xff
  return new Uint8Array(body)
}

describe('bad input', { timeout: 300_000 }, () => {
  let stand: Stand
  let agent: Agent
  before(async () => {
    stand = await startStand({ sizes: { customers: 100, orders: 1_000 }, bots: 0 })
    agent = await agentOf(stand)
  })
  after(() => stand.stop())

  for (const { what, path = '/v1/queries', asking, status, code, says } of submissions) {
    test(`${what}: ${code}, and nothing runs`, async () => {
      const answer = await agent.ask(path, asking)
      assert.equal(answer.status, status, answer.text)
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
      assert.equal(answer.body.code, code)
      assert.equal(answer.body.type, `urn:querywarden:${code}`)
      assert.equal(answer.body.http_status, status)
      assert.match(String(answer.body.message), says)
      assert.equal(ranTexts(stand).length, 0)
    })
  }

  test('numbers are taken that keep all their digits, however they are written', async () => {
    const numbers =
      '9007199254740992, 1152921504606847000, 0.30000000000000004, 1e+22, 12.50E-3, 0.00000000000000000, -0'
    const { status, text } = await agent.ask('/v1/explain', { body: bindsOf(numbers) })
    assert.equal(status, 200, text)
  })

  test('a session of another agent is answered like one that does not exist', async () => {
    const other = await agentOf(stand, 'etl-job')
    const { body } = await agent.submit({ connection: 'shop', sql: 'delete from orders where id = 1' })
    assert.equal(body.status, 'pending_approval')
    for (const answer of [await other.look(body.request_id), await other.withdraw(body.request_id)]) {
      const { status, text } = answer
      const missing = await other.look('7F3K-9Q2M-X4TB')
      assert.deepEqual([status, text], [missing.status, missing.text])
    }
    assert.equal((await agent.look(body.request_id, 'wait=0')).body.status, 'pending_approval')
    await agent.withdraw(body.request_id)
  })

  test('an idempotency key of another statement is refused', async () => {
    const key = { 'idempotency-key': 'used-for-one-only' }
    const first = await agent.submit({ connection: 'shop', sql: 'delete from orders where id = 2' }, 0, key)
    const second = await agent.submit({ connection: 'shop', sql: 'delete from orders where id = 3' }, 0, key)
    assert.deepEqual([second.status, second.body.code], [422, 'idempotency_mismatch'])
    await agent.withdraw(first.body.request_id)
  })

  for (const connection of ['shop', 'lake']) {
    test(`${connection}: 10,000 nested parentheses are not understood, and never allowed`, async () => {
      const deep = `select ${'('.repeat(10_000)}1${')'.repeat(10_000)}`
      const { status, body } = await agent.submit({ connection, sql: deep })
      assert.equal(status, 202, JSON.stringify(body))
      assert.ok((body.reasons as { code: string }[]).some(({ code }) => code === 'not_understood'))
      await agent.withdraw(body.request_id)
    })
  }

  test('tokens come before bodies: a stranger learns nothing about a body', async () => {
    const headers = { authorization: 'Bearer nonsense' }
    for (const { path = '/v1/queries', asking } of submissions.slice(0, 20)) {
      const answer = await agent.ask(path, { ...asking, headers })
      assert.deepEqual([answer.status, answer.body.code], [401, 'token_malformed'])
    }
  })

  test('a stranger’s login with a number of 262,000 digits costs no more than its bytes', async () => {
    const bytes = `{"data":{"x":1${'0'.repeat(262_000)}1}}`
    const { success, message } = await raw(stand, '/session/v1/login-request', { bytes, gzip: true })
    assert.equal(success, false)
    assert.match(String(message), /loses digits/)
  })

  test('other places for a token are not looked at', async () => {
    for (const authorization of ['', 'Basic dXNlcjpwYXNz', `Bearer ${agent.token} x`, agent.token]) {
      const answer = await agent.ask(`/v1/connections?access_token=${agent.token}`, { headers: { authorization } })
      assert.deepEqual([answer.status, answer.body.code], [401, 'unauthenticated'])
    }
  })

  test('memory stays bounded over a thousand large refusals', async () => {
    const { child } = firstGateway(stand)
    const large = submissions.filter(({ what }) => /5 MB|100,000/.test(what))
    const many = async (times: number) => {
      for (let at = 0; at < times; at++) {
        await Promise.all(large.map(({ path = '/v1/queries', asking }) => agent.ask(path, asking)))
      }
    }
    await many(60)
    const warm = residentMegabytes(child.pid)
    await many(270)
    const grown = residentMegabytes(child.pid) - warm
    assert.ok(grown < 150, `grew by ${grown} MB over ${270 * large.length} refusals`)
  })

  test('after all of it the same process answers', async () => {
    const { child } = firstGateway(stand)
    assert.equal(child.exitCode, null)
    const { status, body } = await agent.submit(good)
    assert.deepEqual([status, body.rows], [200, [[1_000]]])
  })
})
