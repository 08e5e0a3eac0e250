import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Connection } from 'snowflake-sdk'
import { cardOf } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { cancel, login, logout, run, start } from './driver.ts'
import { heldCard } from './held-card.ts'
import { raw, tokenFor } from './raw.ts'

describe('Snowflake door: what a date is, for people, drivers and the warehouse alike', { timeout: 120_000 }, () => {
  let stand: Stand
  let connection: Connection
  before(async () => {
    stand = await startStand({ sizes: { customers: 20, orders: 1_000 } })
    connection = await login(stand)
  })
  after(async () => {
    await logout(connection)
    await stand.stop()
  })

  test('the rows that people are shown are those of the dates that the statement will mean', async () => {
    const before = "delete from orders where ordered_at::date < '02/01/2024'"
    const counted = async (sql: string) => {
      const { statement } = start(connection, sql)
      const { blocks } = await cardOf(stand, await heldCard(stand, sql))
      await cancel(statement)
      return /([\d,]+) of 1,000/.exec(JSON.stringify(blocks))?.[1]
    }
    const february = await counted(before)
    await run(connection, "alter session set date_input_format = 'DD/MM/YYYY'")
    const january = await counted(`${before} -- as in Europe`)
    await run(connection, 'alter session unset date_input_format')
    assert.deepEqual([february, january], ['29', '0'])
  })

  test('the time zone that drivers are told is the one that statements run in', async () => {
    const { rows: zones } = await run(connection, "show parameters like 'TIMEZONE'")
    const sql = "select to_char('2026-01-02T00:30:00Z'::timestamp_ltz::date) as day"
    const { rows } = await run(connection, sql)
    assert.deepEqual([zones[0]?.value, rows], ['Etc/UTC', [{ DAY: '2026-01-02' }]])
    await run(connection, "alter session set timezone = 'America/New_York'")
    assert.deepEqual((await run(connection, `${sql} -- west`)).rows, [{ DAY: '2026-01-01' }])
    await run(connection, 'alter session unset timezone')
  })

  test('a bound date or time is itself, whatever formats texts are read in', async () => {
    const token = await tokenFor(stand)
    const sql =
      'select to_char(?), to_char(?::timestamp_ntz), to_char(?::timestamp_ntz), to_char(?::timestamp_ntz), to_char(?)'
    const night = '1767310200000000000'
    const answer = await raw(stand, `/queries/v1/query-request?requestId=${randomUUID()}`, {
      token,
      body: {
        sqlText: sql,
        parameters: {
          TIMEZONE: 'Europe/Berlin',
          DATE_INPUT_FORMAT: 'DD/MM/YYYY',
          TIMESTAMP_INPUT_FORMAT: 'DD/MM/YYYY HH24:MI:SS',
          TIME_INPUT_FORMAT: 'HH24MISS',
        },
        bindings: {
          1: { type: 'DATE', value: '1767225600000' },
          2: { type: 'TIMESTAMP_NTZ', value: night },
          3: { type: 'TIMESTAMP_LTZ', value: night },
          4: { type: 'TIMESTAMP_TZ', value: `${night} 1500` },
          5: { type: 'TIME', value: '3661000000000' },
        },
      },
    })
    assert.equal(answer.message, null)
    assert.deepEqual(answer.data?.rowset, [
      ['2026-01-01', '2026-01-01 23:30:00', '2026-01-02 00:30:00', '2026-01-02 00:30:00', '01:01:01'],
    ])
  })
})
