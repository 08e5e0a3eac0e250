import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { agentOf, firstGateway } from './agent.ts'
import { approve, cardOf, deny, ranTexts } from './reviewers.ts'

const policy = `${standPolicy}
  - name: shoppers-wait-shortly
    when: statement.writes.exists(t, t.matches("*.SHORT_LIVED"))
    then: hold
    as: AGENT_WRITER
    expires: 2s
`
type Body = Readonly<Record<string, unknown>> & { readonly request_id: string }

describe('MCP door', { timeout: 300_000 }, () => {
  let stand: Stand
  before(async () => {
    stand = await startStand({ sizes: { customers: 300, orders: 5_000 }, policy })
  })
  after(() => stand.stop())

  /** The published client, as it comes; only its protocol era is chosen. */
  async function connect(mode: 'auto' | 'legacy', agent = 'release-bot'): Promise<Client> {
    const { token } = await agentOf(stand, agent)
    const client = new Client({ name: 'agent', version: '1' }, { versionNegotiation: { mode } })
    const headers = { authorization: `Bearer ${token}` }
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${firstGateway(stand).url}/mcp`), { requestInit: { headers } }),
    )
    return client
  }

  async function call(client: Client, name: string, args: object, options = {}): Promise<Body & { isError: boolean }> {
    const result = await client.callTool({ name, arguments: { ...args } }, options)
    const [content] = result.content as { type: string; text: string }[]
    assert.equal(content?.type, 'text')
    assert.deepEqual(JSON.parse(content.text), result.structuredContent, 'text and structured content differ')
    return { ...(result.structuredContent as Body), isError: result.isError === true }
  }

  test('a page of another site gets nothing, whatever token it has', async () => {
    const agent = await agentOf(stand)
    const { url } = firstGateway(stand)
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    const from = (origin: string) =>
      agent.ask('/mcp', { body: call, headers: { origin, accept: 'application/json, text/event-stream' } })
    for (const origin of [
      'https://evil.example',
      'null',
      `${url}.evil.example`,
      url.replace('127.0.0.1', 'localhost'),
    ]) {
      const { status, body } = await from(origin)
      assert.deepEqual([status, body.code], [403, 'not_permitted'], origin)
    }
    assert.equal((await from(url)).status, 200)
  })

  for (const mode of ['auto', 'legacy'] as const) {
    describe(`client of the ${mode === 'auto' ? 'current' : '2025'} protocol`, () => {
      let client: Client
      before(async () => {
        client = await connect(mode)
      })
      after(() => client.close())

      test('speaks the protocol it was told to', () => {
        assert.equal(client.getProtocolEra(), mode === 'auto' ? 'modern' : 'legacy')
      })

      test('finds these tools, none of which approves anything', async () => {
        const { tools } = await client.listTools()
        assert.deepEqual(
          tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint]),
          [
            ['execute_sql', false],
            ['get_query_status', true],
            ['get_query_results', true],
            ['cancel_query', false],
            ['explain_sql', true],
            ['list_connections', true],
          ],
        )
        for (const { inputSchema, outputSchema } of tools) {
          assert.equal(outputSchema?.type, 'object')
          assert.equal(inputSchema.additionalProperties, false)
          assert.doesNotMatch(Object.keys(inputSchema.properties ?? {}).join(), /approv|review|verdict|reason/)
        }
      })

      for (const [connection, table] of [
        ['shop', 'customers'],
        ['lake', 'shop.customers'],
      ] as const) {
        test(`${connection}: rows at once, masked`, async () => {
          const sql = `select id, phone from ${table} order by id limit 2`
          const body = await call(client, 'execute_sql', { sql, connection, purpose: 'look' })
          assert.equal(body.status, 'succeeded')
          assert.deepEqual(body.rows, [
            [1, '***00'],
            [2, '***00'],
          ])
        })
      }

      test('a hold comes back with its request_id, and its rows after a click', async () => {
        const sql = `delete from orders where id in (10, 11) and 'by ${mode}' <> ''`
        const ask = { sql, connection: 'shop', purpose: 'clean up', wait_seconds: 0 }
        const held = await call(client, 'execute_sql', ask)
        assert.equal(held.status, 'pending_approval')
        assert.match(String(held.next_step), /Do not rewrite, split or resubmit/)
        const again = await call(client, 'execute_sql', ask)
        assert.equal(again.request_id, held.request_id)
        const waiting = call(client, 'get_query_status', { request_id: held.request_id, wait_seconds: 20 })
        await approve(stand, held.request_id)
        const body = await waiting
        assert.equal(body.status, 'succeeded')
        assert.deepEqual(body.approved_by, [{ reviewer: 'oncall-1' }])
        assert.equal(ranTexts(stand).filter(text => text === sql).length, 1)
      })

      test('progress while people think', async () => {
        const seen: number[] = []
        const sql = `update orders set status = '${mode}' where id = 12`
        const held = await call(
          client,
          'execute_sql',
          { sql, connection: 'shop', purpose: 'fix', wait_seconds: 6 },
          { onprogress: ({ progress }: { progress: number }) => seen.push(progress) },
        )
        assert.equal(held.status, 'pending_approval')
        assert.deepEqual(seen, [5_000])
        const { status } = await call(client, 'cancel_query', { request_id: held.request_id })
        assert.equal(status, 'cancelled')
      })

      test('a refusal is an answer with the rule and what would pass', async () => {
        const sql = "copy into 's3://elsewhere/x' from orders"
        const body = await call(client, 'execute_sql', { sql, connection: 'shop', purpose: 'take away' })
        assert.equal(body.isError, false)
        assert.equal(body.status, 'denied')
        assert.equal(body.rule, 'no-unload')
        assert.match(String(body.what_would_pass), /Select the rows/)
      })

      test('a wrong call is an error that says how to call', async () => {
        const unnamed = await call(client, 'execute_sql', { sql: 'select 1', purpose: 'try' })
        assert.deepEqual([unnamed.isError, unnamed.code], [true, 'invalid_request'])
        assert.match(String(unnamed.what_would_pass), /shop, lake/)
        const unknown = await call(client, 'get_query_status', { request_id: 'AAAA-AAAA-AAAA' })
        assert.deepEqual([unknown.isError, unknown.code], [true, 'unknown_session'])
        const extra = { sql: 'select 1', connection: 'shop', purpose: 'try', dry_run: true }
        const { isError, content } = await client.callTool({ name: 'execute_sql', arguments: extra })
        assert.equal(isError, true)
        assert.match(JSON.stringify(content), /additional properties/)
        assert.equal(ranTexts(stand).includes('select 1'), false)
      })
    })
  }

  test('what a person denies brings their words; what nobody decides expires', async () => {
    const client = await connect('auto')
    const held = await call(client, 'execute_sql', {
      ...{ sql: 'delete from orders where id = 20', connection: 'shop', purpose: 'clean up', wait_seconds: 0 },
    })
    const waiting = call(client, 'get_query_status', { request_id: held.request_id, wait_seconds: 20 })
    await deny(stand, held.request_id, 'keep this one')
    const denied = await waiting
    assert.deepEqual(
      [denied.isError, denied.status, denied.reason, denied.denied_by],
      [false, 'denied', 'keep this one', 'oncall-1'],
    )
    const expired = await call(client, 'execute_sql', {
      ...{ sql: 'insert into short_lived select 1', connection: 'shop', purpose: 'try', wait_seconds: 20 },
    })
    assert.deepEqual([expired.isError, expired.status, expired.code], [false, 'expired', 'hold_expired'])
    await client.close()
  })

  test('rows of a finished statement come by offset', async () => {
    const client = await connect('auto')
    const first = await call(client, 'execute_sql', {
      ...{ sql: 'select id from shop.orders order by id', connection: 'lake', purpose: 'page', max_rows: 1_000 },
    })
    assert.equal(first.next_offset, 1_000)
    const rest = await call(client, 'get_query_results', { request_id: first.request_id, offset: 1_000, max_rows: 3 })
    const last = (first.rows as number[][]).at(-1)?.[0] ?? 0
    assert.equal((rest.rows as number[][]).length, 3)
    assert.ok((rest.rows as number[][]).every(([id = 0]) => id > last))
    await client.close()
  })

  test('explain_sql shows no card and runs nothing', async () => {
    const client = await connect('auto')
    const sql = 'delete from orders where id = 30'
    const body = await call(client, 'explain_sql', { sql, connection: 'shop' })
    assert.equal(body.verdict, 'hold')
    assert.equal(body.rule, 'writes-need-a-person')
    // A card of it would come before that of what is held after it.
    const later = { sql: 'delete from orders where id = 29', connection: 'shop', purpose: 'clean up', wait_seconds: 0 }
    const held = await call(client, 'execute_sql', later)
    await cardOf(stand, held.request_id)
    assert.doesNotMatch(JSON.stringify(stand.slack.state.messages), /id = 30/)
    await call(client, 'cancel_query', { request_id: held.request_id })
    assert.equal(ranTexts(stand).includes(sql), false)
    const { connections } = await call(client, 'list_connections', {})
    assert.deepEqual(connections, [
      { name: 'shop', dialect: 'snowflake' },
      { name: 'lake', dialect: 'bigquery' },
    ])
    await client.close()
  })

  test('a call that its client gives up does not cancel the hold, and another agent cannot see it', async () => {
    const client = await connect('auto')
    const leaving = new AbortController()
    const sql = 'delete from orders where id = 31'
    const gone = client.callTool(
      { name: 'execute_sql', arguments: { sql, connection: 'shop', purpose: 'clean up', wait_seconds: 40 } },
      { signal: leaving.signal },
    )
    const card = await stand.slack.waitForMessage(({ blocks }) => JSON.stringify(blocks).includes('id = 31'))
    const [request_id = ''] = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(JSON.stringify(card.blocks)) ?? []
    leaving.abort()
    await assert.rejects(gone)
    await client.close()
    const other = await connect('auto', 'etl-job')
    assert.equal((await call(other, 'get_query_status', { request_id, wait_seconds: 0 })).code, 'unknown_session')
    assert.equal((await call(other, 'cancel_query', { request_id })).code, 'unknown_session')
    await other.close()
    await approve(stand, request_id)
    await cardOf(stand, request_id, 'Done')
    const back = await connect('auto')
    const body = await call(back, 'get_query_status', { request_id, wait_seconds: 20 })
    assert.deepEqual([body.status, body.affected_rows], ['succeeded', 1])
    await back.close()
  })

  test('no token, no session: 401 says where to get one', async () => {
    const { url } = firstGateway(stand)
    const response = await fetch(`${url}/mcp`, { method: 'POST', body: '{}' })
    assert.equal(response.status, 401)
    const metadata = /resource_metadata="([^"]+)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1] ?? ''
    const document = (await (await fetch(metadata)).json()) as Record<string, unknown>
    assert.deepEqual(document.authorization_servers, [stand.issuer.url])
    assert.equal(document.resource, `${url}/mcp`)
    const { token } = await agentOf(stand)
    for (const method of ['GET', 'DELETE']) {
      const refused = await fetch(`${url}/mcp`, { method, headers: { authorization: `Bearer ${token}` } })
      assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'POST'])
    }
  })
})
