import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { type AnswerOf, type BodyOf, internalPath, type Operation } from '#src/oncall/internal-api.ts'

export type Answers = { readonly [O in Operation]?: (body: BodyOf<O>) => AnswerOf<O> | Promise<AnswerOf<O>> }

interface FakeGateway {
  readonly url: string
  /** As a bot's configuration names it. */
  readonly address: { readonly url: string; readonly audience: string }
  stop(): Promise<void>
}

/** A gateway that answers a bot whatever it is told to, and everything else with 503. It looks at no token. */
export async function startFakeGateway(answers: Answers): Promise<FakeGateway> {
  const server = createServer(async (request, response) => {
    const [operation, answer] =
      Object.entries(answers).find(([name]) => internalPath(name as Operation) === request.url) ?? []
    try {
      if (!operation || !answer) throw new Error('no such answer')
      const value = await (answer as (body: unknown) => unknown)(await json(request))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    } catch {
      response.writeHead(503, { 'content-type': 'application/json' }).end('{"code":"draining"}')
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    address: { url, audience: url },
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
