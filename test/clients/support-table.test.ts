import assert from 'node:assert/strict'
import { test } from 'node:test'
import { suites } from './suites.ts'
import { readmeAgrees, shownTable, supportTable } from './support-table.ts'

for (const { name, clients, scenarios } of suites)
  test(`the README's table of ${name} is of the clients and scenarios that are played`, () => {
    const marks = new Map(scenarios.map(scenario => [scenario.name, 'passed' as const]))
    const played = supportTable(new Map(clients.map(client => [client.name, marks])))
    assert.equal(shownTable(name)?.replaceAll('–', '✔'), played)
    assert.equal(readmeAgrees(name, `${played}?`, false), false)
  })

test('a table that the README does not have is missed', () => {
  assert.equal(readmeAgrees('none', '', false), false)
})
