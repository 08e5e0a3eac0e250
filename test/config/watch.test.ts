import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigProblems } from '#src/config/problem.ts'
import { type Change, loadPolicyFile, watchGatewayConfig, watchPolicy } from '#src/config/watch.ts'
import { decisionInput, nothingSpent } from '#test/decide/decision-input.ts'
import { configFolder, configText, edit, environment, keyFiles, otherRsaKey, policyText } from './config-folder.ts'

/** Changes one after the other, as they are reported. */
function changes<T>() {
  const arrived: Change<T>[] = []
  let wake: (() => void) | undefined
  return {
    onChange(change: Change<T>) {
      arrived.push(change)
      wake?.()
    },
    async next(): Promise<Change<T>> {
      while (arrived.length === 0) await new Promise<void>(resolve => (wake = resolve))
      return arrived.shift() as Change<T>
    },
    waiting: () => arrived.length,
  }
}

const denyAll = 'rules: [{ name: stop, when: "true", then: deny }]\n'
const alive = (t: { after(f: () => void): void }) => {
  // The watcher alone does not keep a process running.
  const timer = setInterval(() => {}, 1000)
  t.after(() => clearInterval(timer))
}

test('a changed policy decides the next statement; a broken one is reported and the old one stays', async t => {
  alive(t)
  const { folder, write } = configFolder(t)
  const seen = changes()
  const policy = watchPolicy(join(folder, 'policy.yaml'), change => seen.onChange(change))
  t.after(() => policy.close())
  const verdict = () =>
    policy.current().decide(decisionInput({ estimate: { bytes: 1 }, spent: [nothingSpent] })).verdict
  assert.equal(verdict(), 'allow')

  write('policy.yaml', denyAll)
  assert.ok('value' in (await seen.next()))
  assert.equal(verdict(), 'deny')

  write('policy.yaml', edit(denyAll, 'deny', 'alow'))
  const broken = await seen.next()
  assert.ok('problems' in broken && broken.problems[0]?.path === 'rules[0].then')
  assert.equal(verdict(), 'deny')

  rmSync(join(folder, 'policy.yaml'))
  const gone = await seen.next()
  assert.ok('problems' in gone && gone.problems[0]?.message === 'does not exist')
  assert.equal(verdict(), 'deny')

  writeFileSync(join(folder, 'new'), policyText)
  renameSync(join(folder, 'new'), join(folder, 'policy.yaml'))
  assert.ok('value' in (await seen.next()))
  assert.equal(verdict(), 'allow')
})

test('the first half of a policy that is being written never comes into force', async t => {
  alive(t)
  const { folder, write } = configFolder(t)
  const seen = changes()
  const policy = watchPolicy(join(folder, 'policy.yaml'), change => seen.onChange(change))
  t.after(() => policy.close())
  const whole = `rules:\n  - { name: open, when: "true", then: allow, as: R }\n  - { name: stop, when: "true", then: deny }\n`
  write('policy.yaml', whole.slice(0, whole.indexOf('  - { name: stop')))
  setTimeout(() => write('policy.yaml', whole), 150)
  const first = await seen.next()
  assert.ok('value' in first)
  assert.equal(policy.current().decide(decisionInput()).verdict, 'deny')
  assert.equal(seen.waiting(), 0)
})

test('a missing or broken policy does not start', t => {
  const { folder, write } = configFolder(t)
  write('policy.yaml', 'rules: maybe\n')
  for (const name of ['policy.yaml', 'none.yaml']) {
    assert.throws(() => watchPolicy(join(folder, name), () => {}), ConfigProblems)
    assert.throws(() => loadPolicyFile(join(folder, name)), ConfigProblems)
  }
})

