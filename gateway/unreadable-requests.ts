import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Log } from '#src/ports.ts'
import { problemOf } from './doors/problem.ts'

/** What Node's HTTP server could not read, or waited for too long. */
type ClientError = Error & { readonly code?: string }

/**
 * Refuses in our words what Node's HTTP server gives up on before a door has it. A request whose body does not come is refused
 * by its door; of one without a whole head no door is known. Where a request before it still waits for its answer nothing is
 * said at all, since it would be taken for that answer.
 */
export class UnreadableRequests {
  readonly #log: Log
  readonly #replies = new WeakMap<Socket, FastifyReply>()

  constructor(log: Log) {
    this.#log = log
  }

  /** The head of a request is read. Refuses one without a host, which Node would in its own words (RFC 9112, section 3.2). */
  begun({ raw }: FastifyRequest, reply: FastifyReply): void {
    this.#replies.set(raw.socket, reply)
    if (raw.httpVersion === '1.1' && raw.headers.host === undefined)
      throw new GatewayError('invalid_request', { message: 'The request names no host.' })
  }

  refuse(error: ClientError, socket: Socket): void {
    const refusal = refusalOf(error)
    const reply = this.#replies.get(socket)
    const read = reply?.request.raw.complete ?? true
    const answered = reply?.raw.writableEnded ?? true
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else if (read && answered) this.#answer(socket, refusal)
    else if (read || reply?.raw.headersSent) socket.destroy()
    else reply?.header('connection', 'close').send(refusal)
  }

  #answer(socket: Socket, refusal: GatewayError): void {
    const { code, detail } = refusal
    this.#log.warn({ code, detail }, 'request refused')
    const { status } = refusal.table
    const body = JSON.stringify(problemOf(refusal))
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
    socket.destroySoon()
  }
}

function refusalOf({ code, message }: ClientError): GatewayError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new GatewayError('request_too_slow')
    case 'HPE_HEADER_OVERFLOW':
      return new GatewayError('headers_too_large')
    default:
      return new GatewayError('invalid_request', {
        message: 'The request is not well-formed HTTP/1.1.',
        detail: message,
      })
  }
}
