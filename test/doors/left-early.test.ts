import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import Fastify, { type FastifyReply } from 'fastify'
import { countRequest, whenClientLeaves } from '#gateway/doors/request.ts'
import { sampleStatement } from '#test/contracts/sample-hold.ts'

const { principal } = sampleStatement('agent-1')

test('a client that leaves while it is authenticated takes no place for ever, and is known to have left', async () => {
  const app = Fastify()
  const left: AbortSignal[] = []
  const counted = Promise.withResolvers<FastifyReply>()
  const begun = Promise.withResolvers<void>()
  app.addHook('onRequest', async (_request, reply) => {
    begun.resolve()
    // Whoever knows its token is asked meanwhile.
    if (left.length === 0) await once(reply.raw, 'close')
    countRequest(principal, reply, 'requests of this test', 1)
    left.push(whenClientLeaves(reply))
    counted.resolve(reply)
  })
  app.get('/', async () => 'here')
  const address = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  try {
    const client = connect(Number(address.port), address.hostname)
    client.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n')
    await begun.promise
    client.destroy()
    await counted.promise
    const next = await fetch(address)
    assert.equal(next.status, 200, await next.text())
    assert.deepEqual(
      left.map(({ aborted }) => aborted),
      [true, false],
    )
  } finally {
    await app.close()
  }
})
