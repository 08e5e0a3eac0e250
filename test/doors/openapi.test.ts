import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Schema from 'typebox/schema'
import { ownPaths, warehousePaths } from '#src/config/own-paths.ts'
import { type ErrorCode, errorTable } from '#src/errors.ts'
import { until } from '#test/chaos/until.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { type Agent, type Answered, agentOf, firstGateway } from './agent.ts'
import { approve } from './reviewers.ts'
import { silentServer } from './silent-server.ts'

type Json = { readonly [key: string]: Json } & {
  readonly $ref?: unknown
  readonly content?: Json
  readonly schema?: Json
}
interface Document {
  readonly openapi: string
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Json>> }>>>
  >
}

/** For the bot alone; and the warehouses' own protocols, which their makers document. */
const elsewhere = new RegExp(`^\\w+ (?:/internal/|(?:/\\$?(?:${warehousePaths.join('|')})\\b.*)?\\*?$)`)

describe('/openapi.json', { timeout: 300_000 }, () => {
  let stand: Stand
  let agent: Agent
  let document: Document
  before(async () => {
    stand = await startStand({ sizes: { customers: 100, orders: 1_000 } })
    agent = await agentOf(stand)
    document = (await (await fetch(`${firstGateway(stand).url}/openapi.json`)).json()) as Document
  })
  after(() => stand.stop())

  test('is OpenAPI 3.1 whose references resolve and whose schemas compile', () => {
    assert.match(document.openapi, /^3\.1\./)
    let schemas = 0
    for (const node of nodesOf(document)) {
      if (typeof node.$ref === 'string') assert.ok(resolved(document, node.$ref), `nothing at ${node.$ref}`)
      if (node.schema && typeof node.schema === 'object') {
        Schema.Compile(node.schema)
        schemas += 1
      }
    }
    assert.ok(schemas > 20, `only ${schemas} schemas`)
  })

  test('has every route of the server, each with its answers', async () => {
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => {
        const described = Object.values(responses).every(
          ({ description }) => description && String(description) !== 'Default Response',
        )
        assert.ok(described, `${method} ${path} does not say what it answers`)
        return `${method.toUpperCase()} ${path}`
      }),
    )
    const forAgents = (await routesOfServer()).filter(route => !elsewhere.test(route))
    assert.deepEqual(documented.sort(), forAgents.sort())
  })

  test('tells the truth: answers of every kind fit their schemas, to the last field', async () => {
    const read = await agent.submit({ connection: 'shop', sql: 'select id, email from customers limit 2' })
    const held = await agent.submit({ connection: 'lake', sql: 'delete from shop.orders where id = 1' })
    const refused = await agent.submit({ connection: 'shop', sql: "copy into 's3://elsewhere/x' from orders" })
    const unknown = await agent.submit({ connection: 'nowhere', sql: 'select 1' })
    const sql = 'select * from no_such_table_at_all'
    const failed = await agent.submit({ connection: 'shop', sql })
    await approve(stand, held.body.request_id)
    const ran = await agent.look(held.body.request_id)
    const other = await agent.submit({ connection: 'shop', sql: 'delete from orders where id = 2' })
    fits('post', '/v1/queries', read, held, refused, unknown, failed)
    fits('get', '/v1/queries/{id}', ran, await agent.look('7F3K-9Q2M-X4TB'))
    fits('delete', '/v1/queries/{id}', await agent.withdraw(other.body.request_id))
    fits('post', '/v1/explain', await agent.ask('/v1/explain', { body: { connection: 'shop', sql } }))
    fits('get', '/v1/connections', await agent.ask('/v1/connections'))
    fits('get', '/readyz', await agent.ask('/readyz'))
    assert.deepEqual([read.status, held.status, refused.status, ran.status], [200, 202, 403, 200])
  })

  test('every way in which a statement may end is there, for who asks and for who withdraws', () => {
    for (const code of endings) {
      const status = String(errorTable[code].status)
      for (const method of ['get', 'delete'])
        assert.ok(document.paths['/v1/queries/{id}']?.[method]?.responses[status], `${method} ${status}: ${code}`)
    }
  })

  test('a warehouse that is away, and too many requests at once, too', async () => {
    const explained = { body: { connection: 'lake', sql: 'select * from shop.never_looked_at' } }
    stand.bigquery.failNext(1_000)
    const away = await agent.ask('/v1/explain', explained)
    stand.bigquery.failNext(0)
    assert.equal(away.status, 502, away.text)
    fits('post', '/v1/explain', away)
    const held = (await agent.submit({ connection: 'lake', sql: 'delete from shop.orders where id = 3' })).body
      .request_id
    const leave = new AbortController()
    const path = `/v1/queries/${held}`
    const asking = Array.from({ length: 500 }, () => agent.ask(`${path}?wait=50`, { signal: leave.signal }))
    const gone = Promise.allSettled(asking)
    await until(async () => ((await agent.ask('/v1/connections')).status === 429 ? true : undefined), 'the limit')
    fits('get', '/v1/connections', await agent.ask('/v1/connections'))
    fits('get', '/v1/queries/{id}', await agent.look(held))
    fits('delete', '/v1/queries/{id}', await agent.withdraw(held))
    fits('post', '/v1/explain', await agent.ask('/v1/explain', explained))
    fits('post', '/mcp', await agent.ask('/mcp', { body: {} }))
    leave.abort()
    await gone
  })

  function fits(method: string, path: string, ...answers: readonly Answered[]): void {
    for (const { status, headers, body } of answers) {
      const documented = document.paths[path]?.[method]?.responses[String(status)]
      const type = headers.get('content-type')?.split(';')[0] ?? ''
      const schema = documented?.content?.[type]?.schema
      assert.ok(schema, `${method} ${path} does not document ${status} ${type}`)
      const [fit, errors] = Schema.Errors(schema, body)
      assert.ok(fit, `${method} ${path} ${status}: ${JSON.stringify(errors)} in ${JSON.stringify(body)}`)
    }
  }
})

