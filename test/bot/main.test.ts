import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test from 'node:test'
import { SqliteHoldStore } from '#src/hold/sqlite-hold-store.ts'
import { type FakeSlack, startFakeSlack } from '#test/fakes/slack/fake-slack.ts'
import { startProcess } from '#test/stand/processes.ts'
import { startFakeGateway } from './fake-gateway.ts'
import { reviewKey, sampleHold } from './sample-hold.ts'
import { shownText } from './world.ts'

const config = (apiUrl: string, gateway = 'http://127.0.0.1:4480') => `
identity:
  issuers: [{ issuer: https://login.acme.example, audiences: [querywarden] }]
  people:
    - { id: oncall-1@acme.example, name: oncall-1, groups: [data-oncall], slack: { team: T0DEMO, user: U0ONCALL1 } }
gateway: { url: ${gateway} }
connections:
  analytics: { kind: snowflake, account: acme, database: DEMO, reader: READER, credentials: { mint: key-pair, user: GATEWAY, key: env:NOT_FOR_THE_BOT } }
stores: { holds: "sqlite:holds.sqlite", records: "sqlite:records.sqlite", recordings: recordings }
keys: { holds: env:NOT_FOR_THE_BOT, masks: env:NOT_FOR_THE_BOT, reviews: { sign: env:REVIEW_KEY, verify: env:NOT_FOR_THE_BOT } }
slack: { channel: C0APPROVALS, botToken: env:SLACK_BOT_TOKEN, appToken: env:SLACK_APP_TOKEN, apiUrl: ${apiUrl} }
policy: { file: policy.yaml }
`

const secretsOf = (slack: FakeSlack) => ({
  ...{ SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken },
  REVIEW_KEY: reviewKey.reveal(),
})

test('the process starts from one file, shows a card, and ends when it is told to', async () => {
  const slack = await startFakeSlack()
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-bot-main-'))
  try {
    writeFileSync(join(folder, 'querywarden.yaml'), config(slack.apiUrl))
    const child = spawn(process.execPath, ['bot/main.ts', join(folder, 'querywarden.yaml')], {
      env: { PATH: process.env.PATH, ...secretsOf(slack) },
    })
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
    const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
    await slack.waitFor(() => slack.connected === 2, 'connection')
    const holds = new SqliteHoldStore(join(folder, 'holds.sqlite'))
    const hold = sampleHold()
    await holds.create(hold)
    await slack.waitForMessage(message => shownText(message.blocks).includes(hold.id))
    child.kill('SIGTERM')
    assert.equal(await ended, 0, await stderr)
    const lines = (await stdout)
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.deepEqual([lines.at(0)?.part, lines.at(-1)?.msg], ['bot', 'stopped'])
    await holds.close()
  } finally {
    await slack.stop()
    rmSync(folder, { recursive: true })
  }
})

