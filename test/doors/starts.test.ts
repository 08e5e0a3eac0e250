import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { startRedis } from '#test/services/redis.ts'
import { startProcess } from '#test/stand/processes.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'

describe('how a program starts', { timeout: 300_000 }, () => {
  let stand: Stand
  before(async () => {
    stand = await startStand({ sizes: { customers: 100, orders: 1_000 }, bots: 0 })
    writeFileSync(join(stand.folder, 'plain'), '')
    const newer = new DatabaseSync(join(stand.folder, 'newer.db'))
    newer.exec('PRAGMA user_version = 99')
    newer.close()
  })
  after(() => stand.stop())

  test('a gateway’s files are for their owner alone', () => {
    const files = readdirSync(stand.folder).filter(name => /^(?:records|holds)\.db/.test(name))
    assert.ok(files.includes('records.db') && files.includes('holds.db'), files.join(', '))
    for (const name of files) assert.equal(statSync(join(stand.folder, name)).mode & 0o777, 0o600, name)
  })

  const gateway = 'gateway/main.ts'
  const cases: readonly [what: string, script: string, from: string, to: string, says: RegExp][] = [
    ['a port that is taken', gateway, '', '', /^gateway\.host, gateway\.port: another process listens on 127/],
    ['a record that cannot be kept', gateway, 'sqlite:records.db', 'sqlite:plain/r.db', /^stores\.records: .*plain/],
    [
      'a record of a newer version',
      gateway,
      'sqlite:records.db',
      'sqlite:newer.db',
      /^stores\.records: .*run the newer/,
    ],
    ['recordings that cannot be kept', gateway, 'recordings: recordings', 'recordings: plain', /^stores\.recordings: /],
    ['a hold store that is not there', gateway, 'sqlite:holds.db', 'redis://127.0.0.1:1', /^stores\.holds: .*reached/],
    [
      'a hold store that is not there',
      'bot/main.ts',
      'sqlite:holds.db',
      'redis://127.0.0.1:1',
      /^stores\.holds: .*reached/,
    ],
  ]
  for (const [what, script, from, to, says] of cases)
    test(`${script}, ${what}: the setting and what is wrong with it, in one line`, async () => {
      const config = join(stand.folder, 'wrong.yaml')
      writeFileSync(config, readFileSync(stand.config, 'utf8').replace(from, to))
      const program = {
        script,
        config,
        env: stand.env,
        ready: '"msg":"listening"',
        logFile: join(stand.folder, 'wrong.log'),
      }
      await assert.rejects(startProcess(program), ({ message }: Error) => {
        const [ended = '', ...said] = message.split('\n')
        assert.match(ended, /ended with 1 before/)
        assert.match(said.join('\n'), says)
        assert.deepEqual(said.slice(1), [''])
        return true
      })
    })

  test('a gateway whose hold store may forget says so in its log', async t => {
    const redis = await startRedis({ args: ['--appendonly', 'no'] })
    if (!redis) return t.skip('needs redis-server')
    t.after(redis.stop)
    const config = join(stand.folder, 'forgetful.yaml')
    writeFileSync(config, readFileSync(stand.config, 'utf8').replace('sqlite:holds.db', redis.url))
    const logFile = join(stand.folder, 'forgetful.log')
    const program = { script: gateway, config, env: stand.env, ready: '"msg":"listening"', logFile }
    // It ends by itself: its port is taken.
    await assert.rejects(startProcess(program), /"msg":"stores\.holds: This Redis keeps nothing over a restart/)
  })

  const slack = { QW_SLACK_BOT_TOKEN: 'xoxb-1', QW_SLACK_APP_TOKEN: 'xapp-1' }
  for (const script of [gateway, 'bot/main.ts'])
    for (const [what, level, from, to, says] of [
      ['a configuration', 'info', 'gateway:\n', 'gateway:\n  ports: 1\n', /no such field "ports"/],
      ['a level of the log', 'loud', '', '', /^QUERYWARDEN_LOG_LEVEL {2}write one of trace, debug/],
    ] as const)
      test(`${script}, ${what} that is wrong: what to write, and status 2`, async () => {
        const config = join(stand.folder, 'wrong.yaml')
        writeFileSync(config, readFileSync(stand.config, 'utf8').replace(from, to))
        const env = { ...stand.env, ...slack, QUERYWARDEN_LOG_LEVEL: level }
        const program = { script, config, env, ready: '"msg"', logFile: join(stand.folder, 'wrong.log') }
        await assert.rejects(startProcess(program), ({ message }: Error) => {
          const [ended = '', ...said] = message.split('\n')
          assert.match(ended, /ended with 2 before/)
          assert.match(said.join('\n'), says)
          assert.deepEqual(said.slice(1), ['1 problem', ''])
          return true
        })
      })
})
