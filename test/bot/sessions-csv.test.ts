import assert from 'node:assert/strict'
import test from 'node:test'
import type { Asked } from '#bot/commands/answer.ts'
import { findAsFile } from '#bot/commands/find.ts'
import { sessionsCsv } from '#bot/commands/sessions-csv.ts'
import type { SessionLine } from '#src/oncall/internal-shapes.ts'
import { unseenCharacters } from '#src/show/visible-text.ts'
import { newSessionId } from '#src/statement.ts'

test('nothing that an agent wrote is obeyed by a terminal, or unseen', () => {
  const evil = '\u001B]0;owned\u0007\u001B[2J \u202Etxt.exe \u200B \u009B31m'
  const line: SessionLine = {
    ...{ id: newSessionId(), state: 'denied', receivedAt: 0, connection: evil, kind: 'select', rule: evil },
    ...{ agent: evil, tables: [evil], sql: evil },
  }
  const csv = sessionsCsv([line])
  assert.equal(unseenCharacters(csv), 0)
  assert.equal(csv.match(/⟨U\+001B⟩\[2J/g)?.length, 5)
})

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

test('nothing is a formula either where a semicolon separates cells, which minds no quotes inside of a line', () => {
  const evil = ['SELECT 1;=1+cmd|x', 'a; +1', 'a;"=1"', 'a;\n-1', 'a;\uFF1D1', 'a\r\n=1', 'a;;@1', 'plain; text']
  const line = (sql: string): SessionLine => ({
    ...{
      id: newSessionId(),
      state: 'denied',
      receivedAt: 0,
      connection: '',
      kind: '',
      rule: '',
      agent: '',
      tables: [],
    },
    sql,
  })
  const rows = sessionsCsv(evil.map(line)).split('\r\n').slice(1, -1)
  assert.equal(rows.length, evil.length)
  const cells = rows.flatMap(row => row.split(/[;\r\n]/).map(cell => cell.replaceAll(/[\s"]/g, '')))
  for (const cell of cells) assert.doesNotMatch(cell, /^[=+\-@\uFF1D]/)
  assert.match(rows.at(-1) ?? '', /plain; text$/)
})

for (const [most, words] of [
  [5, /^1,000 sessions, newest first: /],
  [9, /^The newest 1,000 sessions; narrow it down for the rest: /],
] as const)
  test(`a file of ${most} pages says whether it is all`, async () => {
    let pages = 0
    const line: SessionLine = {
      ...{ id: newSessionId(), state: 'denied', receivedAt: 0, connection: '', kind: '', rule: '', agent: '', sql: '' },
      tables: [],
    }
    const files: string[] = []
    const ask = async (_: string, __: unknown, { limit }: { limit: number }) => {
      pages += 1
      return { sessions: Array.from({ length: limit }, () => line), more: pages < most }
    }
    const client = {
      chat: { postMessage: async () => ({ channel: 'D1' }) },
      filesUploadV2: async ({ content }: { content: string }) => void files.push(content),
    }
    const asked = { ports: { gateway: { ask }, client }, actor: { user: 'U1' }, person: {} } as unknown as Asked
    assert.match((await findAsFile(asked, {})).text, words)
    assert.equal(files[0]?.split('\r\n').length, 1_002)
  })
