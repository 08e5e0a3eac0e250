import assert from 'node:assert/strict'
import test from 'node:test'
import { sessionsCsv } from '#bot/commands/sessions-csv.ts'
import type { SessionLine } from '#src/oncall/internal-shapes.ts'
import { newSessionId } from '#src/statement.ts'

test('nothing that an agent wrote is a formula, or leaves its cell', () => {
  const starts = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']
  for (const start of starts) {
    const evil = `${start}HYPERLINK("https://evil.example","x")`
    const line: SessionLine = {
      ...{ id: newSessionId(), state: 'denied', receivedAt: 0, connection: evil, kind: 'select', rule: evil },
      ...{ agent: evil, tables: [evil], sql: `${evil}\r\n=1+1` },
    }
    const csv = sessionsCsv([line])
    assert.equal(csv.match(/"'/g)?.length, 5, JSON.stringify(start))
    const outside = csv.replaceAll(/"(?:[^"]|"")*"/g, '')
    assert.equal(outside.split('\r\n').length, 3)
    assert.doesNotMatch(outside, /HYPERLINK/)
  }
})
