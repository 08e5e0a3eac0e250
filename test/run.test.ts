import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const tests = `import { describe, test } from 'node:test'
describe('without Redis', { skip: 'needs redis-server' }, () => {
  test('one', () => {})
  test('two', () => {})
})
describe('with Redis', () => test('three', () => {}))
test('four', { skip: true }, () => {})
`

/** What a program of the tests makes of one file, which holds two tests that pass or are skipped and a suite that is. */
function played(t: { after(work: () => void): void }, program: string, more: NodeJS.ProcessEnv = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'run-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'test', 'bot'), { recursive: true })
  writeFileSync(join(folder, 'test', 'bot', 'some.test.ts'), tests)
  // Without a PATH nothing is installed; the context is that of this test's own runner.
  const env = { ...process.env, CI: '', PATH: '', NODE_TEST_CONTEXT: undefined, ...more }
  return spawnSync(process.execPath, [resolve(program)], { cwd: folder, env, encoding: 'utf8' })
}

test('a suite that is skipped is counted, with its reason, and is a failure where CI=true', t => {
  const { stdout, status } = played(t, 'test/run.ts')
  assert.match(stdout, /skipped {2}.*some\.test\.ts: without Redis \(needs redis-server\)/)
  assert.match(stdout, /skipped {2}.*some\.test\.ts: four \(no reason given\)/)
  assert.match(stdout, /1 passed, 0 failed, 2 skipped\n$/)
  assert.equal(status, 0)
  assert.equal(played(t, 'test/run.ts', { CI: 'true' }).status, 1)
})

test('the tables about Slack say which suites were skipped', t => {
  const { stdout } = played(t, 'test/bot/report.ts')
  assert.match(stdout, /skipped {2}without Redis: needs redis-server/)
  assert.match(stdout, /1 of 1 passed, 2 skipped\n$/)
})
