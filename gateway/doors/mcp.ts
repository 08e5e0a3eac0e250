import { createMcpHandler, fromJsonSchema, McpServer, type ServerContext } from '@modelcontextprotocol/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, type TObject, Type } from 'typebox'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { parseSessionId, type SessionId } from '#src/statement.ts'
import type { Journey } from '../journey.ts'
import { answer } from './answer.ts'
import { authenticateRequest, whenClientLeaves } from './request.ts'

/** Fits into the 60 s that common clients allow a call. */
const maxWaitSeconds = 50
const progressMilliseconds = 5_000

const waitSeconds = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: maxWaitSeconds,
    description: 'How long to wait for people in this call; default 25.',
  }),
)
const maxRows = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 1_000, description: 'Rows in this answer; default 100.' }),
)
const requestId = Type.String({ maxLength: 20, description: 'The request_id that execute_sql answered with.' })

const ExecuteSql = Type.Object(
  {
    sql: Type.String({ minLength: 1, description: 'One SQL statement in the dialect of the connection.' }),
    connection: Type.Optional(
      Type.String({ description: 'Name as in list_connections; may be left out where there is one.' }),
    ),
    purpose: Type.String({
      minLength: 1,
      maxLength: 500,
      description: 'Why you need it, in one sentence; people will read it.',
    }),
    wait_seconds: waitSeconds,
    max_rows: maxRows,
    idempotency_key: Type.Optional(Type.String({ minLength: 8, maxLength: 128 })),
  },
  { additionalProperties: false },
)
const QueryStatus = Type.Object(
  { request_id: requestId, wait_seconds: waitSeconds, max_rows: maxRows },
  { additionalProperties: false },
)
const QueryResults = Type.Object(
  { request_id: requestId, offset: Type.Integer({ minimum: 0 }), max_rows: maxRows },
  { additionalProperties: false },
)
const CancelQuery = Type.Object({ request_id: requestId }, { additionalProperties: false })
const Nothing = Type.Object({}, { additionalProperties: false })

/** `/mcp`: Streamable HTTP, stateless, both protocol eras. Nothing that an agent can call here approves anything. */
export function mcpDoor(app: FastifyInstance, journey: Journey): void {
  app.post('/mcp', { schema: { hide: true } }, async (request, reply) => {
    const principal = await authenticateRequest(journey, request)
    const handler = createMcpHandler(() => toolsFor(journey, principal))
    return reply.send(await handler.fetch(webRequest(request, reply), { parsedBody: request.body }))
  })
  app.get('/.well-known/oauth-protected-resource/mcp', { schema: { hide: true } }, async () =>
    journey.protectedResource('/mcp'),
  )
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

function toolsFor(journey: Journey, principal: Authenticated): McpServer {
  const server = new McpServer({ name: 'querywarden', version: '0.1.0' })
  const tool = toolRegistrar(server)
  tool(
    'execute_sql',
    ExecuteSql,
    'Runs one SQL statement, or holds it until people approve it, or refuses it with the reason.',
    writing,
    async ({ sql, connection, purpose, wait_seconds = 25, max_rows = 100, idempotency_key }, context) => {
      const submission = {
        sql,
        purpose,
        connection: connection ?? onlyConnection(journey),
        door: 'mcp' as const,
        ...(idempotency_key ? { idempotencyKey: idempotency_key } : {}),
      }
      const wait = wait_seconds * 1000
      const outcome = await withProgress(context, wait, () =>
        journey.submit(principal, submission, wait, context.mcpReq.signal),
      )
      return answer(outcome, { offset: 0, rows: max_rows })
    },
  )
  tool(
    'get_query_status',
    QueryStatus,
    'Says where a held statement stands; waits a while; brings the rows when it has run.',
    reading,
    async ({ request_id, wait_seconds = 25, max_rows = 100 }, context) => {
      const wait = wait_seconds * 1000
      const outcome = await withProgress(context, wait, () =>
        journey.outcome(principal, idOf(request_id), wait, context.mcpReq.signal),
      )
      return answer(outcome, { offset: 0, rows: max_rows })
    },
  )
  tool(
    'get_query_results',
    QueryResults,
    'Brings further rows of a statement that has run.',
    reading,
    async ({ request_id, offset, max_rows = 100 }, context) =>
      answer(await journey.outcome(principal, idOf(request_id), 0, context.mcpReq.signal), { offset, rows: max_rows }),
  )
  tool(
    'cancel_query',
    CancelQuery,
    'Withdraws a statement that waits, or cancels one that runs.',
    withdrawing,
    async ({ request_id }) => answer(await journey.cancel(principal, idOf(request_id)), { offset: 0, rows: 0 }),
  )
  tool('list_connections', Nothing, 'Lists the warehouse connections and their SQL dialects.', reading, async () => ({
    connections: journey.connections(),
  }))
  return server
}

const writing = { readOnlyHint: false, destructiveHint: true, openWorldHint: true }
const reading = { readOnlyHint: true, idempotentHint: true, openWorldHint: false }
const withdrawing = { readOnlyHint: false, destructiveHint: false, idempotentHint: true }

type Annotations = { readonly [hint: string]: boolean }
type Work<S extends TObject> = (input: Static<S>, context: ServerContext) => Promise<Record<string, unknown>>

/** Every tool answers with the same JSON as text and as structured content; a refusal by policy is an answer, not an error. */
function toolRegistrar(server: McpServer) {
  return <S extends TObject>(
    name: string,
    input: S,
    description: string,
    annotations: Annotations,
    work: Work<S>,
  ): void => {
    const config = { description, inputSchema: fromJsonSchema<Static<S>>(input as never), annotations }
    server.registerTool(name, config, async (args, context) => {
      try {
        const body = await work(args as Static<S>, context)
        return { content: [{ type: 'text', text: JSON.stringify(body) }], structuredContent: body }
      } catch (error) {
        const { code, message, next } = asGatewayError(error)
        const body = { status: 'error', code, message, ...(next ? { what_would_pass: next } : {}) }
        return { content: [{ type: 'text', text: JSON.stringify(body) }], structuredContent: body, isError: true }
      }
    })
  }
}

/** Progress while people think, for clients that asked for it; it also keeps their idle limits from ending the call. */
async function withProgress(context: ServerContext, wait: number, work: () => Promise<Outcome>): Promise<Outcome> {
  const progressToken = context.mcpReq._meta?.progressToken
  if (progressToken === undefined) return work()
  let progress = 0
  const timer = setInterval(() => {
    progress += progressMilliseconds
    const params = { progressToken, progress, total: wait, message: 'waiting for people to decide' }
    context.mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined)
  }, progressMilliseconds)
  try {
    return await work()
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
