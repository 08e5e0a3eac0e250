import { createMcpHandler, fromJsonSchema, McpServer, type ServerContext } from '@modelcontextprotocol/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import type { Authenticated } from '#src/pipeline.ts'
import type { Log } from '#src/ports.ts'
import { parseSessionId, type SessionId } from '#src/statement.ts'
import type { Journey } from '../journey/journey.ts'
import { version } from '../version.ts'
import { answer, connectionsAnswer, explainAnswer, type RowWindow } from './answer.ts'
import { anyRefusal, bodyRefusal, refusals } from './answer-schema.ts'
import { defaults, tools } from './mcp-tools.ts'
import { principalOf, requirePrincipal, whenClientLeaves } from './request.ts'
import { turnToAnswer } from './turn-to-answer.ts'

const progressMilliseconds = 5_000
/** What the rows of one answer may measure, which has them twice, as text and as structure. */
const maxLength = 4 * 1024 * 1024

const documented = {
  summary: 'Model Context Protocol, Streamable HTTP, stateless',
  body: Type.Object({}, { description: 'One JSON-RPC message.' }),
  response: {
    200: { description: 'A JSON-RPC message, or a stream of them (`text/event-stream`).' },
    202: { description: 'A notification was taken.' },
    ...bodyRefusal,
    ...anyRefusal,
    400: { description: 'Not a JSON-RPC message of a known protocol version.' },
    403: refusals('Sent by a page of another site: `Origin`, where there is one, has to be that of `gateway.url`.'),
  },
}

interface McpDoorOptions {
  readonly journey: Journey
  /** Of the gateway, as agents reach it. */
  readonly url: string
  readonly log: Log
}

/** `/mcp`: Streamable HTTP, stateless, both protocol eras. Nothing that an agent can call here approves anything. */
export async function mcpDoor(app: FastifyInstance, { journey, url, log }: McpDoorOptions): Promise<void> {
  refuseOtherSites(app, new URL(url).origin)
  requirePrincipal(app, journey)
  app.post('/mcp', { schema: documented }, async (request, reply) => {
    // The tools never change, so there is nothing to subscribe to; an open stream would only keep a drain from ending.
    const handler = createMcpHandler(() => toolsFor({ journey, log }, principalOf(request), reply), {
      maxSubscriptions: 0,
    })
    return reply.send(await handler.fetch(webRequest(request, reply), { parsedBody: request.body }))
  })
}

/** Browsers say which site's page a request is from; one of another site may have had its name pointed here (DNS rebinding). */
function refuseOtherSites(door: FastifyInstance, own: string): void {
  door.addHook('onRequest', async ({ headers: { origin = own } }) => {
    if (origin !== own)
      throw new GatewayError('not_permitted', { message: 'This door takes nothing from pages of other sites.' })
  })
}

/** The request as the MCP library wants it; the body travels beside it, parsed and checked already. */
function webRequest(request: FastifyRequest, reply: FastifyReply): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string' && name !== 'authorization') headers.set(name, value)
  }
  return new Request('http://gateway.invalid/mcp', {
    method: 'POST',
    headers,
    body: '{}',
    signal: whenClientLeaves(reply),
  })
}

