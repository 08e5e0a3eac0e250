import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createWarehouse } from '#gateway/execute/create-warehouses.ts'
import { WireSession } from '#gateway/execute/snowflake-wire/wire-session.ts'
import { WireHttp } from '#gateway/execute/wire-http.ts'
import { createMinter } from '#gateway/mint/create-minter.ts'
import type { SnowflakeConnection } from '#src/config/config.ts'
import { arrowStream } from '#test/fakes/snowflake/arrow.ts'
import { authorizedStatement } from '#test/mint/authorized-statement.ts'
import { keptSeal } from './kept-seal.ts'
import { key, rowsOf } from './snowflake-set-up.ts'

interface Answers {
  /** In place of a good login. */
  readonly login?: object | Buffer
  /** In the answer to the statement, over a good one. */
  readonly query?: object
  readonly code?: string
  /** In the answer to who asks for the result of what is in progress, over a good one; in progress for ever where absent. */
  readonly result?: object
  /** Around it, over a good one. */
  readonly answer?: object
  readonly redirect?: string
}

const good = { success: true, code: null, message: null }
const queryId = '01b1e0e0-0000-4000-8000-000000000001'
const one = { queryId, rowtype: [{ name: 'A', type: 'fixed', scale: 0, nullable: true }], rowset: [['1']] }

