import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Connection } from 'snowflake-sdk'
import { firstGateway } from '#test/doors/agent.ts'
import { approve, cardOf, deny, ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { cancel, login, logout, rowsOf, run, start } from './driver.ts'
import { heldCard } from './held-card.ts'

describe('Snowflake door, with the Node driver', { timeout: 300_000 }, () => {
  let stand: Stand
  let connection: Connection
  before(async () => {
    stand = await startStand({ sizes: { customers: 300, orders: 5_000 } })
    connection = await login(stand)
  })
  after(async () => {
    await logout(connection)
    await stand.stop()
  })

  test('what is allowed answers at once, masked', async () => {
    const sql = 'select id, email, city, created_at from customers order by id limit 3'
    const { rows, statement } = await run(connection, sql)
    assert.deepEqual(
      rows.map(({ ID, EMAIL }) => [ID, EMAIL]),
      [1, 2, 3].map(id => [id, 'c***@***.example']),
    )
    assert.ok(rows[0]?.CREATED_AT instanceof Date)
    assert.match(statement.getQueryId(), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.equal(ranTexts(stand).filter(text => text === sql).length, 1)
  })

  test('answers are typed as Snowflake types them, since older drivers cannot read another type', async () => {
    const { url } = firstGateway(stand)
    const data = { ACCOUNT_NAME: 'shop', AUTHENTICATOR: 'OAUTH', TOKEN: await stand.issuer.tokenFor('release-bot') }
    const post = (path: string, body: object, token = '') =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Snowflake Token="${token}"` },
        body: JSON.stringify(body),
      })
    const loggedIn = await post('/session/v1/login-request', { data })
    const { token } = ((await loggedIn.clone().json()) as { data: { token: string } }).data
    const query = `/queries/v1/query-request?requestId=${randomUUID()}`
    const answers = [loggedIn, await post(query, { sqlText: 'select id from customers limit 1' }, token)]
    answers.push(await post(query, {}, 'none'))
    for (const answer of answers) assert.equal(answer.headers.get('content-type'), 'application/json')
  })

  test('a login that fails says what to do about it', async () => {
    const claiming = (claims: object) => stand.issuer.tokenFor('release-bot', { claims: { ...claims } })
    for (const [options, words] of [
      [{ account: 'shup' }, /No Snowflake connection is meant.*Set the account to one of: shop\./],
      [{ token: await claiming({ aud: 'billing' }) }, /another audience.*Ask for one with the audience querywarden\./],
      [{ token: await claiming({ iss: 'https://elsewhere.example' }) }, /not trusted here.*Present one of: http:/],
      [{ token: await claiming({ exp: 1 }) }, /has expired. Fetch a new one\./],
      [{ role: 'ACCOUNTADMIN' }, /Leave the role out of the login\./],
    ] as const)
      await assert.rejects(login(stand, options), { message: words })
  })

  test('what policy denies is an SQL error with the rule, what would pass, and the session id; it comes once', async () => {
    const sql = "copy into 's3://elsewhere/x' from customers"
    await assert.rejects(run(connection, sql), (error: Error & { code: string; sqlState: string }) => {
      assert.equal(error.code, '003001')
      assert.equal(error.sqlState, '42501')
      assert.match(error.message, /no-unload: Data may not be copied out.*Select the rows.*session \w{4}-\w{4}-\w{4}/s)
      return true
    })
    assert.equal(ranTexts(stand).includes(sql), false)
  })

  test('what is held is a long-running statement: approved, it answers', async () => {
    const sql = "delete from orders where id in (select id from orders where status = 'test' and id < 1000)"
    const { done } = start(connection, sql)
    const id = await heldCard(stand, sql)
    assert.equal(ranTexts(stand).includes(sql), false)
    await approve(stand, id)
    const { statement, rows } = await done
    assert.equal(statement.getNumUpdatedRows(), 4)
    assert.deepEqual(rows, [{ 'number of rows deleted': 4 }])
    assert.equal(ranTexts(stand).filter(text => text === sql).length, 1)
  })

  test('what a person denies brings their words', async () => {
    const sql = "update orders set status = 'x' where id = 1"
    const { done } = start(connection, sql)
    await deny(stand, await heldCard(stand, sql), 'not before the freeze ends')
    await assert.rejects(done, (error: Error & { code: string; sqlState: string }) => {
      assert.deepEqual([error.code, error.sqlState], ['003001', '42501'])
      assert.match(error.message, /denied by oncall-1: "not before the freeze ends".*writes-need-a-person/)
      return true
    })
  })

  test('a statement is withdrawn while it is held: its card is done with, and it never runs', async () => {
    const sql = 'delete from orders where id = 41'
    const { statement, done } = start(connection, sql)
    const id = await heldCard(stand, sql)
    await cancel(statement)
    await assert.rejects(done, { code: '000604', sqlState: '57014' })
    await cardOf(stand, id, 'Withdrawn')
    assert.equal(ranTexts(stand).includes(sql), false)
  })

  test('the same request id is the same statement, and never another', async () => {
    const sql = "insert into orders (id, status) values (900001, 'once')"
    const requestId = randomUUID()
    const first = start(connection, sql, { requestId })
    const second = start(connection, sql, { requestId })
    await approve(stand, await heldCard(stand, sql))
    const [one, two] = await Promise.all([first.done, second.done])
    const again = await run(connection, sql, { requestId })
    assert.deepEqual(
      [one, two, again].map(({ statement }) => [statement.getNumUpdatedRows(), statement.getQueryId()]),
      Array(3).fill([1, one.statement.getQueryId()]),
    )
    assert.equal(ranTexts(stand).filter(text => text === sql).length, 1)
    await assert.rejects(run(connection, `${sql} -- changed`, { requestId }), /used for another statement/)
    assert.equal(ranTexts(stand).filter(text => text.startsWith(sql)).length, 1)
  })

  test('a statement that asks not to wait is queued while people decide, and fetched by its id', async () => {
    const sql = "update orders set status = 'detached' where id = 42"
    const { statement } = await run(connection, sql, { asyncExec: true })
    const queryId = statement.getQueryId()
    assert.equal(await connection.getQueryStatus(queryId), 'QUEUED')
    await approve(stand, await heldCard(stand, sql))
    const fetched = await connection.getResultsFromQueryId({ queryId, sqlText: '', complete: () => undefined })
    assert.deepEqual(await rowsOf(fetched), [{ 'number of rows updated': 1 }])
    assert.equal(await connection.getQueryStatus(queryId), 'SUCCESS')
  })

  test('a statement that asks not to wait is known by its id when it is answered, however long its judgement takes', async () => {
    stand.snowflake.delay(/explain.*id < 4711/is, 1_500)
    const { statement } = await run(connection, 'select count(*) as n from orders where id < 4711', { asyncExec: true })
    assert.match(String(await connection.getQueryStatus(statement.getQueryId())), /RUNNING|SUCCESS/)
  })

  test("another agent's statement is not there", async () => {
    const { statement } = await run(connection, 'select 1 as one')
    const other = await login(stand, { agent: 'etl-job' })
    const queryId = statement.getQueryId()
    await assert.rejects(other.getQueryStatusThrowIfError(queryId), /no session of that id/)
    await assert.rejects(
      new Promise((resolve, reject) =>
        other.fetchResult({ queryId, complete: (error, _, rows) => (error ? reject(error) : resolve(rows)) }),
      ),
      { code: '000709' },
    )
    await logout(other)
  })

  test('values are bound, not written', async () => {
    const { rows } = await run(connection, 'select id, city from customers where id in (?, ?) order by id', {
      binds: [3, 5],
    })
    assert.deepEqual(
      rows.map(({ ID }) => ID),
      [3, 5],
    )
  })

  test('the session keeps what it uses, and says so on the card; roles and warehouses it cannot choose', async () => {
    const own = await login(stand)
    await run(own, 'use schema shop')
    await run(own, "alter session set timezone = 'Europe/Berlin', query_tag = 'remove test orders'")
    const sql = 'delete from orders where id = 43'
    const { done } = start(own, sql)
    const card = await cardOf(stand, await heldCard(stand, sql))
    assert.match(JSON.stringify(card.blocks), /remove test orders/)
    await approve(stand, await heldCard(stand, sql))
    await done
    await run(own, 'use database elsewhere')
    const lost = start(own, 'select id from customers')
    const elsewhere = await cardOf(stand, await heldCard(stand, 'select id from customers'))
    assert.match(JSON.stringify(elsewhere.blocks), /ELSEWHERE\.PUBLIC\.CUSTOMERS/)
    await cancel(lost.statement)
    await assert.rejects(lost.done, { code: '000604' })
    await run(own, 'use demo.shop;')
    assert.equal((await run(own, 'select id from customers limit 1')).rows.length, 1)
    for (const refused of [
      'use role agent_writer',
      'use secondary roles all',
      'use warehouse huge',
      "alter session set search_path = 'other'",
      'set x = 1',
      'select 1; select 2',
    ])
      await assert.rejects(run(own, refused), { code: '000002', sqlState: '0A000' }, refused)
    await logout(own)
  })

  test('the token stands wherever a driver can put it', async () => {
    const token = await stand.issuer.tokenFor('release-bot')
    for (const options of [
      { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token },
      { authenticator: 'SNOWFLAKE', password: token },
    ]) {
      const own = await login(stand, options)
      assert.equal((await run(own, 'select 1 as one')).rows[0]?.ONE, 1)
      await logout(own)
    }
  })

  test('a wrong token, a role or another account is refused with the reason', async () => {
    const expired = await stand.issuer.tokenFor('release-bot', { claims: { exp: 1 } })
    await assert.rejects(login(stand, { token: expired }), { code: '390318', message: /expired/ })
    const forged = await stand.issuer.tokenFor('release-bot', { key: 'unpublished' })
    await assert.rejects(login(stand, { token: forged }), { code: '390303' })
    await assert.rejects(login(stand, { role: 'AGENT_WRITER' }), { code: '390400', message: /Roles are chosen/ })
    await assert.rejects(login(stand, { account: 'elsewhere' }), { code: '390400', message: /one of: shop/ })
    const own = await login(stand, { account: 'acme-prod' })
    await logout(own)
  })
})
