import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import Value from 'typebox/value'
import { parse, parseAllDocuments } from 'yaml'
import { showShortcut } from '#bot/commands/show.ts'
import { readBotConfig, readConfigFile, readGatewayConfig } from '#src/config/load.ts'
import {
  configReference,
  configSchemaJson,
  factReference,
  policyReference,
  policySchemaJson,
} from '#src/config/reference.ts'

const read = (name: string) => readFileSync(`manifests/${name}`, 'utf8')

test('the published schemas are those of the code', () => {
  const advice =
    'write it anew: node -p "(await import(\'./src/config/reference.ts\')).configSchemaJson().trimEnd()" > manifests/querywarden.schema.json, and policySchemaJson likewise'
  assert.equal(read('querywarden.schema.json'), configSchemaJson(), advice)
  assert.equal(read('policy.schema.json'), policySchemaJson(), advice)
})

test('the example configuration is right but for the secrets it names', () => {
  const { document, problems } = readConfigFile('manifests/config.example.yaml')
  assert.ok(document)
  assert.deepEqual(problems, [])
  const left = readGatewayConfig('manifests/config.example.yaml', {}).problems
  assert.ok(left.length > 0)
  for (const problem of left) assert.match(problem.message, /is not set$|does not exist$/)
})

test('the example configuration shows every setting', () => {
  const text = read('config.example.yaml')
  const settings = configReference().matchAll(/^\| `[^`]*?([A-Za-z]+)(?:\[\])?` \|/gm)
  const names = [...new Set([...settings].map(([, name]) => name ?? ''))].filter(name => name !== 'NAME')
  assert.ok(names.length > 40)
  for (const name of names) assert.match(text, new RegExp(`\\b${name}:`), `${name} is not shown`)
})

test('defaults that the example shows behind "#" are the real ones', () => {
  const text = read('config.example.yaml')
  const shown: Readonly<Record<string, string>> = {
    algorithms: '[RS256, ES256, EdDSA]',
    principal: 'sub',
    clockTolerance: '30s',
    maxSqlBytes: '1MiB',
    maxPending: '20',
    judges: '2',
    warmUp: 'true',
    mode: 'socket',
  }
  for (const [name, value] of Object.entries(shown)) {
    assert.ok(text.includes(`# ${name}: ${value}`), name)
    assert.ok(configReference().includes(`${name}\` | \`${value}\` |`), name)
  }
})

test('a validator of JSON Schema agrees that both examples are right', () => {
  for (const [schema, example] of [
    ['policy.schema.json', 'policy.example.yaml'],
    ['querywarden.schema.json', 'config.example.yaml'],
  ] as const)
    assert.deepEqual(Value.Errors(JSON.parse(read(schema)), parse(read(example))), [], example)
})

test('the references name every fact and every field', () => {
  for (const name of ['rules[].when', 'sensitive[].mask', 'defaults.limits.bytes'])
    assert.ok(policyReference().includes(`\`${name}\``))
  for (const name of ['agent.groups', 'statement.filters[].class', 'estimate.bytes', 'time.weekday'])
    assert.ok(factReference().includes(`\`${name}\``))
})

test('manifests are well-formed, and what they name exists', () => {
  const files = globSync('manifests/**/*.yaml')
  assert.ok(files.length >= 8)
  for (const file of files)
    for (const document of parseAllDocuments(readFileSync(file, 'utf8')))
      assert.deepEqual('errors' in document ? document.errors : [], [], file)
  execFileSync('sh', ['-n', 'manifests/bigquery.sh'])
  const targets = [...read('Dockerfile').matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name)
  const compose = parse(read('compose.yaml')) as {
    services: Record<string, { build?: { target: string }; secrets?: string[] }>
    secrets: Record<string, unknown>
  }
  for (const { build, secrets = [] } of Object.values(compose.services)) {
    assert.ok(!build || targets.includes(build.target))
    for (const secret of secrets) assert.ok(secret in compose.secrets, secret)
  }
})

test('each container is given what its process reads of the example configuration', () => {
  const compose = parse(read('compose.yaml')) as {
    services: Record<string, { environment: Record<string, string>; secrets: string[] }>
  }
  for (const [service, readConfig] of [
    ['gateway', readGatewayConfig],
    ['bot', readBotConfig],
  ] as const) {
    const { environment, secrets } = compose.services[service] ?? assert.fail(service)
    const { problems } = readConfig('manifests/config.example.yaml', {})
    const needed = problems.map(
      ({ message }) => /([\w.]+)(?:: does not exist| is not set)$/.exec(message)?.[1] ?? message,
    )
    assert.ok(needed.length > 2)
    for (const name of needed) {
      assert.ok(name in environment || secrets.includes(name), `${service} in compose: ${name}`)
      assert.match(
        read(`kubernetes/${service}.yaml`),
        new RegExp(`(?:key|name): ${name}\\b`),
        `${service} in Kubernetes`,
      )
    }
  }
})

test('neither container is given what belongs to the other process, and none runs as root', () => {
  const texts: Readonly<Record<string, RegExp>> = {
    'kubernetes/bot.yaml': /snowflake\.pem|holds\.key|masks\.key|database-url/i,
    'kubernetes/gateway.yaml': /slack|reviews\.pem/i,
  }
  for (const [file, foreign] of Object.entries(texts)) {
    const text = read(file).replaceAll(/^\s*#.*$/gm, '')
    assert.doesNotMatch(text, foreign, file)
    assert.match(text, /runAsNonRoot: true/)
  }
  assert.match(read('Dockerfile'), /^USER 10001$/m)
})

test('the Slack app answers to /qw and gets mentions as ids', () => {
  const app = parse(read('slack-app.yaml')) as {
    features: {
      app_home: { home_tab_enabled: boolean }
      shortcuts: { type: string; callback_id: string }[]
      slash_commands: { command: string; should_escape: boolean }[]
    }
    settings: { event_subscriptions: { bot_events: string[] } }
    oauth_config: { scopes: { bot: string[] } }
  }
  assert.deepEqual(
    app.features.slash_commands.map(({ command, should_escape }) => [command, should_escape]),
    [['/qw', true]],
  )
  assert.ok(app.oauth_config.scopes.bot.includes('chat:write'))
  assert.deepEqual(
    app.features.shortcuts.map(({ type, callback_id }) => [type, callback_id]),
    [['message', showShortcut]],
  )
  assert.equal(app.features.app_home.home_tab_enabled, true)
  assert.deepEqual(app.settings.event_subscriptions.bot_events, ['app_home_opened'])
})
