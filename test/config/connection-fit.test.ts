import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '#src/config/check.ts'
import { formatProblems } from '#src/config/problem.ts'
import { configFolder, configText, environment } from './config-folder.ts'

/** The section between two lines of the right configuration. */
const between = (from: string, to: string) => configText.slice(configText.indexOf(from), configText.indexOf(to))

test('a role that no service account stands for is told where all connections are of BigQuery', async t => {
  const { file, write } = configFolder(t)
  const [analytics, lake] = [between('  analytics:', '  lake:'), between('  lake:', 'stores:')]
  const check = async (connections: string, rule: string) => {
    write(
      'querywarden.yaml',
      `${between('identity:', '  analytics:')}${connections}${configText.slice(configText.indexOf('stores:'))}`,
    )
    write('policy.yaml', `defaults: { as: reader }\nrules:\n  - { name: open, when: "true", then: allow, ${rule} }\n`)
    return formatProblems(await checkConfig(file, environment))
  }
  assert.match(
    await check(lake, 'as: raeder'),
    /policy\.yaml:3:1 {2}rules\[0\]\.as {2}no connection has a service account for "raeder" \(.*\); did you mean "reader"\?\n1 problem$/,
  )
  assert.equal(await check(lake, 'as: writer'), '0 problems')
  assert.equal(await check(`${analytics}${lake}`, 'as: ROLE_THAT_SNOWFLAKE_KNOWS'), '0 problems')
  const long = 'limits: { seconds: 3600 }'
  assert.match(
    await check(lake, long),
    /rules\[0\]\.limits\.seconds {2}warning: is more than 59m: Google takes a token for an hour at most.*\n1 warning$/,
  )
  assert.equal(await check(analytics, long), '0 problems')
})
