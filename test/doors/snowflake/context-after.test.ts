import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextAfter } from '#gateway/doors/snowflake/context-after.ts'
import { sessionCommand } from '#gateway/doors/snowflake/session-command.ts'
import { newSessionId } from '#src/statement.ts'

const session = { connection: 'shop', parameters: {} }

for (const sql of ['begin', 'create temporary table t (a int)', 'alter session set autocommit = false']) {
  test(`a request that two gateways answer at once opens one thing, and another request another: ${sql}`, () => {
    const command = sessionCommand(sql)
    assert.ok(command)
    const [one, other] = [newSessionId(), newSessionId()]
    assert.deepEqual(contextAfter(session, command, one), contextAfter(session, command, one))
    assert.notDeepEqual(contextAfter(session, command, one), contextAfter(session, command, other))
  })
}
