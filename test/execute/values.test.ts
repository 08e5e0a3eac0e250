import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { snowflakeRequestId } from '#gateway/execute/snowflake.ts'
import { untilAborted } from '#gateway/execute/until-aborted.ts'
import { wayBack } from '#gateway/execute/way-back.ts'
import { losslessJson, numberCell } from '#src/execute/lossless-json.ts'
import { rowsetPage } from '#test/execute/rowset-page.ts'
import { authorizedStatement, classificationOf } from '#test/mint/authorized-statement.ts'

test('a number stays a number only where a double holds all of its digits', () => {
  for (const [text, cell] of [
    ['0', 0],
    ['-42', -42],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
    ['0.1', 0.1],
    ['0.12345678901234567890', '0.12345678901234567890'],
    ['1e400', '1e400'],
    ['NaN', 'NaN'],
    ['', ''],
  ] as const)
    assert.deepEqual(numberCell(text), cell, text)
})

test('JSON keeps the digits of large numbers, also deep inside; what is not JSON is text and never evaluated', () => {
  assert.deepEqual(losslessJson('{"a":[1,{"b":12345678901234567890}],"c":1.5}'), {
    a: [1, { b: '12345678901234567890' }],
    c: 1.5,
  })
  const marker = globalThis as { evaluated?: boolean }
  assert.equal(losslessJson('(globalThis.evaluated = true)'), '(globalThis.evaluated = true)')
  assert.equal(losslessJson('undefined'), 'undefined')
  assert.equal(marker.evaluated, undefined)
  assert.equal(Object.getPrototypeOf(losslessJson('{"__proto__":{"x":1}}')), Object.prototype)
})

test('a result that is withdrawn, or too late, ends with the next page; leaving early closes the source', async () => {
  let closed = false
  async function* pages() {
    try {
      for (;;) yield rowsetPage([['x']])
    } finally {
      closed = true
    }
  }
  const withdrawn = new AbortController()
  for await (const page of untilAborted(pages(), withdrawn.signal)) {
    assert.equal(page.rows, 1)
    break
  }
  assert.equal(closed, true)
  const rest = untilAborted(pages(), withdrawn.signal)
  await rest.next()
  withdrawn.abort()
  await assert.rejects(rest.next(), { code: 'cancelled' })
  const late = AbortSignal.timeout(1)
  await once(late, 'abort')
  await assert.rejects(untilAborted(pages(), late).next(), { code: 'limit_exceeded' })
})

test('a way back is offered only where it can be said for certain', () => {
  const at = "before(statement => '01')"
  const back = (sql: string, overrides: Parameters<typeof classificationOf>[1]) =>
    wayBack(authorizedStatement({ sql }).statement, classificationOf('snowflake', overrides), at)
  const remove = { kind: 'delete', writes: ['DEMO.SHOP.ORDERS'] } as const
  assert.equal(
    back("delete from shop.orders where status = 'test'", {
      ...remove,
      countSql: "select count(*) from shop.orders where status = 'test'",
    }),
    "insert into shop.orders select * from shop.orders before(statement => '01') where status = 'test'",
  )
  const blanks = `where status = '${'; '.repeat(5e5)}.'`
  assert.equal(
    back('delete …', { ...remove, countSql: `select count(*) from shop.orders ${blanks} ; ` }),
    `insert into shop.orders select * from shop.orders before(statement => '01') ${blanks}`,
  )
  assert.equal(back('delete from orders', { ...remove }), undefined)
  assert.equal(back('delete …', { ...remove, countSql: 'select count(*) from a join b on true where x' }), undefined)
  assert.equal(back('delete …', { ...remove, countSql: 'select count(*) from a, b where x' }), undefined)
  assert.equal(back('update …', { ...remove, kind: 'update', countSql: 'select count(*) from a' }), undefined)
  assert.equal(
    back('drop table shop.orders', { kind: 'drop', writes: ['DEMO.SHOP.ORDERS'] }),
    'undrop table DEMO.SHOP.ORDERS',
  )
  assert.equal(back('drop view shop.v', { kind: 'drop', writes: ['DEMO.SHOP.V'] }), undefined)
})

test('the request id is a UUID that depends on the session id alone', () => {
  assert.match(
    snowflakeRequestId('7F3K-9Q2M-X4TB'),
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  assert.equal(snowflakeRequestId('7F3K-9Q2M-X4TB'), snowflakeRequestId('7F3K-9Q2M-X4TB'))
  assert.notEqual(snowflakeRequestId('7F3K-9Q2M-X4TB'), snowflakeRequestId('7F3K-9Q2M-X4TC'))
})
