import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Value from 'typebox/value'
import { parse, parseAllDocuments } from 'yaml'
import { commandHelp } from '#bot/commands/help.ts'
import { showShortcut } from '#bot/commands/show.ts'
import { gateLimits } from '#src/classify/gate.ts'
import { readBotConfig, readConfigFile, readGatewayConfig } from '#src/config/load.ts'
import { gatewayReadsAtStart } from '#src/config/read-at-start.ts'
import {
  configReference,
  configSchemaJson,
  factReference,
  policyReference,
  policySchemaJson,
} from '#src/config/reference.ts'
import { configSchema } from '#src/config/schema.ts'
import type { Form } from '#src/config/schema-walk.ts'

const read = (name: string) => readFileSync(`manifests/${name}`, 'utf8')

test('the published schemas are those of the code', () => {
  const advice = 'write them anew: npm run docs'
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

/** The example with what stands behind "#". */
const wholeExample = (): unknown => parse(read('config.example.yaml').replaceAll(/^( +)# ( *[\w-]+:)/gm, '$1$2'))

/** Each setting of a form, by its path, with the values that it has in some objects of that form. */
function settingsOf(form: Form, values: readonly unknown[], path: string): [path: string, Form, readonly unknown[]][] {
  const kindOf = ({ properties }: Form) => properties?.kind?.const
  const ofKind = (choice: Form) =>
    values.filter(value => kindOf(choice) === undefined || kindOf(choice) === (value as { kind: unknown }).kind)
  const at = (name: string) => values.flatMap(value => (value as Record<string, unknown>)[name] ?? [])
  const inner = form.anyOf
    ? form.anyOf.flatMap(choice => settingsOf(choice, ofKind(choice), `${path}(${String(kindOf(choice) ?? '')})`))
    : Object.entries(form.properties ?? {}).flatMap(([name, each]) => settingsOf(each, at(name), `${path}.${name}`))
  const members = Object.values(form.patternProperties ?? {}).flatMap(each =>
    settingsOf(
      each,
      values.flatMap(value => Object.values(value as object)),
      `${path}.NAME`,
    ),
  )
  const items = form.items ? settingsOf(form.items, values, `${path}[]`) : []
  return [[path, form, values], ...inner, ...members, ...items]
}

test('the example configuration shows every setting', () => {
  const settings = settingsOf(configSchema as Form, [wholeExample()], '')
  assert.ok(settings.length > 100)
  const missing = settings.flatMap(([path, , values]) => (values.length === 0 ? [path] : []))
  assert.deepEqual(missing, [])
})

test('defaults that the example shows behind "#" are the real ones', () => {
  const given = new Map(
    settingsOf(configSchema as Form, [parse(read('config.example.yaml'))], '').map(([path, , values]) => [
      path,
      values,
    ]),
  )
  const behind = settingsOf(configSchema as Form, [wholeExample()], '').flatMap(([path, form, values]) => {
    const isAdded = given.get(path)?.length === 0 && given.get(path.replace(/\.\w+$/, ''))?.length !== 0
    return isAdded && form.default !== undefined && !form.patternProperties ? [{ path, form, values }] : []
  })
  assert.ok(behind.length > 20, `only ${behind.length}`)
  for (const { path, form, values } of behind)
    assert.deepEqual([...new Set(values)], [form.default].flat(), `${path} in the example`)
})

test('what is too long to be judged is what the reference says', () => {
  assert.ok(configReference().includes(`more than ${gateLimits.bytes.toLocaleString('en-US')} bytes is not judged`))
})

test('the README says what is read at the start alone', () => {
  const [, sentence = ''] = /Read at the start alone: ([\s\S]*?)\.\n/.exec(readFileSync('README.md', 'utf8')) ?? []
  const named = Array.from(sentence.matchAll(/`([\w.]+)`/g), ([, name]) => name)
  const known = Object.keys(gatewayReadsAtStart).map(path => path.replace(/^stores\..*/, 'stores'))
  assert.deepEqual(named, [...new Set(known)])
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
    services: Record<string, { build?: { target: string }; volumes: string[] }>
  }
  for (const { build, volumes } of Object.values(compose.services)) {
    assert.ok(!build || targets.includes(build.target))
    // A file that is replaced, as editors and git do, would stay the old one in the container.
    for (const volume of volumes) assert.match(volume, /^(\w+|\.\/[\w/]+):/)
  }
})

test('the images that Kubernetes is given are those of this version', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  const images = ['gateway', 'bot'].map(name => read(`kubernetes/${name}.yaml`).match(/image: (\S+)/)?.[1])
  assert.deepEqual(images, [`querywarden-gateway:${version}`, `querywarden-bot:${version}`])
})

test('what sets up Google Cloud may be run again, for another data set', t => {
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-gcloud-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const stub = (name: string, text: string) => writeFileSync(join(folder, name), `#!/bin/sh\n${text}`, { mode: 0o755 })
  stub('bq', `echo "$*" >> ${folder}/grants`)
  // As gcloud: what was created is there to be described, and is not created twice.
  stub(
    'gcloud',
    `cd ${folder}; echo "$*" >> calls; thing=made-$(echo "$*" | sed -E 's/ (create|describe|update|create-oidc|update-oidc) / /; s/( --|@).*//; s/[^a-z]/-/g')
case " $* " in
  *" describe "*) [ "$2" = describe ] && echo 1 || [ -e "$thing" ];;
  *" create "*|*" create-oidc "*) [ ! -e "$thing" ] && touch "$thing";;
esac`,
  )
  writeFileSync(join(folder, 'jwks.json'), '{}')
  for (const dataset of ['shop', 'other']) {
    const words = ['acme-lake', dataset, '--workload-identity', 'https://gw.example.com', join(folder, 'jwks.json')]
    const env = { PATH: `${folder}:${process.env.PATH}`, WRITE_TABLES: 'orders refunds' }
    const out = execFileSync('sh', ['manifests/bigquery.sh', ...words], { env, encoding: 'utf8' })
    assert.match(out, /^audience: /m)
  }
  const calls = readFileSync(join(folder, 'calls'), 'utf8')
  const granted = readFileSync(join(folder, 'grants'), 'utf8').matchAll(
    /GRANT `(\S+)` ON (.+) TO .*:querywarden-(\w+)@/g,
  )
  assert.deepEqual(Array.from(granted, ([, role, on, name]) => `${name} ${role} ${on}`).slice(0, 5), [
    'catalog roles/bigquery.dataViewer SCHEMA `acme-lake.shop`',
    'reader roles/bigquery.dataViewer SCHEMA `acme-lake.shop`',
    'writer roles/bigquery.dataViewer SCHEMA `acme-lake.shop`',
    'writer roles/bigquery.dataEditor TABLE `acme-lake.shop.orders`',
    'writer roles/bigquery.dataEditor TABLE `acme-lake.shop.refunds`',
  ])
  assert.match(calls, /^services enable (?=.*\biam\.)(?=.*\biamcredentials\.)(?=.*\bsts\.)/m)
  // Each role's subject may become its own service account, and sign nothing else in its name.
  const leave = calls.matchAll(
    /^iam service-accounts add-iam-policy-binding querywarden-(\w+)@.*\/subject\/(\w+) --role (\S+)$/gm,
  )
  assert.deepEqual(Array.from(leave, ([, name, subject, role]) => `${subject} ${name} ${role}`).slice(0, 3), [
    'AGENT_CATALOG catalog roles/iam.workloadIdentityUser',
    'AGENT_READER reader roles/iam.workloadIdentityUser',
    'AGENT_WRITER writer roles/iam.workloadIdentityUser',
  ])
  assert.equal(calls.match(/ create-oidc gateway .*--issuer-uri https:/g)?.length, 1)
  assert.equal(calls.match(/ update-oidc gateway .*--issuer-uri https:/g)?.length, 1)
})

test('each container is given what its process reads of the example configuration', () => {
  const compose = parse(read('compose.yaml')) as { services: Record<string, { environment: Record<string, string> }> }
  for (const [service, readConfig] of [
    ['gateway', readGatewayConfig],
    ['bot', readBotConfig],
  ] as const) {
    const { environment } = compose.services[service] ?? assert.fail(service)
    const [, secrets = ''] = new RegExp(`secrets/${service}:/run/secrets:ro # (.*)`).exec(read('compose.yaml')) ?? []
    const { problems } = readConfig('manifests/config.example.yaml', {})
    const needed = problems.map(
      ({ message }) => /([\w.]+)(?:: does not exist| is not set)$/.exec(message)?.[1] ?? message,
    )
    assert.ok(needed.length > 2)
    for (const name of needed) {
      assert.ok(name in environment || secrets.split(', ').includes(name), `${service} in compose: ${name}`)
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
      slash_commands: { command: string; should_escape: boolean; usage_hint: string }[]
    }
    settings: { event_subscriptions: { bot_events: string[] } }
    oauth_config: { scopes: { bot: string[] } }
  }
  assert.deepEqual(
    app.features.slash_commands.map(({ command, should_escape }) => [command, should_escape]),
    [['/qw', true]],
  )
  const hinted = app.features.slash_commands[0]?.usage_hint.split(' | ').map(hint => hint.split(' ')[0])
  assert.deepEqual(
    hinted,
    commandHelp.map(([usage]) => usage.split(' ')[0]),
  )
  assert.ok(app.oauth_config.scopes.bot.includes('chat:write'))
  assert.deepEqual(
    app.features.shortcuts.map(({ type, callback_id }) => [type, callback_id]),
    [['message', showShortcut]],
  )
  assert.equal(app.features.app_home.home_tab_enabled, true)
  assert.deepEqual(app.settings.event_subscriptions.bot_events, ['app_home_opened'])
})
