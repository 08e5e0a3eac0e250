import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cutArrow } from '#src/execute/arrow/cut-arrow.ts'
import { pageCells } from '#src/execute/page-cells.ts'
import type { Column, RawPage } from '#src/execute/warehouse.ts'
import { authorizedStatement } from '#test/mint/authorized-statement.ts'
import { type SnowflakeSetUp, setUpSnowflake } from './snowflake-set-up.ts'

let setUp: SnowflakeSetUp
before(async () => {
  setUp = await setUpSnowflake({ orders: 30_000, inlineVectors: 1, chunkVectors: 2 })
})
after(() => setUp.close())

type Asked = 'arrow' | undefined
async function pagesOf(sql: string, resultFormat: Asked, more: { rows?: number; kind?: 'insert' } = {}) {
  const { execution, credential } = await setUp.execute(
    authorizedStatement({
      ...{ sql, approved: true, role: 'AGENT_WRITER', limits: { rows: more.rows ?? 100_000 } },
      ...(more.kind ? { classification: { kind: more.kind } } : {}),
      ...(resultFormat ? { statement: { resultFormat } } : {}),
    }),
  )
  const pages: RawPage[] = []
  for await (const page of execution.pages) pages.push(page)
  await setUp.minter.end(credential)
  return { pages, columns: execution.columns, written: execution.affectedRows }
}
const cellsOf = ({ pages, columns }: { pages: readonly RawPage[]; columns: readonly Column[] }) =>
  pages.flatMap(page => pageCells(page, columns))

const everyType = `select id, id * 1000000007 as large, id % 2 = 0 as even, amount, status, ordered_at, ordered_at::date as day,
  case when id % 3 = 0 then null else id / 7.0 end as ratio, (id % 86400 || ' seconds')::interval::text as words,
  id::decimal(38, 2) as exact, '12:00:00.000001'::time as clock, 'AB'::blob as bytes, '{"a": [1, null]}'::json as document,
  ordered_at::timestamptz as zoned, epoch_ms(id * 1001)::timestamp_ms as coarse from orders order by id`

test('rows that were asked for in Arrow are the same cells as those in JSON, and come only where they were asked for', async () => {
  const [arrow, json] = [await pagesOf(everyType, 'arrow'), await pagesOf(everyType, undefined)]
  assert.ok(arrow.pages.length > 3 && arrow.pages.every(({ form }) => form === 'snowflake-arrow'))
  assert.ok(json.pages.every(({ form }) => form === 'snowflake-rowset'))
  const cells = cellsOf(arrow)
  assert.equal(cells.length, 30_000)
  assert.deepEqual(cells, cellsOf(json))
  const first = arrow.pages[1]
  assert.ok(first)
  const cut = { ...first, pieces: [cutArrow(Buffer.concat(first.pieces), 7)] }
  assert.deepEqual(pageCells(cut, arrow.columns), pageCells(first, arrow.columns).slice(0, 7))
})

test('what is cut off goes on where it stopped, and new URLs are fetched', async () => {
  const { snowflake } = setUp
  snowflake.failNext('cut', 2, /^\/chunks\/[^/]+\/1$/)
  snowflake.failNext('drop-before', 1, /^\/chunks\/[^/]+\/3$/)
  snowflake.failNext('forbidden', 1, /^\/chunks\/[^/]+\/4$/)
  const before = snowflake.failures()
  const answer = await pagesOf('select id, status from orders order by id', 'arrow')
  assert.deepEqual(
    cellsOf(answer).map(([id]) => id),
    Array.from({ length: 30_000 }, (_, at) => at + 1),
  )
  assert.equal(snowflake.failures() - before, 4)
})

test('a write is counted as ever, and no rows are no page', async () => {
  const written = await pagesOf("update orders set status = 'seen' where id <= 3", 'arrow', { kind: 'insert' })
  assert.deepEqual([written.written, written.pages], [3, []])
  const none = await pagesOf('select id from orders where id < 0', 'arrow')
  assert.deepEqual(none.pages, [])
  assert.equal(none.columns.length, 1)
})
