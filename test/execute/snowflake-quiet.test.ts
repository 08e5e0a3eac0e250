import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const script = `
  const { setUpSnowflake, rowsOf } = await import(${JSON.stringify(new URL('./snowflake-set-up.ts', import.meta.url).href)})
  const { authorizedStatement } = await import(${JSON.stringify(new URL('../mint/authorized-statement.ts', import.meta.url).href)})
  const setUp = await setUpSnowflake({ customers: 10, orders: 10 })
  const { execution, credential } = await setUp.execute(authorizedStatement({ sql: 'select 1 as a', approved: true }))
  await rowsOf(execution)
  await setUp.minter.end(credential)
  await setUp.close()
`

test('nothing is written or printed on the way to Snowflake, even where a file on the machine tells drivers to trace everything', async () => {
  const home = await mkdtemp(join(tmpdir(), 'querywarden-home-'))
  try {
    const instructions = join(home, 'sf_client_config.json')
    await writeFile(instructions, JSON.stringify({ common: { log_level: 'TRACE', log_path: home } }), { mode: 0o600 })
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: home,
      env: { ...process.env, HOME: home, SF_CLIENT_CONFIG_FILE: instructions, NODE_OPTIONS: '' },
    })
    assert.equal(stdout, '')
    assert.equal(stderr, '')
    assert.deepEqual(await readdir(home), ['sf_client_config.json'])
  } finally {
    await rm(home, { recursive: true })
  }
})
