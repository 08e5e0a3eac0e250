import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type App, HTTPReceiver, type Logger, type Receiver, SocketModeReceiver } from '@slack/bolt'
import type { Clock } from '#src/clock.ts'
import type { Secret } from '#src/config/secret.ts'

/** Two sockets: after each `disconnect` of Slack's, which comes regularly, the client waits seconds, and what is sent to it
 * meanwhile is lost. Slack picks any open socket for a delivery. */
const sockets = 2
const skewSeconds = 300

interface SocketOptions {
  readonly appToken: Secret
  readonly logger: Logger
  /** Web API base; Slack's own where absent. */
  readonly apiUrl?: string
}

/** Deliveries over Socket Mode. `start` resolves when both sockets are open; it waits for Slack as long as that takes. */
export function socketReceiver({ appToken, logger, apiUrl }: SocketOptions): Receiver {
  const receivers = Array.from({ length: sockets }, () => {
    // Retries without an end: a call that is given up rejects where nobody listens, and ends the process.
    const retryConfig = { forever: true, factor: 1.3, minTimeout: 1_000, maxTimeout: 15_000, unref: true }
    const clientOptions = { retryConfig, ...(apiUrl ? { slackApiUrl: apiUrl } : {}) }
    return new SocketModeReceiver({ appToken: appToken.reveal(), logger, installerOptions: { clientOptions } })
  })
  return {
    init: app => {
      for (const receiver of receivers) receiver.init(app)
    },
    start: () => Promise.all(receivers.map(receiver => receiver.start())),
    stop: () => Promise.all(receivers.map(receiver => receiver.stop())),
  }
}

interface HttpOptions {
  readonly signingSecret: Secret
  readonly host: string
  readonly port: number
  readonly logger: Logger
  readonly clock: Clock
}

/** Signed deliveries over HTTP, at `/slack/events`. */
export class HttpReceiver implements Receiver {
  readonly #options: HttpOptions
  readonly #bolt: HTTPReceiver
  #server: Server | undefined

  constructor(options: HttpOptions) {
    this.#options = options
    const { signingSecret, logger } = options
    this.#bolt = new HTTPReceiver({ signingSecret: signingSecret.reveal(), logger, bodyLimit: 1_000_000 })
  }

  init(app: App): void {
    this.#bolt.init(app)
  }

  async start(): Promise<{ port: number }> {
    const server = createServer({ requestTimeout: 10_000 }, (request, response) => this.#receive(request, response))
    this.#server = server
    const { host, port } = this.#options
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    const address = server.address()
    return { port: typeof address === 'object' && address ? address.port : port }
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (!server) return
    await new Promise(resolve => {
      server.close(resolve)
      server.closeIdleConnections()
    })
  }

  /** Bolt looks at the signature but takes requests from the future, which could be kept and sent later. */
  #receive(request: IncomingMessage, response: ServerResponse): void {
    const sent = Number(request.headers['x-slack-request-timestamp'])
    const now = Math.floor(this.#options.clock.now() / 1000)
    if (!Number.isInteger(sent) || Math.abs(now - sent) > skewSeconds) return void response.writeHead(401).end()
    try {
      this.#bolt.requestListener(request, response)
    } catch {
      response.writeHead(404).end()
    }
  }
}
