import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bindValues } from '#gateway/doors/snowflake/binds.ts'
import { queryIdOf, sessionIdOfQuery } from '#gateway/doors/snowflake/query-id.ts'
import { scannedQuery } from '#gateway/doors/snowflake/result-scan.ts'
import { wireBinds } from '#gateway/execute/snowflake-wire/wire-binds.ts'
import { snowflakeText } from '#src/execute/snowflake-text.ts'
import type { Cell } from '#src/execute/warehouse.ts'
import { newSessionId } from '#src/statement.ts'

describe('what drivers read and write', () => {
  const cells: readonly [type: string, cell: Cell, text: string | null][] = [
    ['fixed', '12345678901234567890.10', '12345678901234567890.10'],
    ['fixed', -7, '-7'],
    ['real', 1e300, '1e+300'],
    ['real', 'NaN', 'NaN'],
    ['boolean', true, '1'],
    ['boolean', false, '0'],
    ['text', '', ''],
    ['date', '1969-12-31', '-1'],
    ['date', '2026-11-21', '20778'],
    ['time', '01:01:01.000000001', '3661.000000001'],
    ['timestamp_ntz', '1969-12-31T23:59:58.500', '-1.500'],
    ['timestamp_ntz', '2023-11-14T22:13:20.123456789', '1700000000.123456789'],
    ['timestamp_ltz', '2023-11-14T22:13:20Z', '1700000000'],
    ['timestamp_tz', '2023-11-14T23:13:20.123456789+01:00', '1700000000.123456789 1500'],
    ['timestamp_tz', '1969-12-31T19:00:00.250-05:00', '0.250 1140'],
    ['binary', 'DEADBEEF', 'DEADBEEF'],
    ['variant', { a: [1, null] }, '{"a":[1,null]}'],
    ['variant', 'text', '"text"'],
    ['date', null, null],
  ]
  for (const [type, cell, text] of cells) {
    test(`${type} ${JSON.stringify(cell)}`, () => assert.equal(snowflakeText(cell, type), text))
  }

  test('binds keep their values and types, and people can read dates and times', () => {
    const bindings = {
      1: { type: 'FIXED', value: '12345678901234567890' },
      2: { type: 'TEXT', value: 'x' },
      3: { type: 'ANY', value: null },
      4: { type: 'DATE', value: '1577923200000' },
      5: { type: 'TIME', value: '3661000000001' },
      6: { type: 'TIMESTAMP_NTZ', value: '-1500000000' },
      7: { type: 'TIMESTAMP_TZ', value: '1700000000123456789 1500' },
      8: { type: 'FIXED', value: ['1', null, '3'] },
      9: { type: 'BOOLEAN', value: 'true' },
      10: { type: 'TIMESTAMP_LTZ', value: '1700000000123456789' },
      11: { type: 'ANY', value: [null, null] },
      12: { type: 'DATE', value: ['-86400000', null] },
    }
    const binds = bindValues(bindings)
    assert.deepEqual(wireBinds(binds), {
      ...bindings,
      3: { type: 'TEXT', value: null },
      11: { type: 'TEXT', value: [null, null] },
    })
    assert.deepEqual(binds, [
      { type: 'FIXED', value: '12345678901234567890' },
      'x',
      null,
      { type: 'DATE', value: '2020-01-02' },
      { type: 'TIME', value: '01:01:01.000000001' },
      { type: 'TIMESTAMP_NTZ', value: '1969-12-31T23:59:58.500000000' },
      { type: 'TIMESTAMP_TZ', value: '2023-11-14T23:13:20.123456789+01:00' },
      { type: { array: 'FIXED' }, value: ['1', null, '3'] },
      { type: 'BOOLEAN', value: 'true' },
      { type: 'TIMESTAMP_LTZ', value: '2023-11-14T22:13:20.123456789Z' },
      { type: { array: 'TEXT' }, value: [null, null] },
      { type: { array: 'DATE' }, value: ['1969-12-31', null] },
    ])
  })

  test('binds that are no values of their type are refused', () => {
    for (const bind of [
      { type: 'FIXED', value: '1; drop table x' },
      { type: 'DATE', value: 'yesterday' },
      { type: 'TIMESTAMP_TZ', value: '1 9999' },
      { type: 'TEXT', value: 1 },
      { type: 'ANY', value: 'x' },
      { type: 'ANY', value: [null, 'x'] },
      { type: 'constructor', value: 'x' },
      { type: 'DATE', value: '253402300800000' },
      ...['t', 'yes', 'on', '', 'truee'].map(value => ({ type: 'BOOLEAN', value })),
      { type: 'STAGE', value: '@x' },
      'text',
    ])
      assert.throws(() => bindValues({ 1: bind }), { code: 'invalid_request' })
    assert.throws(() => bindValues({ name: { type: 'TEXT', value: 'x' } }), { code: 'invalid_request' })
    assert.throws(() => bindValues({ 2: { type: 'TEXT', value: 'x' } }), { code: 'invalid_request' })
  })

  test('a query id is a session id and back, and nothing else is', () => {
    for (let count = 0; count < 200; count++) {
      const id = newSessionId()
      const queryId = queryIdOf(id)
      assert.match(queryId, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8000-0{12}$/)
      assert.equal(sessionIdOfQuery(queryId), id)
      const scan = `SELECT * FROM TABLE(RESULT_SCAN('${queryId}'))`
      assert.equal(scannedQuery(scan), queryId)
      assert.equal(scannedQuery(` ${scan} ; `), queryId)
    }
    // For minutes, where the work grew with the square of the blanks.
    const scan = `select * from table(result_scan('${queryIdOf(newSessionId())}'))`
    assert.equal(scannedQuery(`${scan}${' '.repeat(1e6)}x`), undefined)
    for (const text of ['', '01ba13b4-0104-e9fd-0000-0111029ca00e', `${queryIdOf(newSessionId())}0`])
      assert.equal(sessionIdOfQuery(text), undefined)
  })
})
