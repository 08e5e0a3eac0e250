import { fastify } from 'fastify'

// The least that can stand between a client and a warehouse: takes the whole request, sends it on, sends the answer back.
const upstream = process.argv[2] ?? ''
const app = fastify({ bodyLimit: 16 * 1024 * 1024 })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.all('/*', async (request, reply) => {
  const { host: _host, 'content-length': _length, connection: _connection, ...headers } = request.headers
  const body = request.body instanceof Buffer && request.body.length > 0 ? new Uint8Array(request.body) : undefined
  const response = await fetch(`${upstream}${request.url}`, {
    method: request.method,
    headers: headers as Record<string, string>,
    ...(body ? { body } : {}),
  })
  reply.code(response.status).type(response.headers.get('content-type') ?? 'application/octet-stream')
  return reply.send(Buffer.from(await response.arrayBuffer()))
})
await app.listen({ host: '127.0.0.1', port: 0 })
const address = app.server.address()
console.log(`listening ${typeof address === 'object' && address ? address.port : 0}`)
