import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { tableFromIPC } from 'apache-arrow'
import { approve } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { heldCard } from './held-card.ts'
import { raw, rawLogin } from './raw.ts'

const rows = 9_000

describe('Snowflake door, in which format rows leave', { timeout: 180_000 }, () => {
  let stand: Stand
  before(async () => {
    stand = await startStand({ sizes: { customers: 300, orders: rows } })
  })
  after(() => stand.stop())

  const tokenOf = async (client: string, parameters: object = {}) =>
    String(
      (await rawLogin(stand, 'release-bot', { CLIENT_APP_ID: client, SESSION_PARAMETERS: parameters })).data?.token,
    )
  const ask = (token: string, sqlText: string, parameters: object = {}) =>
    raw(stand, `/queries/v1/query-request?requestId=${randomUUID()}`, { token, body: { sqlText, parameters } })
  const formatOf = async (token: string, parameters?: object) =>
    (await ask(token, 'select id from customers limit 1', parameters)).data?.queryResultFormat

  test('Arrow to drivers whose users build on it, JSON to others, and what a session or a statement asks for', async () => {
    for (const [client, format] of [
      ['PythonConnector', 'arrow'],
      ['PythonSnowpark', 'arrow'],
      ['Go', 'arrow'],
      ['JavaScript', 'json'],
      ['JDBC', 'json'],
      ['', 'json'],
    ] as const)
      assert.equal(await formatOf(await tokenOf(client)), format, client)
    const go = await tokenOf('Go', { GO_QUERY_RESULT_FORMAT: 'json' })
    assert.equal(await formatOf(go), 'json')
    assert.equal((await ask(go, "alter session set go_query_result_format = 'ARROW'")).success, true)
    assert.equal(await formatOf(go), 'arrow')
    assert.equal(await formatOf(go, { GO_QUERY_RESULT_FORMAT: 'JSON' }), 'json')
    assert.equal(await formatOf(go), 'arrow')
    assert.equal((await ask(go, "alter session set go_query_result_format = 'XML'")).code, '000002')
  })

  test('a statement that is held is answered in the format that it asked for', async () => {
    const python = await tokenOf('PythonConnector')
    const sql = "select id, city from customers where email like 'c000001%'"
    const asked = ask(python, sql, { PYTHON_CONNECTOR_QUERY_RESULT_FORMAT: 'JSON' })
    await approve(stand, await heldCard(stand, sql))
    const { data } = await asked
    assert.equal(data?.queryResultFormat, 'json')
    const detached = await raw(stand, `/queries/v1/query-request?requestId=${randomUUID()}`, {
      token: python,
      body: {
        sqlText: 'select id from customers limit 2',
        asyncExec: true,
        parameters: { QUERY_RESULT_FORMAT: 'JSON' },
      },
    })
    const again = await raw(stand, String(detached.data?.getResultUrl), { method: 'GET', token: python })
    assert.deepEqual([again.data?.queryResultFormat, again.data?.total], ['json', 2])
    const usual = await raw(stand, `/queries/${detached.data?.queryId}/result`, { method: 'GET', token: python })
    assert.equal(usual.data?.queryResultFormat, 'arrow')
  })

  test('a large result comes in chunks of Arrow, whole, in order and masked', async () => {
    const python = await tokenOf('PythonConnector')
    const sql =
      'select o.id, c.email, c.date_of_birth from orders o join customers c on c.id = o.customer_id order by o.id'
    const { data } = await ask(python, sql)
    const { rowsetBase64, chunks, chunkHeaders } = data as {
      rowsetBase64: string
      chunks: { url: string; rowCount: number }[]
      chunkHeaders: Record<string, string>
    }
    const parts = [Buffer.from(rowsetBase64, 'base64')]
    for (const { url } of chunks) {
      const response = await fetch(url, { headers: chunkHeaders })
      assert.equal(response.status, 200)
      parts.push(Buffer.from(await response.arrayBuffer()))
    }
    const tables = parts.map(part => tableFromIPC(part))
    assert.deepEqual(
      tables.slice(1).map(({ numRows }) => numRows),
      chunks.map(({ rowCount }) => rowCount),
    )
    const found = tables.flatMap(table => table.toArray().map(row => row.toJSON()))
    assert.equal(found.length, rows)
    assert.ok(found.every(({ ID }, at) => Number(ID) === at + 1))
    assert.ok(found.every(({ EMAIL }) => EMAIL === 'c***@***.example'))
    assert.ok(found.every(({ DATE_OF_BIRTH }) => new Date(Number(DATE_OF_BIRTH)).toISOString().includes('-01-01T')))
    const other = await fetch(String(chunks[0]?.url).replace('/arrow/', '/xml/'), { headers: chunkHeaders })
    assert.equal(other.status, 403)
  })
})