test('a denial that is acknowledged counts although the process is told to end right then', async () => {
  const slack = await startFakeSlack()
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-bot-main-'))
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let clicked = false
  const link = { id: 'l-1', team: 'T0DEMO', user: 'U0ONCALL2', person: 'oncall-2', at: 1, toldAt: 1 }
  const gateway = await startFakeGateway({
    links: async () => {
      if (clicked) {
        asked.resolve()
        await answered.promise
      }
      return { links: [link] }
    },
    denied: () => ({}),
  })
  const file = join(folder, 'querywarden.yaml')
  const settings = config(slack.apiUrl, gateway.url)
    .replace('  people:\n', '  people:\n    - { id: oncall-2, name: oncall-2, groups: [data-oncall] }\n')
    .replace('keys: { ', 'keys: { console: { sign: env:NOT_FOR_THE_BOT, verify: env:CONSOLE_KEY }, ')
  const signIn = `url: ${gateway.url}/console, issuer: https://login.acme.example, clientId: qw`
  writeFileSync(file, `${settings}console: { ${signIn}, clientSecret: env:NOT_FOR_THE_BOT }\n`)
  const { publicKey } = generateKeyPairSync('ed25519')
  const consoleKey = String(publicKey.export({ type: 'spki', format: 'pem' }))
  const bot = await startProcess({
    ...{ script: 'bot/main.ts', config: file, ready: 'connected to Slack', logFile: join(folder, 'bot.log') },
    env: { ...secretsOf(slack), CONSOLE_KEY: consoleKey },
  })
  const holds = new SqliteHoldStore(join(folder, 'holds.sqlite'))
  try {
    const hold = sampleHold()
    await holds.create(hold)
    const { channel, ts } = await slack.waitForMessage(message => shownText(message.blocks).includes(hold.id))
    await slack.click('U0ONCALL2', channel, ts, 'hold_deny')
    const view = await slack.waitForView('U0ONCALL2')
    clicked = true
    assert.equal((await slack.submit('U0ONCALL2', view.id, { words: 'not before the freeze' })).status, 'closed')
    await asked.promise
    const ended = bot.stop()
    await slack.waitFor(() => slack.connected === 0, 'end of the connection')
    answered.resolve()
    await ended
    assert.equal((await holds.fetch(hold.id))?.state, 'denied')
  } finally {
    answered.resolve()
    await bot.stop()
    await holds.close()
    await gateway.stop()
    await slack.stop()
    rmSync(folder, { recursive: true })
  }
})

test('QUERYWARDEN_LOG_LEVEL says how much it logs', async () => {
  const slack = await startFakeSlack()
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-bot-main-'))
  const file = join(folder, 'querywarden.yaml')
  writeFileSync(file, config(slack.apiUrl))
  const child = spawn(process.execPath, ['bot/main.ts', file], {
    env: { ...secretsOf(slack), QUERYWARDEN_LOG_LEVEL: 'error' },
  })
  const stdout = text(child.stdout)
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  try {
    await slack.waitFor(() => slack.connected === 2, 'connection')
    child.kill('SIGTERM')
    assert.equal(await ended, 0)
    assert.equal(await stdout, '')
  } finally {
    await slack.stop()
    rmSync(folder, { recursive: true })
  }
})

test('a configuration that changes takes effect without a restart; one that is wrong does not', async () => {
  const slack = await startFakeSlack()
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-bot-main-'))
  const file = join(folder, 'querywarden.yaml')
  writeFileSync(file, config(slack.apiUrl))
  const bot = await startProcess({
    ...{ script: 'bot/main.ts', config: file, ready: 'connected to Slack', logFile: join(folder, 'bot.log') },
    env: secretsOf(slack),
  })
  const holds = new SqliteHoldStore(join(folder, 'holds.sqlite'))
  const cardIn = async (channel: string) => {
    const hold = sampleHold()
    await holds.create(hold)
    const card = await slack.waitForMessage(message => shownText(message.blocks).includes(hold.id))
    assert.equal(card.channel, channel)
  }
  try {
    await cardIn('C0APPROVALS')
    writeFileSync(file, 'slack: { mode: pigeon }\n')
    await bot.logged('the old one stays in force')
    await cardIn('C0APPROVALS')
    writeFileSync(file, config(slack.apiUrl).replace('C0APPROVALS', 'C0ONCALL').replace(':4480', ':4490'))
    await bot.logged('configuration reloaded')
    await cardIn('C0ONCALL')
    // The gateway that runs takes no request that is made out to another one.
    await bot.logged('"settings":["gateway.url"]')
  } finally {
    await bot.stop()
    await holds.close()
    await slack.stop()
    rmSync(folder, { recursive: true })
  }
})

test('a configuration that is wrong is told line by line, and ends with 2', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-bot-main-'))
  const file = join(folder, 'querywarden.yaml')
  writeFileSync(file, 'slack: { mode: pigeon }\n')
  const child = spawn(process.execPath, ['bot/main.ts', file])
  const stderr = text(child.stderr)
  assert.equal(await new Promise(resolve => child.once('exit', resolve)), 2)
  assert.match(await stderr, /slack\.mode/)
  rmSync(folder, { recursive: true })
})