function toolsFor(
  { journey, log }: Pick<McpDoorOptions, 'journey' | 'log'>,
  principal: Authenticated,
  reply: FastifyReply,
): McpServer {
  const answered = async (outcome: Outcome, window: RowWindow) => {
    if (outcome.status === 'completed') await turnToAnswer(outcome, reply)
    return answer(outcome, { ...window, length: maxLength })
  }
  const server = new McpServer({ name: 'querywarden', version })
  const tool = toolRegistrar(server, log)
  const { waitSeconds, rows } = defaults
  tool(
    'execute_sql',
    async ({ sql, connection, purpose, wait_seconds = waitSeconds, max_rows = rows, idempotency_key }, context) => {
      const submission = {
        ...{ sql, purpose, connection: connection ?? onlyConnection(journey), door: 'mcp' as const },
        ...(idempotency_key ? { idempotencyKey: idempotency_key } : {}),
      }
      const outcome = await withProgress(context, wait_seconds, milliseconds =>
        journey.submit(principal, submission, milliseconds, context.mcpReq.signal),
      )
      return answered(outcome, { offset: 0, rows: max_rows })
    },
  )
  tool('get_query_status', async ({ request_id, wait_seconds = waitSeconds, max_rows = rows }, context) => {
    const outcome = await withProgress(context, wait_seconds, milliseconds =>
      journey.outcome(principal, idOf(request_id), milliseconds, context.mcpReq.signal),
    )
    return answered(outcome, { offset: 0, rows: max_rows })
  })
  tool('get_query_results', async ({ request_id, offset, max_rows = rows }, context) => {
    const outcome = await journey.outcome(principal, idOf(request_id), 0, context.mcpReq.signal)
    return answered(outcome, { offset, rows: max_rows })
  })
  tool('cancel_query', async ({ request_id }) =>
    answer(await journey.cancel(principal, idOf(request_id)), { offset: 0, rows: 0 }),
  )
  tool('explain_sql', async ({ connection = onlyConnection(journey), ...asked }) =>
    explainAnswer(await journey.explain(principal, { ...asked, connection, door: 'mcp' })),
  )
  tool('list_connections', async () => ({ connections: connectionsAnswer(journey.connections()) }))
  return server
}

type Input<Name extends keyof typeof tools> = Static<(typeof tools)[Name]['input']>
type Work<Asked> = (asked: Asked, context: ServerContext) => Promise<Record<string, unknown>>

/** Every tool answers with the same JSON as text and as structured content; a refusal by policy is an answer, not an error. */
function toolRegistrar(server: McpServer, log: Log) {
  return <Name extends keyof typeof tools>(name: Name, work: Work<Input<Name>>): void => {
    const { description, input, output, hints } = tools[name]
    const config = {
      description,
      inputSchema: fromJsonSchema<Input<Name>>(input as never),
      outputSchema: fromJsonSchema<Record<string, unknown>>(output as never),
      annotations: hints,
    }
    server.registerTool(name, config, async (asked, context) => {
      try {
        const body = await work(asked as Input<Name>, context)
        return { content: [{ type: 'text', text: JSON.stringify(body) }], structuredContent: body }
      } catch (error) {
        const { code, message, next, detail } = asGatewayError(error)
        log.warn({ code, detail, route: `/mcp ${name}` }, 'request refused')
        const body = { status: 'error', code, message, ...(next ? { what_would_pass: next } : {}) }
        return { content: [{ type: 'text', text: JSON.stringify(body) }], structuredContent: body, isError: true }
      }
    })
  }
}

/** Progress while people think or it runs, for clients that asked for it; it also keeps their idle limits from ending the call. */
async function withProgress(
  context: ServerContext,
  seconds: number,
  work: (milliseconds: number) => Promise<Outcome>,
): Promise<Outcome> {
  const progressToken = context.mcpReq._meta?.progressToken
  const milliseconds = seconds * 1000
  if (progressToken === undefined) return work(milliseconds)
  let progress = 0
  const timer = setInterval(() => {
    progress += progressMilliseconds
    const params = { progressToken, progress, message: 'it runs, or waits for people to decide' }
    context.mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined)
  }, progressMilliseconds)
  try {
    return await work(milliseconds)
  } finally {
    clearInterval(timer)
  }
}

function onlyConnection(journey: Journey): string {
  const [only, ...others] = journey.connections()
  if (only && others.length === 0) return only.name
  throw new GatewayError('invalid_request', {
    message: 'There are several connections; name one.',
    next: `Set connection to one of: ${journey
      .connections()
      .map(({ name }) => name)
      .join(', ')}.`,
  })
}

function idOf(text: string): SessionId {
  const id = parseSessionId(text)
  if (!id) throw new GatewayError('unknown_session')
  return id
}
