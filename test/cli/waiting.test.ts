import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { CommandError } from '#gateway/cli/terminal.ts'
import { waitForEnd } from '#gateway/cli/wait-for-end.ts'
import { querywarden } from './command-line.ts'

const id = '7F3K-9Q2M-X4TB'
type Answers = readonly ((response: ServerResponse) => void)[]

const json = (status: number, body: object) => (response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const running = json(202, { status: 'running', request_id: id })
const away = json(503, { code: 'draining', message: 'This gateway is shutting down.' })
const broken = (response: ServerResponse) => void response.destroy()
const rows = { columns: [{ name: 'N' }], rows: [[7]], row_count: 1, milliseconds: 1, rule: 'r' }
const succeeded = json(200, { status: 'succeeded', request_id: id, ...rows })

/** The command line at something that answers so, one after the other; with what it was asked. */
async function queryAt(t: TestContext, answers: Answers, ...more: string[]) {
  const asked: string[] = []
  const server = createServer(({ method, url }, response) => {
    answers[asked.push(`${method} ${url}`) - 1]?.(response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = { QUERYWARDEN_URL: url, QUERYWARDEN_TOKEN: 'token' }
  return { asked, ...(await querywarden(['query', 'select 7 as n', '--connection', 'shop', ...more], { env })) }
}

test('what runs already at its first answer is waited for', async t => {
  const { status, out, err, asked } = await queryAt(t, [running, running, succeeded])
  assert.equal(status, 0, err)
  assert.match(out, /\n +7\n/)
  assert.deepEqual(asked, ['POST /v1/queries', `GET /v1/queries/${id}?wait=20`, `GET /v1/queries/${id}?wait=20`])
  assert.match(err, new RegExp(`running … 00:00 +session ${id}`))
})

test('a gateway that is started again ends no wait', async t => {
  const { status, out, err } = await queryAt(t, [running, away, broken, away, succeeded])
  assert.equal(status, 0, err)
  assert.match(out, /\n +7\n/)
  assert.match(err, /This gateway is shutting down\. \(draining\); asking again/)
  assert.match(err, /cannot be reached: .*; asking again/)
})

test('a refusal ends it, and names the session', async t => {
  const refused = json(401, { code: 'token_expired', message: 'The token has expired. Fetch a new one.' })
  const { status, out, err } = await queryAt(t, [running, refused], '--json')
  assert.deepEqual([status, out], [3, ''])
  assert.match(
    err,
    new RegExp(`has expired[^]*session ${id} goes on without this command; query --cancel ${id} ends it`),
  )
})

test('a gateway that stays away ends it after a while, and the session is named', async () => {
  const wait = () => Promise.reject(new CommandError('The gateway cannot be reached', 4))
  await assert.rejects(waitForEnd({ wait }, { status: 'pending_approval', request_id: id }, 0), {
    status: 4,
    message: `The gateway cannot be reached\n  session ${id} goes on without this command; query --cancel ${id} ends it`,
  })
})
