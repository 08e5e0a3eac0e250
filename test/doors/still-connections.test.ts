import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Journey } from '#gateway/journey/journey.ts'
import type { Outcome } from '#src/outcome.ts'
import { until } from '#test/chaos/until.ts'
import { silentServer } from './silent-server.ts'

const stillMilliseconds = 200
const headers = { authorization: 'Bearer somebody' }

async function listening(t: TestContext, some: Partial<Journey>) {
  const app = await silentServer(some)
  t.after(() => app.close())
  app.server.setTimeout(stillMilliseconds)
  return { app, url: new URL(await app.listen({ host: '127.0.0.1', port: 0 })) }
}

test('a connection on which nothing comes while its answer is made is kept', async t => {
  const decided = { decision: { rule: 'r', reasons: [] }, classification: { summary: '' } }
  const denied = { id: '7F3K-9Q2M-X4TB', status: 'denied', code: 'denied', message: 'no', ...decided }
  const outcome = () => delay(5 * stillMilliseconds, denied as unknown as Outcome)
  const { url } = await listening(t, { outcome })
  const { status } = await fetch(new URL('/v1/queries/7F3K-9Q2M-X4TB', url), { headers })
  assert.equal(status, 403)
})

test('an answer of which nobody takes a byte is given up', async t => {
  const many = Array.from({ length: 500_000 }, () => ({ name: 'connection', dialect: 'snowflake' as const }))
  const { app, url } = await listening(t, { connections: () => many })
  const socket = connect(Number(url.port), url.hostname).pause()
  await once(socket, 'connect')
  socket.write(`GET /v1/connections HTTP/1.1\r\nhost: x\r\nauthorization: ${headers.authorization}\r\n\r\n`)
  const open = promisify(app.server.getConnections.bind(app.server))
  await until(async () => (await open()) === 0, 'end of the connection', 10_000)
  socket.destroy()
})
