import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { loadGatewayConfig, loadRecordsConfig, readBotConfig } from '#src/config/load.ts'
import { configFolder, configText, edit, environment, keyFiles } from './config-folder.ts'

test('the gateway gets its settings with units resolved, defaults filled in and paths made absolute', t => {
  const { file, folder } = configFolder(t)
  const config = loadGatewayConfig(file, environment)
  assert.deepEqual(config.gateway, {
    host: '127.0.0.1',
    port: 4480,
    url: 'http://127.0.0.1:4480',
    maxSqlBytes: 2 ** 20,
    maxPending: 20,
    maxTransactions: 10,
    judges: 2,
    warmUp: true,
    transactionIdleSeconds: 600,
  })
  assert.deepEqual(config.issuers, [
    {
      issuer: 'https://login.example.com',
      audiences: ['querywarden'],
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      claims: { principal: 'sub', groups: 'groups' },
      clockToleranceSeconds: 30,
    },
  ])
  assert.equal(config.policyFile, join(folder, 'policy.yaml'))
  assert.equal(config.stores.recordings, join(folder, 'recordings'))
  assert.equal(config.stores.records?.reveal(), environment.DATABASE_URL)
  assert.equal(config.keys.holds.reveal(), keyFiles['holds.key'])
  assert.deepEqual(config.keys.reviews, { slack: keyFiles['reviews.pub']?.trimEnd() })
  assert.deepEqual(
    config.people.map(({ id }) => id),
    ['oncall-1', 'oncall-2', 'oncall-3'],
  )
})

test('minted tokens name the gateway and the account, unless told otherwise', t => {
  const { file, write } = configFolder(t)
  const credentials = () => loadGatewayConfig(file, environment).connections.analytics?.credentials
  assert.partialDeepStrictEqual(credentials(), {
    mint: 'external-oauth',
    issuer: 'http://127.0.0.1:4480',
    audience: 'https://acme-prod.snowflakecomputing.com',
    lifetimeSeconds: 60,
  })
  write(
    'querywarden.yaml',
    edit(
      configText,
      'user: AGENT_GATEWAY,',
      'user: AGENT_GATEWAY, issuer: "urn:gw", audience: "urn:sf", lifetime: 20s,',
    ),
  )
  assert.partialDeepStrictEqual(credentials(), { issuer: 'urn:gw', audience: 'urn:sf', lifetimeSeconds: 20 })
})

test('BigQuery credentials: impersonation from a credentials JSON, or the gateway as issuer', t => {
  const { file, write } = configFolder(t)
  const credentials = () => loadGatewayConfig(file, environment).connections.lake?.credentials
  assert.deepEqual(credentials(), {
    mint: 'impersonation',
    serviceAccounts: { reader: 'ro@acme-lake.iam.example', writer: 'rw@acme-lake.iam.example' },
    lifetimeSeconds: 300,
  })
  write('querywarden.yaml', edit(configText, 'mint: impersonation,', 'mint: impersonation, source: file:google.json,'))
  const impersonation = credentials()
  assert.ok(impersonation?.mint === 'impersonation' && impersonation.source)
  assert.equal(impersonation.source.reveal(), keyFiles['google.json'])
  write(
    'querywarden.yaml',
    edit(
      configText,
      'mint: impersonation,',
      'mint: workload-identity, key: file:snowflake.pem, audience: //iam.googleapis.com/x,',
    ),
  )
  assert.partialDeepStrictEqual(credentials(), {
    mint: 'workload-identity',
    issuer: 'http://127.0.0.1:4480',
    audience: '//iam.googleapis.com/x',
  })
})

test('where tokens of service accounts are asked for is the same with a slash at its end', t => {
  const { file, write } = configFolder(t)
  write(
    'querywarden.yaml',
    edit(configText, 'mint: impersonation,', 'mint: impersonation, iamUrl: https://iam.example/,'),
  )
  const credentials = loadGatewayConfig(file, environment).connections.lake?.credentials
  assert.partialDeepStrictEqual(credentials, { iamUrl: 'https://iam.example' })
})

test('the bot gets Slack and its own key, and nothing of the warehouses', t => {
  const { file } = configFolder(t)
  const config = readBotConfig(file, environment).config ?? assert.fail()
  assert.deepEqual(Object.keys(config).sort(), ['gateway', 'keys', 'people', 'slack', 'slackGroups', 'stores'])
  assert.deepEqual(Object.keys(config.stores), ['holds'])
  assert.deepEqual(Object.keys(config.keys), ['reviews'])
  assert.equal(config.slack.botToken.reveal(), environment.SLACK_BOT_TOKEN)
  assert.equal(config.slack.port, 4481)
  assert.ok(!('slack' in loadGatewayConfig(file, environment)))
})

test('what looks the record up asks for no secret but the record’s', t => {
  const { file, folder } = configFolder(t)
  for (const secret of Object.keys(keyFiles)) rmSync(join(folder, secret))
  const address = environment.DATABASE_URL ?? ''
  const { stores, connections } = loadRecordsConfig(file, { DATABASE_URL: address })
  assert.deepEqual([stores.records.reveal(), stores.recordings], [address, join(folder, 'recordings')])
  assert.deepEqual(Object.keys(connections), ['analytics', 'lake'])
  assert.throws(
    () => loadRecordsConfig(file, {}),
    /stores\.records {2}environment variable DATABASE_URL is not set\n1 problem/,
  )
})

test('SQLite paths are relative to the configuration file', t => {
  const { file, folder, write } = configFolder(t)
  write(
    'querywarden.yaml',
    edit(
      edit(configText, 'env:REDIS_URL', 'sqlite:data/holds.db'),
      'env:DATABASE_URL',
      'sqlite:/var/lib/qw/records.db',
    ),
  )
  const { stores } = loadGatewayConfig(file, {})
  assert.equal(stores.holds.reveal(), `sqlite:${join(folder, 'data/holds.db')}`)
  assert.equal(stores.records?.reveal(), 'sqlite:/var/lib/qw/records.db')
})

test('a configuration cannot be changed', t => {
  const { file } = configFolder(t)
  const config = loadGatewayConfig(file, environment)
  assert.throws(() => Object.assign(config.gateway, { host: '0.0.0.0' }), TypeError)
  assert.throws(() => (config.people as unknown[]).push({}), TypeError)
  assert.throws(() => Object.assign(config.connections.analytics ?? {}, { account: 'other' }), TypeError)
})

test('no secret shows in whatever a configuration is turned into', t => {
  const { file } = configFolder(t)
  const configs = [loadGatewayConfig(file, environment), readBotConfig(file, environment).config ?? assert.fail()]
  const text = configs
    .map(
      config => `${JSON.stringify(config)} ${inspect(config, { depth: 20, showHidden: true })} ${config.stores.holds}`,
    )
    .join('')
  assert.match(text, /\[redacted\]/)
  const secrets = ['snowflake.pem', 'holds.key', 'masks.key', 'reviews.pem'].flatMap(name =>
    (keyFiles[name] ?? '').split('\n').filter(line => line && !line.startsWith('-----')),
  )
  for (const secret of [...secrets, ...Object.values(environment)]) assert.ok(!text.includes(secret))
})
