import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Log } from '#src/ports.ts'
import { problemOf } from '../doors/problem.ts'

/** What Node's HTTP server could not read, or waited for too long. */
type ClientError = Error & { readonly code?: string }

/**
 * Refuses in our words what Node's HTTP server gives up on before a door has it. A request whose body does not come is refused
 * by its door; of one without a whole head no door is known. Where a request before it still waits for its answer nothing is
 * said at all, since it would be taken for that answer.
 */
export class UnreadableRequests {
  readonly #log: Log
  /** Of each connection, in the order of its requests: clients may send several before they have an answer. */
  readonly #replies = new WeakMap<Socket, readonly FastifyReply[]>()

  constructor(log: Log) {
    this.#log = log
  }

  /**
   * The head of a request is read. Refuses one without a host, which Node would in its own words (RFC 9112, section 3.2), and one whose
   * body is packed for the way, which Node would take for the body (section 7).
   */
  begun({ raw }: FastifyRequest, reply: FastifyReply): void {
    this.#replies.set(raw.socket, [...this.#underWay(raw.socket), reply])
    if (raw.httpVersion === '1.1' && raw.headers.host === undefined)
      throw new GatewayError('invalid_request', { message: 'The request names no host.' })
    // Any other that does not end in chunked Node refuses itself.
    if (/,\s*chunked$/i.test(raw.headers['transfer-encoding'] ?? ''))
      throw new GatewayError('invalid_request', { message: 'Of transfer codings only chunked is taken.' })
  }

  refuse(error: ClientError, socket: Socket): void {
    const refusal = refusalOf(error)
    const underWay = this.#underWay(socket)
    const last = underWay.at(-1)
    const isUnread = last?.request.raw.complete === false && !last.raw.headersSent
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else if (isUnread) last.header('connection', 'close').send(refusal)
    else if (underWay.length === 0) this.#answer(socket, refusal)
    else socket.destroy()
  }

  #underWay(socket: Socket): readonly FastifyReply[] {
    return this.#replies.get(socket)?.filter(({ request, raw }) => !request.raw.complete || !raw.writableFinished) ?? []
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