/** A server in Snowflake's place that answers whatever it likes, and what it was asked. */
async function inPlaceOfSnowflake(answers: Answers, serve: (listener: RequestListener) => Server = createServer) {
  const asked: string[] = []
  const server = serve((request, response) => {
    asked.push(request.url ?? '')
    request.resume().once('end', () => {
      if (answers.redirect) response.writeHead(307, { location: answers.redirect }).end()
      if (answers.redirect) return
      const login = request.url?.startsWith('/session/v1/login-request')
      const body = login
        ? (answers.login ?? { ...good, data: { token: 'session-token', masterToken: 'master-token' } })
        : answers.result && request.url?.endsWith('/result')
          ? { ...good, data: { ...one, ...answers.result } }
          : { ...good, code: answers.code ?? null, data: { ...one, ...answers.query }, ...answers.answer }
      if (Buffer.isBuffer(body)) response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { asked, server, port: (server.address() as AddressInfo).port }
}

/** Runs one statement there. Resolves to its rows and to what the server was asked. */
async function runAt(answers: Answers, scheme = 'http', serve?: (listener: RequestListener) => Server) {
  const { asked, server, port } = await inPlaceOfSnowflake(answers, serve)
  const connection: SnowflakeConnection = {
    kind: 'snowflake',
    account: 'acme-prod',
    database: 'DEMO',
    url: `${scheme}://127.0.0.1:${port}`,
    reader: 'R',
    credentials: { mint: 'external-oauth', user: 'U', key, issuer: 'i', audience: 'a', lifetimeSeconds: 60 },
  }
  const minter = createMinter(() => ({ analytics: connection }))
  const warehouse = createWarehouse('analytics', connection, { minter, seal: keptSeal })
  try {
    const authorized = authorizedStatement({ approved: true })
    const credential = await minter.mint(authorized)
    const execution = await warehouse.execute(authorized, credential, new AbortController().signal)
    return { rows: await rowsOf(execution), asked }
  } catch (error) {
    throw Object.assign(error as Error, { asked })
  } finally {
    await warehouse.close()
    server.closeAllConnections()
    server.close()
  }
}

test('the server in the place of Snowflake is understood where it behaves', async () => {
  assert.deepEqual((await runAt({})).rows, [[1]])
})

/** A stream with a text where a number was announced. */
const text = { name: 'A', type: 'text', precision: null, scale: null, length: null, byteLength: null }
const ofText = Buffer.from(arrowStream([text], [[['1']]])).toString('base64')

test('an answer that orders a file transfer, or is no JSON result, or does not fit its columns, is no result', async () => {
  for (const query of [
    { stageInfo: { locationType: 'LOCAL_FS', location: '/etc' } },
    { presignedUrls: ['https://storage.example/x'] },
    { command: 'DOWNLOAD', encryptionMaterial: [], localLocation: '/etc' },
    { queryResultFormat: 'arrow' },
    { queryResultFormat: 'arrow', rowsetBase64: 'AAAA' },
    { queryResultFormat: 'arrow', rowsetBase64: ofText },
    { queryResultFormat: 'xml' },
    { rowset: [['1', '2']] },
    { rowset: [['1'], 'row'] },
    { rowset: null },
    { rowtype: null },
    { rowtype: [one.rowtype[0], null], rowset: [] },
    { chunks: [null, { url: 'https://storage.example/x', rowCount: 1 }] },
    { returned: 2 },
    { queryId: 7 },
  ])
    await assert.rejects(runAt({ query }), { code: 'result_shape' }, JSON.stringify(query))
})

test('what a server calls a statement never becomes a path of ours', async () => {
  for (const id of ['../../session', `${queryId}/../../x?`, '//other.example/x', "' or 1=1 --", 42]) {
    await assert.rejects(runAt({ query: { queryId: id } }), { code: 'result_shape' })
    await assert.rejects(
      runAt({ query: { queryId: id }, code: '333333' }),
      (error: Error & { code: string; asked: string[] }) => {
        assert.equal(error.code, 'outcome_unknown')
        assert.deepEqual(
          error.asked.filter(path => !/^\/(session|queries\/v1)\b/.test(path)),
          [],
        )
        return true
      },
    )
  }
})

test('the result of another statement is none of this one', async () => {
  const code = '333333'
  assert.deepEqual((await runAt({ code, result: {} })).rows, [[1]])
  for (const other of [queryId.replace(/.$/, '2'), undefined])
    await assert.rejects(runAt({ code, result: { queryId: other } }), { code: 'outcome_unknown' })
})

test('a login that leads elsewhere, hands out what would break a header, or swells without end, is none', async () => {
  const other = await inPlaceOfSnowflake({})
  const bomb = gzipSync(Buffer.alloc(160 * 1024 * 1024))
  for (const answers of [
    { redirect: `http://127.0.0.1:${other.port}/session/v1/login-request` },
    { login: { ...good, data: { token: 'a"b\r\nX-Other: 1', masterToken: 'master-token' } } },
    { login: { ...good, data: {} } },
    { login: bomb },
    { login: { success: 'yes' } },
    { login: gzipSync('<html>') },
  ])
    await assert.rejects(runAt(answers), { code: 'warehouse_unavailable' })
  assert.deepEqual(other.asked, [])
  other.server.close()
})

test('a refusal without a number is none: the statement may run', async () => {
  for (const code of [null, '', 7])
    await assert.rejects(runAt({ answer: { success: false, code } }), { code: 'outcome_unknown' })
  await assert.rejects(runAt({ answer: { success: false, code: '1003' } }), { code: 'warehouse_error' })
})

test('a part of a result is not fetched where its URL is neither TLS nor like the account', async () => {
  const query = { chunks: [{ url: 'file:///etc/passwd', rowCount: 1 }] }
  await assert.rejects(runAt({ query }), { code: 'result_shape' })
})

test('an answer that stalls, before it begins or in its middle, is none', async () => {
  for (const begun of [false, true]) {
    const server = createServer((_request, response) => {
      if (begun) response.writeHead(200, { 'content-length': 100 }).write('{"success":')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const http = new WireHttp(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const asked = http.send({ method: 'GET', path: '/', headers: {}, milliseconds: 100 })
    await assert.rejects(asked, { name: 'Unanswered', mayHaveArrived: true })
    http.close()
    server.closeAllConnections()
    server.close()
  }
})

test('an answer that would go on in another protocol is none', async () => {
  const server = createTcpServer(socket => {
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const http = new WireHttp(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const asked = http.send({ method: 'POST', path: '/', headers: {}, milliseconds: 10_000 })
  await assert.rejects(asked, { name: 'Unanswered', mayHaveArrived: true })
  http.close()
  server.close()
})

test('a statement that a server never ends is given up with its session', async () => {
  const { asked, server, port } = await inPlaceOfSnowflake({ code: '333333' })
  const session = new WireSession(new WireHttp(`http://127.0.0.1:${port}`), { token: 't', masterToken: 'm' })
  const { answer } = session.submit({ sqlText: 'select 1' })
  const unanswered = assert.rejects(answer, { name: 'Unanswered', mayHaveArrived: true })
  while (asked.length < 5) await new Promise(setImmediate)
  await session.close()
  await unanswered
  server.closeAllConnections()
  server.close()
})

test('a certificate that nobody vouches for is refused before anything is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-tls-'))
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', keyFile, '-out', certFile]
  execFileSync('openssl', ['req', '-x509', ...made, ...subject], { stdio: 'ignore' })
  const tls = { key: readFileSync(keyFile), cert: readFileSync(certFile) }
  rmSync(folder, { recursive: true })
  await assert.rejects(
    runAt({}, 'https', listener => createTlsServer(tls, listener)),
    (error: Error & { code: string; detail: string; asked: string[] }) => {
      assert.equal(error.code, 'warehouse_unavailable')
      assert.match(error.detail, /SELF_SIGNED/)
      assert.deepEqual(error.asked, [])
      return true
    },
  )
})
