import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { firstGateway } from '#test/doors/agent.ts'
import { approve, cardOf, deny, ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { heldCard } from './held-card.ts'

interface Answer {
  readonly status: number
  readonly headers: string
  readonly code?: string
  readonly sqlState?: string
  readonly message?: string
  readonly statementHandle?: string
  readonly statementStatusUrl?: string
  readonly data?: readonly (readonly (string | null)[])[]
  readonly stats?: object
  readonly resultSetMetaData?: {
    readonly numRows: number
    readonly rowType: readonly { readonly name: string; readonly type: string }[]
    readonly partitionInfo: readonly { readonly rowCount: number }[]
  }
}

describe('Snowflake door: the SQL API, with curl', { timeout: 240_000 }, () => {
  let stand: Stand
  let token: string
  before(async () => {
    stand = await startStand({ sizes: { customers: 300, orders: 9_000 } })
    token = await stand.issuer.tokenFor('release-bot')
  })
  after(() => stand.stop())

  async function curl(path: string, args: readonly string[] = [], as = token): Promise<Answer> {
    const url = `${firstGateway(stand).url}${path}`
    const headers = ['-H', `Authorization: Bearer ${as}`, '-H', 'X-Snowflake-Authorization-Token-Type: OAUTH']
    const { stdout } = await promisify(execFile)('curl', ['-sS', '-i', '--compressed', ...headers, ...args, url], {
      maxBuffer: 64 * 1024 * 1024,
    })
    const end = stdout.indexOf('\r\n\r\n')
    const head = stdout.slice(0, end)
    return { ...JSON.parse(stdout.slice(end + 4)), status: Number(head.split(' ')[1]), headers: head.toLowerCase() }
  }
  const post = (path: string, body: object, as?: string) =>
    curl(path, ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)], as)
  const submit = (statement: string, more: object = {}, query = '') =>
    post(`/api/v2/statements${query}`, { statement, ...more })
  const get = (handle = '', query = '', as?: string) => curl(`/api/v2/statements/${handle}${query}`, [], as)
  const cancel = (handle = '', as?: string) => post(`/api/v2/statements/${handle}/cancel`, {}, as)
  const executions = (sql: string) => ranTexts(stand).filter(text => text === sql).length
  const submitted = (sql: string, requestId: string) => submit(sql, {}, `?async=true&requestId=${requestId}`)

  test('what is allowed answers at once, masked, in the words of this API', async () => {
    const sql = `select id, email, true as yes, '2026-01-02 03:04:05'::timestamp_ntz as at, null::varchar as nothing
      from customers where id in (?, ?) order by id`
    const bindings = { 1: { type: 'FIXED', value: '1' }, 2: { type: 'FIXED', value: '2' } }
    const { status, code, data, resultSetMetaData } = await submit(sql, { bindings, timeout: 60 })
    assert.deepEqual([status, code, resultSetMetaData?.numRows], [200, '090001', 2])
    const at = `${Date.UTC(2026, 0, 2, 3, 4, 5) / 1_000}.000000000`
    assert.deepEqual(
      data,
      ['1', '2'].map(id => [id, 'c***@***.example', 'true', at, null]),
    )
    assert.deepEqual(
      resultSetMetaData?.rowType.map(({ name, type }) => `${name} ${type}`),
      ['ID fixed', 'EMAIL text', 'YES boolean', 'AT timestamp_ntz', 'NOTHING text'],
    )
    const written = await submit('select null::varchar as nothing', {}, '?nullable=false')
    assert.deepEqual(written.data, [['null']])
  })

  test('what policy denies is 422 with the rule, what would pass and the session', async () => {
    const sql = "copy into 's3://elsewhere/x' from customers"
    const { status, code, sqlState, message, statementHandle } = await submit(sql)
    assert.deepEqual([status, code, sqlState], [422, '003001', '42501'])
    assert.match(message ?? '', /no-unload: Data may not be copied out.*Select the rows.*session \w{4}-\w{4}-\w{4}/s)
    const again = await get(statementHandle)
    assert.deepEqual([again.status, again.message], [422, message])
    assert.equal(executions(sql), 0)
  })

  test('what is held is 202 with a handle until people approved; it runs once, however often it is sent', async () => {
    const sql = "update orders set status = 'by curl' where id = 7"
    const requestId = randomUUID()
    const held = await submitted(sql, requestId)
    assert.deepEqual([held.status, held.code], [202, '333334'])
    const waiting = await get(held.statementHandle)
    assert.deepEqual([waiting.status, waiting.statementStatusUrl], [202, held.statementStatusUrl])
    await approve(stand, await heldCard(stand, sql))
    let done = await get(held.statementHandle)
    while (done.status === 202) done = await get(held.statementHandle)
    assert.deepEqual([done.status, done.data, done.stats], [200, [['1']], { numRowsUpdated: 1 }])
    const again = await submit(sql, {}, `?requestId=${requestId}&retry=true`)
    assert.deepEqual([again.status, again.statementHandle, again.data], [200, held.statementHandle, [['1']]])
    assert.equal((await submit(`${sql} or true`, {}, `?requestId=${requestId}`)).status, 422)
    assert.equal(ranTexts(stand).filter(text => text.startsWith(sql)).length, 1)
  })

  test('what a person denies is 422 with their words; what is cancelled is withdrawn', async () => {
    const sql = 'delete from orders where id = 8'
    const { statementHandle } = await submitted(sql, randomUUID())
    await deny(stand, await heldCard(stand, sql), 'not by curl')
    let denied = await get(statementHandle)
    while (denied.status === 202) denied = await get(statementHandle)
    assert.match(`${denied.status} ${denied.message}`, /^422 .*denied by oncall-1: "not by curl"/)
    const other = 'delete from orders where id = 9'
    const held = await submitted(other, randomUUID())
    const id = await heldCard(stand, other)
    assert.equal((await cancel(held.statementHandle)).status, 200)
    await cardOf(stand, id, 'Withdrawn')
    const withdrawn = await get(held.statementHandle)
    assert.deepEqual([withdrawn.status, withdrawn.code], [422, '000604'])
    assert.deepEqual([executions(sql), executions(other)], [0, 0])
  })

  test('what runs is cancelled, and not said to have ended before', async () => {
    const sql = 'select count(*) as far_away from orders'
    const gate = stand.snowflake.holdNext(/^select .*far_away/)
    const { statementHandle } = await submitted(sql, randomUUID())
    await gate.arrived
    const cancelled = await cancel(statementHandle)
    assert.deepEqual([cancelled.status, cancelled.code], [200, '000604'], cancelled.message)
    const ended = await get(statementHandle)
    assert.deepEqual([ended.status, ended.code], [422, '000604'])
    const { statementHandle: done } = await submit('select 1 as done')
    assert.equal((await cancel(done)).status, 422)
  })

  test('a large result comes in partitions, packed and masked', async () => {
    const sql = 'select o.id, c.email from orders o join customers c on c.id = o.customer_id order by o.id'
    const first = await submit(sql)
    const { numRows, partitionInfo = [] } = first.resultSetMetaData ?? {}
    assert.equal(numRows, 9_000)
    assert.ok(partitionInfo.length > 1)
    assert.match(first.headers, /link: .*partition=1>; rel="next"/)
    const rows = [...(first.data ?? [])]
    for (let at = 1; at < partitionInfo.length; at++) {
      const part = await get(first.statementHandle, `?partition=${at}`)
      assert.match(part.headers, /content-encoding: gzip/)
      assert.equal(part.data?.length, partitionInfo[at]?.rowCount)
      rows.push(...(part.data ?? []))
    }
    assert.ok(
      rows.length === 9_000 && rows.every(([id, email], at) => id === String(at + 1) && email === 'c***@***.example'),
    )
    for (const wrong of [String(partitionInfo.length), '-1', 'x', '00', '01'])
      assert.equal((await get(first.statementHandle, `?partition=${wrong}`)).status, 404)
  })

  test('nothing is here for others, for other tokens, or without one', async () => {
    const { statementHandle } = await submit('select 1 as mine')
    const other = await stand.issuer.tokenFor('etl-job')
    for (const answer of [await get(statementHandle, '', other), await cancel(statementHandle, other)])
      assert.deepEqual([answer.status, answer.code], [404, '000709'])
    assert.equal((await get('01ba13b4-0104-e9fd-0000-0111029ca00e')).status, 404)
    const expired = await stand.issuer.tokenFor('release-bot', { claims: { exp: 1 } })
    for (const [as, code] of [
      ['none', '390303'],
      [expired, '390318'],
    ] as const) {
      const refused = await post('/api/v2/statements', { statement: 'select 2 as mine' }, as)
      assert.deepEqual([refused.status, refused.code], [401, code])
    }
    const keyPair = await curl('/api/v2/statements', [
      ...['-H', 'X-Snowflake-Authorization-Token-Type:', '-H', 'X-Snowflake-Authorization-Token-Type: KEYPAIR_JWT'],
      ...['-H', 'Content-Type: application/json', '-d', '{"statement":"select 2 as mine"}'],
    ])
    assert.equal(keyPair.status, 401)
    assert.equal(executions('select 2 as mine'), 0)
  })

  test('objects are not absent where nobody may ask for them by REST: that is refused, with what to send instead', async () => {
    for (const path of ['/api/v2/databases', '/api/v2/databases/DEMO/schemas/SHOP/tables/ORDERS?requestId=1']) {
      const { status, code, message = '' } = await curl(path)
      assert.deepEqual([status, code], [403, '003001'])
      assert.match(
        message,
        /does not take GET \/api\/v2\/databases[^?]*\. What would pass: Ask for it in SQL: SHOW, DESCRIBE,/,
      )
    }
    assert.equal((await post('/api/v2/databases/DEMO/schemas/SHOP/tables', { name: 'x', columns: [] })).status, 403)
  })

  test('roles, sessions, parameters and fields that would change what is judged are refused', async () => {
    const sql = 'select 3 as odd'
    for (const more of [
      { role: 'AGENT_WRITER' },
      { warehouse: 'HUGE' },
      { parameters: { search_path: 'ELSEWHERE' } },
      { parameters: { rows_per_resultset: 'all' } },
      { parameters: { autocommit: false } },
      { bindings: { 1: { type: 'STAGE', value: '@x' } } },
      { database: 'demo.shop' },
      { bindStage: '@x' },
      { statement: 7 },
    ])
      assert.equal((await submit(sql, more)).status, 400, JSON.stringify(more))
    for (const statement of [
      'use role agent_writer',
      'alter session set timezone = "x"',
      'begin',
      'select 1; select 3 as odd',
    ])
      assert.equal((await submit(statement)).status, 400, statement)
    assert.equal(executions(sql), 0)
  })
})
