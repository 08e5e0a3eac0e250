import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Connection, FileAndStageBindStatement } from 'snowflake-sdk'
import { queryIdOf } from '#gateway/doors/snowflake/query-id.ts'
import { splitStatements } from '#gateway/doors/snowflake/split-statements.ts'
import { sessionIdOf } from '#src/statement.ts'
import { approve, cardOf, deny, ranTexts } from '#test/doors/reviewers.ts'
import { type Switchboard, startSwitchboard } from '#test/services/switchboard.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { login, logout, run } from './driver.ts'
import { heldCard } from './held-card.ts'
import { raw, tokenFor } from './raw.ts'

type Rows = readonly Readonly<Record<string, unknown>>[]

describe('Snowflake door: several statements at once', { timeout: 240_000 }, () => {
  let stand: Stand
  let board: Switchboard
  let connection: Connection
  before(async () => {
    stand = await startStand({ sizes: { customers: 20, orders: 50 }, gateways: 2 })
    board = await startSwitchboard(stand.gateways[0]?.url ?? '')
    connection = await login(stand, { gateway: board })
  })
  after(async () => {
    await logout(connection)
    await board.close()
    await stand.stop()
  })

  /** The rows of each, as the driver hands them out one after the other. */
  function batch(texts: readonly string[], count = texts.length): Promise<Rows[]> {
    const { promise, resolve, reject } = Promise.withResolvers<Rows[]>()
    const results: Rows[] = []
    connection.execute({
      sqlText: texts.join(';\n'),
      parameters: { MULTI_STATEMENT_COUNT: count },
      complete(error, statement, rows) {
        if (error) return reject(error)
        results.push(rows ?? [])
        const several = statement as FileAndStageBindStatement
        if (several.hasNext()) several.NextResult()
        else resolve(results)
      },
    })
    promise.catch(() => undefined)
    return promise
  }
  const executions = (sql: string) => ranTexts(stand).filter(text => text === sql).length

  test('each runs by itself, in order, masked, and the session goes along', async () => {
    const texts = [
      'use elsewhere.public',
      'use demo.shop',
      'select id, email from customers order by id limit 2',
      'begin',
      "select ';' as s /* ; */",
      'commit',
    ]
    const results = await batch(texts)
    assert.equal(results.length, 6)
    assert.deepEqual(
      results[2]?.map(({ ID, EMAIL }) => [ID, EMAIL]),
      [1, 2].map(id => [id, 'c***@***.example']),
    )
    assert.deepEqual(results[4], [{ S: ';' }])
    assert.deepEqual(texts.map(executions), [0, 0, 1, 0, 1, 0])
    assert.equal((await batch(['select 1 as a', 'select 2 as b'], 0)).length, 2)
  })

  test('one that is held makes all wait; another gateway goes on with them', async () => {
    const write = "update orders set status = 'batch' where id = 1"
    const last = 'select status as s from orders where id = 1 -- after'
    const done = batch(['select 1 as first', write, last])
    const id = await heldCard(stand, write)
    assert.deepEqual([executions(write), executions(last)], [0, 0])
    board.cut()
    board.to(stand.gateways[1]?.url ?? '')
    await stand.gateways[0]?.kill()
    await approve(stand, id)
    const [, written, read] = await done
    assert.deepEqual([written, read], [[{ 'number of rows updated': 1 }], [{ S: 'batch' }]])
    assert.deepEqual(['select 1 as first', write, last].map(executions), [1, 1, 1])
  })

  test('the first that is refused stops the rest, in its own words', async () => {
    const denied = "copy into 's3://elsewhere/x' from customers"
    await assert.rejects(batch(['select 2 as first', denied, 'select 2 as last']), {
      code: '003001',
      sqlState: '42501',
      message: /^Statement 2 of 3: .*no-unload.*Those before it have run/s,
    })
    const live = { ...stand, gateways: stand.gateways.slice(1) }
    const token = await tokenFor(live)
    const path = `/queries/v1/query-request?requestId=${randomUUID()}`
    const body = { sqlText: `select 2 as once; ${denied}; select 2 as last`, parameters: { MULTI_STATEMENT_COUNT: 3 } }
    const [first, again] = [await raw(live, path, { token, body }), await raw(live, path, { token, body })]
    assert.match(String(first.message), /^Statement 2 of 3: /)
    assert.deepEqual([again.code, again.message], [first.code, first.message], 'the same request again')
    const write = 'delete from orders where id = 2'
    const waiting = batch([write, 'select 3 as last'])
    await deny(stand, await heldCard(stand, write), 'not all at once')
    await assert.rejects(waiting, { message: /Statement 1 of 2: .*not all at once/s })
    assert.deepEqual(['select 2 as first', 'select 2 as once', 'select 2 as last', write].map(executions), [1, 1, 0, 0])
    assert.equal(executions('select 3 as last'), 0)
  })

  test('what is not taken in it is refused before anything runs', async () => {
    const first = 'select 4 as first'
    for (const second of ['use role agent_writer', 'create temp table t (a int)', 'put file:///a @b', "set x = 'y'"])
      await assert.rejects(batch([first, second]), { code: '000002' }, second)
    await assert.rejects(batch([first, first], 3), { message: /count 2 did not match the desired statement count 3/ })
    await assert.rejects(run(connection, `${first}; ${first}`), { message: /desired statement count 1/ })
    assert.equal(executions(first), 0)
  })

  test('cancelled while one is held, it goes no further', async () => {
    const live = { ...stand, gateways: stand.gateways.slice(1) }
    const token = await tokenFor(live)
    const write = 'delete from orders where id = 5'
    const requestId = randomUUID()
    const ask = (path: string, body?: object) => raw(live, path, body ? { token, body } : { token, method: 'GET' })
    const sqlText = `select 5 as first; ${write}; select 5 as last`
    const body = { sqlText, parameters: { MULTI_STATEMENT_COUNT: 0 }, asyncExec: true }
    const { code, data } = await ask(`/queries/v1/query-request?requestId=${requestId}`, body)
    assert.equal(code, '333334')
    const id = await heldCard(stand, write)
    const watched = async () => {
      const { data: answer } = await ask(`/monitoring/queries/${data?.queryId}`)
      return ((answer?.queries ?? []) as { status: string; errorMessage: string | null }[])[0]
    }
    assert.equal((await watched())?.status, 'QUEUED')
    assert.equal((await ask('/queries/v1/abort-request', { requestId })).success, true)
    await cardOf(stand, id, 'Withdrawn')
    const ended = await ask(`/queries/${data?.queryId}/result`)
    assert.deepEqual([ended.success, ended.code], [false, '000604'])
    assert.match(ended.message ?? '', /^Statement 2 of 3: .*withdrawn.*Those before it have run/)
    const { status, errorMessage } = (await watched()) ?? {}
    assert.deepEqual([status, errorMessage], ['ABORTED', ended.message])
    const abort = async (queryId: unknown) => (await ask(`/queries/${queryId}/abort-request`, {})).code
    assert.equal(await abort(data?.queryId), null, 'said again, by its id')
    assert.equal(await abort(queryIdOf(sessionIdOf('nobody', 'nothing'), 'batch')), '000709')
    assert.deepEqual(['select 5 as first', write, 'select 5 as last'].map(executions), [1, 0, 0])
  })

  test('cancelled before it is there, it is cancelled once it comes', async () => {
    const live = { ...stand, gateways: stand.gateways.slice(1) }
    const token = await tokenFor(live)
    const write = 'delete from orders where id = 6'
    const requestId = randomUUID()
    const cancelled = raw(live, '/queries/v1/abort-request', { token, body: { requestId } })
    await raw(live, '/session/heartbeat', { token })
    const body = { sqlText: `${write}; select 6 as last`, parameters: { MULTI_STATEMENT_COUNT: 0 } }
    const asked = raw(live, `/queries/v1/query-request?requestId=${requestId}`, { token, body })
    assert.equal((await cancelled).success, true)
    assert.equal((await asked).code, '000604')
    assert.deepEqual([executions(write), executions('select 6 as last')], [0, 0])
  })

  test('a name of a request is for one: with other parameters it is refused, as for a single statement', async () => {
    const live = { ...stand, gateways: stand.gateways.slice(1) }
    const token = await tokenFor(live)
    const path = `/queries/v1/query-request?requestId=${randomUUID()}`
    const ask = (parameters: object) =>
      raw(live, path, {
        ...{
          token,
          body: { sqlText: 'select 7 as a; select 7 as b', parameters: { MULTI_STATEMENT_COUNT: 2, ...parameters } },
        },
      })
    const [first, again] = [await ask({}), await ask({})]
    assert.deepEqual([first.success, again.data?.queryId], [true, first.data?.queryId])
    assert.equal((await ask({ TIMEZONE: 'Asia/Tokyo' })).code, '000002')
  })

  test('what asked not to wait is scanned, and then fetched one by one', async () => {
    const live = { ...stand, gateways: stand.gateways.slice(1) }
    const token = await tokenFor(live)
    const ask = (sqlText: string, more: object = {}) =>
      raw(live, `/queries/v1/query-request?requestId=${randomUUID()}`, { token, body: { sqlText, ...more } })
    const get = (path: string) => raw(live, path, { token, method: 'GET' })
    const { data } = await ask('select 6 as a; use demo.shop; select 6 as b', {
      ...{ parameters: { MULTI_STATEMENT_COUNT: 3 }, asyncExec: true },
    })
    const scanned = await ask(`select * from table(result_scan('${data?.queryId}'))`)
    assert.deepEqual(scanned.data?.rowset, [['Multiple statements executed successfully.']])
    assert.deepEqual([scanned.data?.resultIds, scanned.data?.statementTypeId], [undefined, 0x1000])
    const { data: all } = await get(`/queries/${data?.queryId}/result`)
    assert.equal(all?.resultTypes, [0x1000, 0x4302, 0x1000].join())
    const rows = await Promise.all(
      String(all?.resultIds)
        .split(',')
        .map(async id => (await get(`/queries/${id}/result`)).data?.rowset),
    )
    assert.deepEqual(rows, [[['6']], [['Statement executed successfully.']], [['6']]])
  })

  test('a text is cut where statements end, and nowhere else', () => {
    for (const [sql, parts] of [
      ['select 1', ['select 1']],
      ['select 1;', ['select 1;']],
      [' select 1 ; /* ; */ select $$;$$ -- ;\n;; ', ['select 1', 'select $$;$$ -- ;']],
      ["begin transaction; select ';'; commit", ['begin transaction', "select ';'", 'commit']],
      ['begin let x := 1; return x; end', ['begin let x := 1; return x; end']],
      ['use x; begin select 1; end;', ['use x; begin select 1; end;']],
      ["select 'open; select 2", ["select 'open; select 2"]],
    ] as const)
      assert.deepEqual(splitStatements(sql), parts, sql)
  })
})
