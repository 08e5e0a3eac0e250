import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Connection } from 'snowflake-sdk'
import { queryIdOf } from '#gateway/doors/snowflake/query-id.ts'
import type { SessionId } from '#src/statement.ts'
import { agentOf } from '#test/doors/agent.ts'
import { approve, ranTexts } from '#test/doors/reviewers.ts'
import { type Switchboard, startSwitchboard } from '#test/services/switchboard.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { login, logout, run, start } from './driver.ts'
import { heldCard } from './held-card.ts'
import { neverByItself } from './never-by-itself.ts'
import { raw, rawLogin, tokenFor } from './raw.ts'

/** Numbers are those of the list of ways around a gateway, in the order in which the threat model has them. */
describe('Snowflake door: ways around it', { timeout: 300_000 }, () => {
  let stand: Stand
  let board: Switchboard
  let connection: Connection
  let token: string
  before(async () => {
    stand = await startStand({ sizes: { customers: 300, orders: 9_000 } })
    board = await startSwitchboard(stand.gateways[0]?.url ?? '')
    connection = await login(stand, { gateway: board })
    token = await tokenFor(stand)
  })
  after(async () => {
    await logout(connection)
    await board.close()
    await stand.stop()
  })

  const executions = (sql: string) => ranTexts(stand).filter(text => text === sql).length

  const ask = (sqlText: string, more: object = {}, requestId: string = randomUUID()) =>
    raw(stand, `/queries/v1/query-request?requestId=${requestId}`, { token, body: { sqlText, ...more } })

  test('2: nothing is served but what is known, however its path is written', async () => {
    const sqlText = 'select 2 as way'
    const paths = [
      ...['/queries/v1/query-request/', '//queries/v1/query-request', '/Queries/V1/Query-Request'],
      ...['/queries/v1/query-request;v=1', '/queries%2fv1%2fquery-request', '/./queries//v1/query-request'],
      ...['/api//v2/statements', '/oauth/token-request', '/oauth/authorize'],
      ...[
        '/session/authenticator-request',
        '/console/login',
        '/queries/v2/query-request',
        '/v1/data/pipes/x/insertFiles',
      ],
    ]
    for (const path of paths) {
      const { status, success } = await raw(stand, `${path}?requestId=${randomUUID()}`, { token, body: { sqlText } })
      assert.deepEqual([status, success], [404, undefined], path)
    }
    for (const path of ['/api/v2/statements/', '/api/v2/databases', '/api/v2/Statements'])
      assert.equal((await raw(stand, path, { token, body: { sqlText, statement: sqlText } })).status, 403, path)
    assert.equal(executions(sqlText), 0)
  })

  test('3: only tokens that the gateway gave open a session', async () => {
    const jwt = await stand.issuer.tokenFor('release-bot')
    const path = () => `/queries/v1/query-request?requestId=${randomUUID()}`
    const body = { sqlText: 'select 3 as way' }
    const bearer = await raw(stand, path(), { body, headers: { authorization: `Bearer ${jwt}` } })
    const external = await raw(stand, path(), {
      body,
      headers: { authorization: `Bearer ${jwt}`, 'x-snowflake-external-session-id': '1' },
    })
    const own = await raw(stand, path(), { body, token: jwt })
    const theirs = await raw(stand, path(), { body, token: 'ver:3-hint:1-ETMsDgAAA' })
    for (const { status, code, success } of [bearer, external, own, theirs])
      assert.deepEqual([status, code, success], [200, '390111', false])
    assert.equal(executions('select 3 as way'), 0)
  })

  test('4: a large result comes in parts of our own, masked; nothing of the warehouse’s parts is in it', async () => {
    const sql = 'select o.id, c.email from orders o join customers c on c.id = o.customer_id order by o.id'
    const { rows } = await run(connection, sql)
    assert.equal(rows.length, 9_000)
    assert.ok(rows.every(({ ID, EMAIL }, at) => ID === at + 1 && EMAIL === 'c***@***.example'))
    const heard = board.heard()
    for (const word of ['qrmk', '@mail', new URL(stand.snowflake.url).host]) assert.ok(!heard.includes(word), word)
  })

  test('4: a part is there for whoever has the ticket that came with its result, while the session lives', async () => {
    const own = await tokenFor(stand)
    const more = `?requestId=${randomUUID()}`
    const body = { sqlText: 'select id from orders order by id' }
    const { data } = await raw(stand, `/queries/v1/query-request${more}`, { token: own, body })
    const [{ url = '' } = {}] = (data?.chunks ?? []) as { url?: string }[]
    const headers = data?.chunkHeaders as Record<string, string>
    const part = async (path: string, sent: Record<string, string>) => (await fetch(path, { headers: sent })).status
    assert.equal(await part(url, headers), 200)
    const { data: other } = await raw(stand, `/queries/v1/query-request?requestId=${randomUUID()}`, {
      ...{ token: own, body: { sqlText: 'select status from orders order by id' } },
    })
    assert.equal(await part(url, other?.chunkHeaders as Record<string, string>), 403, 'a ticket of another result')
    assert.equal(await part(url, {}), 403)
    assert.equal(await part(url, { authorization: `Snowflake Token="${own}"` }), 403)
    assert.equal(await part(url.replace(/0$/, '7'), headers), 403, 'a part that is not there')
    await raw(stand, '/session?delete=true', { token: own })
    assert.equal(await part(url, headers), 403, 'the session has ended')
  })

  test('5: files are not transferred, nor values uploaded to a stage', async () => {
    for (const sql of [
      ...['put file:///etc/hostname @~', 'get @~/x file:///tmp', '/* x */ PUT file:///a @b'],
      'CREATE TEMPORARY STAGE /* Python:write_pandas() */ identifier(?) FILE_FORMAT=(TYPE=PARQUET)',
    ]) {
      const { code, success, data } = await ask(sql)
      assert.deepEqual([code, success, data?.stageInfo], ['000002', false, undefined], sql)
    }
    assert.equal((await ask('select 5 as way', { bindStage: '@SYSTEM$BIND/1' })).code, '000002')
    assert.equal(executions('select 5 as way'), 0)
  })

  test("6: another agent's statement can be neither read, watched nor stopped", async () => {
    const sql = "update orders set status = 'six' where id = 6"
    const { statement, done } = start(connection, sql, { asyncExec: true })
    await done
    const other = await tokenFor(stand, 'etl-job')
    const queryId = statement.getQueryId()
    const answers = [
      await raw(stand, `/queries/${queryId}/result`, { method: 'GET', token: other }),
      await raw(stand, `/monitoring/queries/${queryId}`, { method: 'GET', token: other }),
      await raw(stand, `/queries/${queryId}/abort-request`, { token: other }),
      await raw(stand, '/queries/v1/query-request?requestId=11111111-1111', {
        token: other,
        body: { sqlText: `select * from table(result_scan('${queryId}'))` },
      }),
    ]
    for (const { code, success } of answers) assert.deepEqual([code, success], ['000709', false])
    assert.equal(await connection.getQueryStatus(queryId), 'QUEUED')
    await raw(stand, `/queries/${queryId}/abort-request`, { token })
    assert.equal(await connection.getQueryStatus(queryId), 'ABORTED')
  })

  test('6: what ran in another warehouse is read at its own door, and not there at this one', async () => {
    const agent = await agentOf(stand)
    const ran = await agent.submit({ connection: 'lake', sql: 'select id, email from shop.customers limit 2' }, 20)
    assert.equal(ran.body.status, 'succeeded')
    const queryId = queryIdOf(ran.body.request_id as SessionId)
    const bearer = { authorization: `Bearer ${agent.token}` }
    const answers = [
      await raw(stand, `/queries/${queryId}/result`, { method: 'GET', token }),
      await raw(stand, `/queries/${queryId}/arrow/result`, { method: 'GET', token }),
      await ask(`select * from table(result_scan('${queryId}'))`),
      await raw(stand, `/api/v2/statements/${queryId}`, { method: 'GET', headers: bearer }),
    ]
    assert.deepEqual(
      answers.map(({ status, code }) => `${status} ${code}`),
      ['200 000709', '200 000709', '200 000709', '404 000709'],
    )
  })

  test('7: an earlier result comes again as it was masked, and in no other way', async () => {
    const { statement } = await run(connection, 'select id, email from customers order by id limit 2')
    const queryId = statement.getQueryId()
    const { rows } = await run(connection, `select * from table(result_scan('${queryId}'))`)
    assert.deepEqual(
      rows.map(({ EMAIL }) => EMAIL),
      ['c***@***.example', 'c***@***.example'],
    )
    for (const sql of [
      'select * from table(result_scan(last_query_id()))',
      'select * from table(result_scan())',
      `select email from table(result_scan('${queryId}'))`,
      `select * from table(result_scan('${queryId}')) where email like 'c000001%'`,
      'show tables ->> select * from $1',
    ])
      await neverByItself(stand, connection, sql)
  })

  test('13: what is put together only when it runs does not run by itself', async () => {
    for (const [sql, binds] of [
      ["execute immediate 'select email from customers'", undefined],
      ['begin select 1; end', undefined],
      ['select * from identifier(?)', ['customers']],
      ['select * from table(?)', ['customers']],
    ] as const)
      await neverByItself(stand, connection, sql, binds ? { binds: [...binds] } : {})
  })

  test('17: roles are the policy’s: at login, in a session and beside a statement', async () => {
    await assert.rejects(login(stand, { role: 'AGENT_WRITER' }), { code: '390400' })
    const secondary = await rawLogin(stand, 'release-bot', { SECONDARY_ROLES: 'ALL' })
    assert.deepEqual([secondary.code, secondary.success], ['390400', false])
    for (const sql of ['use role agent_writer', 'use /**/ secondary roles all', 'USE\nROLE "AGENT_WRITER";'])
      await assert.rejects(run(connection, sql), { code: '000002' }, sql)
    await neverByItself(stand, connection, 'grant role agent_writer to user agent_gateway')
  })

  test('18: parameters that change what is read, or how much, are not taken from anywhere', async () => {
    const search = { SEARCH_PATH: '$public, ELSEWHERE.PUBLIC' }
    const atLogin = await rawLogin(stand, 'release-bot', { SESSION_PARAMETERS: search })
    assert.deepEqual([atLogin.code, atLogin.success], ['390400', false])
    assert.equal((await ask('select 18 as way', { parameters: search })).code, '000002')
    for (const parameters of [[search], 'SEARCH_PATH'])
      assert.equal((await ask('select 18 as way', { parameters })).code, '000002')
    for (const name of ['QUOTED_IDENTIFIERS_IGNORE_CASE', 'ENABLE_X'])
      assert.equal((await ask('select 18 as way', { parameters: { [name]: 0 } })).code, '000002', name)
    for (const rows of [-1, '1e3', 'all', true])
      assert.equal((await ask('select 18 as way', { parameters: { ROWS_PER_RESULTSET: rows } })).code, '000002')
    await assert.rejects(run(connection, "alter session set search_path = 'ELSEWHERE'"), { code: '000002' })
    assert.equal(executions('select 18 as way'), 0)
  })

  test('18: a client may ask for fewer rows than the policy lets pass, and for no more', async () => {
    const asked = async (ROWS_PER_RESULTSET: number) => {
      const sql = `select id from orders where id <= 50 -- ${ROWS_PER_RESULTSET}`
      const { data } = await ask(sql, { parameters: { ROWS_PER_RESULTSET } })
      const ran = stand.snowflake.statements().find(({ sqlText }) => sqlText === sql)
      return [data?.total, ran?.parameters.ROWS_PER_RESULTSET]
    }
    assert.deepEqual(await asked(3), [3, 3])
    assert.deepEqual(await asked(0), [50, 10_001])
    assert.deepEqual(await asked(1_000_000_000), [50, 10_001])
  })

  test('18: in Snowflake names and writes mean what they meant when judged, whatever an account has for defaults', async () => {
    await run(connection, 'select 18 as sessions')
    const sessions = stand.snowflake.sessions()
    assert.ok(sessions.length > 0)
    for (const { parameters } of sessions) {
      const { QUOTED_IDENTIFIERS_IGNORE_CASE, SEARCH_PATH, AUTOCOMMIT } = parameters
      assert.deepEqual([QUOTED_IDENTIFIERS_IGNORE_CASE, SEARCH_PATH, AUTOCOMMIT], [false, '$current', true])
      assert.ok(parameters.TIMESTAMP_OUTPUT_FORMAT && !Object.values(parameters).includes(''))
    }
  })

  test('19: several statements do not hide in one text', async () => {
    const second = 'delete from orders where id = 19'
    for (const sql of [
      `select 1; ${second}`,
      `select 1 --\n; ${second}`,
      `select ';' ; ${second}`,
      `use demo.shop; ${second}`,
    ])
      await assert.rejects(run(connection, sql), { code: '000002' }, sql)
    assert.equal(
      ranTexts(stand).some(text => text.includes(second)),
      false,
    )
  })

  test('20: a program beside the text, and fields that nobody knows, are refused', async () => {
    for (const field of ['dataframeAst', 'bindStage', 'dryRun', '__proto__x', 'constructor', 'toString']) {
      const { code, message } = await ask('select 20 as way', { [field]: 'x' })
      assert.equal(code, '000002', field)
      assert.doesNotMatch(message ?? '', /function/)
    }
    assert.equal((await ask('', { dataframeAst: 'x' })).code, '000002')
    assert.equal(executions('select 20 as way'), 0)
  })

  test('21: what describes a statement without running it does not go around its judgement', async () => {
    const sql = "copy into 's3://elsewhere/x' from customers"
    assert.equal((await ask(sql, { describeOnly: true })).success, false)
    const names = await ask('select email as e from customers where phone like ?', { describeOnly: true })
    assert.deepEqual([names.success, names.code], [false, '000007'])
    const written = 'delete from orders where id = 21'
    for (const unclear of ['true', 1, [true], {}])
      assert.equal((await ask(written, { describeOnly: unclear })).code, '000002')
    assert.equal(executions(written), 0)
  })

  test('22: what was approved is what was asked for, whatever the session does meanwhile', async () => {
    const own = await login(stand)
    const sql = "update orders set status = 'approved' where id = 22"
    const requestId = randomUUID()
    const { done } = start(own, sql, { requestId })
    const id = await heldCard(stand, sql)
    await run(own, 'use elsewhere.public')
    await assert.rejects(run(own, `${sql} or true`, { requestId }), { code: '000002' })
    await approve(stand, id)
    assert.equal((await done).statement.getNumUpdatedRows(), 1)
    assert.equal(ranTexts(stand).filter(text => text.startsWith(sql)).length, 1)
    await logout(own)
  })

  test('25: functions that act on other sessions do not run by themselves', async () => {
    await neverByItself(stand, connection, 'select system$cancel_all_queries(1172562260498)')
    await neverByItself(stand, connection, 'select system$abort_session(1172562260498)')
  })

  test('27: what drivers tell of themselves is kept by nobody', async () => {
    const { status, success } = await raw(stand, '/telemetry/send', {
      token,
      body: { logs: [{ message: { sql: 'TELL-TALE' } }] },
    })
    assert.deepEqual([status, success], [200, true])
    assert.ok(!stand.gateways.some(gateway => gateway.log().includes('TELL-TALE')))
  })

  test('28: an error of the warehouse over sensitive columns says nothing of them', async () => {
    const sql = 'select email::number as n from customers'
    const { done } = start(connection, sql)
    await approve(stand, await heldCard(stand, sql))
    await assert.rejects(done, (error: Error & { code: string }) => {
      assert.equal(error.code, '001003')
      assert.match(error.message, /withheld/)
      assert.doesNotMatch(error.message, /mail\.example/)
      return true
    })
    assert.equal(executions(sql), 1)
  })

  test('hostile bodies: bombs, floods, members that are there twice, broken text', async () => {
    const path = `/queries/v1/query-request?requestId=${randomUUID()}`
    const bomb = await raw(stand, path, { token, bytes: Buffer.alloc(64 * 1024 * 1024, 0x20), gzip: true })
    const twice = await raw(stand, path, { token, bytes: '{"sqlText":"select 1","sqlText":"delete from orders"}' })
    const packed = await raw(stand, path, { token, bytes: '{"sqlText":"select 1","sqlText":"x"}', gzip: true })
    const broken = await raw(stand, path, { token, bytes: Buffer.from([0x7b, 0xff, 0x7d]) })
    const noPack = await raw(stand, path, { token, bytes: Buffer.from([0x1f, 0x8b, 0, 0]) })
    for (const { status, success, code } of [bomb, twice, packed, broken, noPack])
      assert.deepEqual([status, success, code], [200, false, '000002'])
    const flood = await raw(stand, '/session/v1/login-request', {
      bytes: `{"data":{"TOKEN":"${'x'.repeat(600_000)}"}}`,
    })
    assert.equal(flood.success, false)
    assert.equal((await ask('select 1 as fine')).success, true)
  })
})