/** Codes that a statement may end with; the others are about one request. */
const endings: readonly ErrorCode[] = [
  ...(['denied', 'review_denied', 'killed', 'hold_expired', 'cancelled', 'integrity', 'policy_failed'] as const),
  ...(['transaction_over', 'temporary_lost', 'schema_changed', 'too_many', 'limit_exceeded'] as const),
  ...(['mint_failed', 'warehouse_unavailable', 'warehouse_error', 'result_shape', 'outcome_unknown'] as const),
  ...(['interrupted', 'internal'] as const),
]

test('no console can be where the gateway answers other things', async () => {
  const taken = [...ownPaths, ...warehousePaths]
  const segments = (await routesOfServer()).flatMap(route => /^\w+ \/([a-z][a-z0-9-]*)(?=\/|$)/.exec(route)?.[1] ?? [])
  assert.deepEqual(
    [...new Set(segments)].filter(segment => !taken.includes(segment)),
    [],
  )
})

/** From the router itself: a server of the same code that calls nothing. */
async function routesOfServer(): Promise<string[]> {
  const app = await silentServer()
  const tree = app.printRoutes({ commonPrefix: false })
  await app.close()
  const above: string[] = []
  return tree.split('\n').flatMap(line => {
    const [, branch = '', part = '', methods] = /^([│├└─ ]*)(\S*)(?: \(([A-Z, ]+)\))?/.exec(line) ?? []
    above.length = branch.length / 4
    above.push(part.replaceAll(/:(\w+)/g, '{$1}'))
    return methods?.split(', ').map(method => `${method} ${above.join('')}`) ?? []
  })
}

function* nodesOf(value: unknown): Generator<Json> {
  if (value === null || typeof value !== 'object') return
  if (!Array.isArray(value)) yield value as Json
  for (const inner of Object.values(value)) yield* nodesOf(inner)
}

function resolved(document: object, ref: string): unknown {
  return ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document)
}