test('a key file that changes takes effect without a restart; a short one does not', async t => {
  alive(t)
  const { file, write } = configFolder(t)
  const seen = changes()
  const config = watchGatewayConfig(file, environment, change => seen.onChange(change))
  t.after(() => config.close())
  const fresh = 'a-new-key-that-is-long-enough-to-be-one'
  write('holds.key', fresh)
  assert.ok('value' in (await seen.next()))
  assert.equal(config.current().keys.holds.reveal(), fresh)

  write('holds.key', 'too-short')
  const short = await seen.next()
  assert.ok('problems' in short)
  assert.deepEqual(
    short.problems.map(({ path }) => path),
    ['keys.holds'],
  )
  assert.equal(config.current().keys.holds.reveal(), fresh)

  write('holds.key', keyFiles['holds.key'] ?? '')
  assert.ok('value' in (await seen.next()))
  assert.equal(config.current().keys.holds.reveal(), keyFiles['holds.key'])
})

test('a folder swapped by symbolic link is seen, as Kubernetes does it', async t => {
  alive(t)
  const { file, folder, write } = configFolder(t)
  for (const [name, key] of [
    ['v1', 'first-version-of-a-key-of-32-bytes'],
    ['v2', 'other-version-of-a-key-of-32-bytes'],
  ] as const) {
    mkdirSync(join(folder, 'secrets', name), { recursive: true })
    writeFileSync(join(folder, 'secrets', name, 'holds.key'), key)
  }
  symlinkSync('v1', join(folder, 'secrets', '..data'))
  symlinkSync('..data/holds.key', join(folder, 'secrets', 'holds.key'))
  write('querywarden.yaml', edit(configText, 'file:holds.key', 'file:secrets/holds.key'))
  const seen = changes()
  const config = watchGatewayConfig(file, environment, change => seen.onChange(change))
  t.after(() => config.close())
  assert.match(config.current().keys.holds.reveal(), /^first/)
  symlinkSync('v2', join(folder, 'secrets', '..data_tmp'))
  renameSync(join(folder, 'secrets', '..data_tmp'), join(folder, 'secrets', '..data'))
  assert.ok('value' in (await seen.next()))
  assert.match(config.current().keys.holds.reveal(), /^other/)
})

test('what did not change is the same object as before, and a key that did is not', async t => {
  alive(t)
  const { file, write } = configFolder(t)
  const seen = changes()
  const config = watchGatewayConfig(file, environment, change => seen.onChange(change))
  t.after(() => config.close())
  const first = config.current()
  write('querywarden.yaml', edit(configText, 'name: On-call 1', 'name: Anna'))
  assert.ok('value' in (await seen.next()))
  assert.equal(config.current().people[0]?.name, 'Anna')
  assert.equal(config.current().people[1], first.people[1])
  assert.equal(config.current().connections, first.connections)
  assert.throws(() => Object.assign(config.current(), { people: [] }), TypeError)
  write('snowflake.pem', otherRsaKey)
  assert.ok('value' in (await seen.next()))
  assert.notEqual(config.current().connections.analytics, first.connections.analytics)
  assert.equal(config.current().connections.lake, first.connections.lake)
})

test('tokens are minted in the name of the gateway that was started, until it is started again', async t => {
  alive(t)
  const { file, write } = configFolder(t)
  const seen = changes()
  const config = watchGatewayConfig(file, environment, change => seen.onChange(change))
  t.after(() => config.close())
  write('querywarden.yaml', edit(configText, 'url: http://127.0.0.1:4480', 'url: https://gateway.acme.example'))
  assert.ok('value' in (await seen.next()))
  assert.equal(config.current().gateway.url, 'https://gateway.acme.example')
  assert.partialDeepStrictEqual(config.current().connections.analytics?.credentials, {
    issuer: 'http://127.0.0.1:4480',
  })
})

test('a setting that changes gives a new configuration, and files it newly names are watched', async t => {
  alive(t)
  const { file, write } = configFolder(t)
  const seen = changes()
  const config = watchGatewayConfig(file, environment, change => seen.onChange(change))
  t.after(() => config.close())
  write('new.key', 'first-version-of-a-key-of-32-bytes')
  write('querywarden.yaml', edit(configText, 'file:holds.key', 'file:new.key'))
  assert.ok('value' in (await seen.next()))
  assert.match(config.current().keys.holds.reveal(), /^first/)
  write('new.key', 'other-version-of-a-key-of-32-bytes')
  assert.ok('value' in (await seen.next()))
  assert.match(config.current().keys.holds.reveal(), /^other/)
})
