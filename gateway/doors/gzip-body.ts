import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { GatewayError } from '#src/errors.ts'

/**
 * Bodies that arrive as gzip are read unpacked; the server's own limit counts what they unpack to, and cuts off there. Any other
 * encoding is refused: what cannot be read here was not judged.
 */
export function unpackGzip(door: FastifyInstance): void {
  door.addHook('preParsing', async (request, _reply, body) => {
    const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity'
    if (encoding === 'identity') return body
    if (encoding !== 'gzip')
      throw new GatewayError('unsupported_media_type', { message: 'Bodies are plain or gzip, nothing else.' })
    return unpacked(body as Readable)
  })
}

function unpacked(body: Readable): Readable {
  const plain = Object.assign(createGunzip(), { receivedEncodedLength: 0 })
  body.on('data', (chunk: Buffer) => {
    plain.receivedEncodedLength += chunk.length
  })
  body.on('error', error => plain.destroy(error))
  return body.pipe(plain)
}
