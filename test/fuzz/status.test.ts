import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { NoGoogleSql } from './google-sql.ts'
import { fuzzStatus, noGoogleSqlStatus } from './status.ts'

const finds = (counterexamples: number) => async () => counterexamples
const cannot = () => Promise.reject(new NoGoogleSql('no network'))

test('a counterexample is told by the status, whatever else could not be played', async () => {
  assert.equal(await fuzzStatus([finds(0), finds(0)]), 0)
  assert.equal(await fuzzStatus([finds(3), finds(0)]), 1)
  for (const parts of [
    [finds(3), cannot],
    [cannot, finds(3)],
  ])
    assert.equal(await fuzzStatus(parts), 1)
  assert.equal(await fuzzStatus([finds(0), cannot]), noGoogleSqlStatus)
  await assert.rejects(
    fuzzStatus([finds(0), () => Promise.reject(new Error('the judges are gone'))]),
    /judges are gone/,
  )
})

test('CI goes on without GoogleSQL, and ends with anything else that the fuzz step ends with', t => {
  const folder = mkdtempSync(join(tmpdir(), 'ci-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const npm = `#!/bin/sh\necho "npm $*"\ncase "$*" in *fuzz*) exit "$FUZZ";; esac\n`
  writeFileSync(join(folder, 'npm'), npm, { mode: 0o755 })
  for (const status of [0, 1, 2, noGoogleSqlStatus, 4]) {
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}`, FUZZ: String(status) }
    const ci = spawnSync('.ci/run', { env, encoding: 'utf8' })
    const goesOn = status === 0 || status === noGoogleSqlStatus
    assert.equal(ci.status === 0, goesOn, `${status}: ${ci.stderr}`)
    assert.equal(ci.stdout.includes('npm run --silent test\n'), goesOn, `${status}: ${ci.stdout}`)
  }
})
