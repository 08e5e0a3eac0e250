import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkConfig } from '#src/config/check.ts'
import { loadGatewayConfig, readBotConfig, readGatewayConfig } from '#src/config/load.ts'
import { ConfigProblems, formatProblems } from '#src/config/problem.ts'
import { configFolder, configText, edit, environment, isRoot, keyFiles, lineOf, policyText } from './config-folder.ts'

/** One edit of a right configuration, where the problem is found (a text that stands on its line), its path and the advice. */
const wrong: readonly [from: string, to: string, place: string, path: string, advice: RegExp][] = [
  [
    'audiences',
    'audience',
    'audience:',
    'identity.issuers[0].audience',
    /^no such field "audience"; did you mean "audiences"\?$/,
  ],
  [
    'audiences: [querywarden]',
    'audiences: []',
    'audiences',
    'identity.issuers[0].audiences',
    /^needs at least one entry$/,
  ],
  [
    'groups: groups',
    'algorithms: [HS256]',
    'HS256',
    'identity.issuers[0].algorithms[0]',
    /^write one of RS256, .*did you mean "RS256"\?$/,
  ],
  [
    'groups: groups',
    'clockTolerance: 10m',
    'clockTolerance',
    'identity.issuers[0].clockTolerance',
    /^is more than 2m$/,
  ],
  [
    'https://login.example.com',
    'http://login.example.com',
    'login.example',
    'identity.issuers[0].issuer',
    /^is plain http beyond this machine; write an https URL$/,
  ],
  [
    'https://login.example.com',
    'login.example.com',
    'login.example',
    'identity.issuers[0].issuer',
    /^write a URL such as https:/,
  ],
  [
    'gateway:\n',
    '  slackGroups: { privacy: S0123 }\ngateway:\n',
    'On-call 1',
    'identity.people[0].groups',
    /^"privacy" is one of identity\.slackGroups: Slack says who is in it$/,
  ],
  [
    'gateway:\n',
    '  slackGroups: { rota: "@data-oncall" }\ngateway:\n',
    'slackGroups',
    'identity.slackGroups.rota',
    /^write the id of a Slack user group/,
  ],
  ['id: oncall-2', 'id: oncall-1', 'On-call 2', 'identity.people[1].id', /^is the id of identity\.people\[0\] again$/],
  [
    'user: U0002',
    'user: U0001',
    'On-call 2',
    'identity.people[1].slack',
    /^is the Slack account of identity\.people\[0\] again; each person needs their own$/,
  ],
  [
    'slack: { team: T0123, user: U0001 } }',
    'slack: { team: T0123, user: U0001 }, subject: s-1 }\n    - { id: oncall-3, name: On-call 3, subject: s-1 }',
    'On-call 3',
    'identity.people[1].subject',
    /^is the subject of identity\.people\[0\] again$/,
  ],
  [
    'slack: { channel',
    'console: { url: http://127.0.0.1:4480/console, issuer: https://login.example.com, clientId: c, clientSecret: env:WRONG }\nslack: { channel',
    'console:',
    'console',
    /^needs keys\.console: the gateway signs what people decide there with it$/,
  ],
  [
    'slack: { channel',
    'console: { url: http://127.0.0.1:4480, issuer: https://login.example.com, clientId: c, clientSecret: env:WRONG }\nslack: { channel',
    'console:',
    'console.url',
    /^write a URL with one path segment/,
  ],
  [
    'slack: { channel',
    'console: { url: http://127.0.0.1:4480/queries, issuer: https://login.example.com, clientId: c, clientSecret: env:WRONG }\nslack: { channel',
    'console:',
    'console.url',
    /^the gateway answers other things under \/queries$/,
  ],
  [
    'user: U0002',
    'user: alice',
    'On-call 2',
    'identity.people[1].slack.user',
    /^write the id of a Slack user, such as U0123ABCD, not a name$/,
  ],
  [
    '  url: http://127.0.0.1:4480',
    '  url: http://127.0.0.1:4480\n  port: "4480"',
    'port:',
    'gateway.port',
    /^write a whole number from 0 to 65535 here$/,
  ],
  [
    '  url: http://127.0.0.1:4480',
    '  host: 127.0.0.1',
    'host:',
    'gateway.url',
    /^is missing: The gateway as agents reach it/,
  ],
  [
    '  url: http://127.0.0.1:4480',
    '  url: http://127.0.0.1:4480\n  maxSqlBytes: 32MiB',
    'maxSqlBytes',
    'gateway.maxSqlBytes',
    /^is more than 16MiB$/,
  ],
  [
    'kind: snowflake',
    'kind: snowflak',
    'kind: snowflak',
    'connections.analytics.kind',
    /^write one of snowflake, bigquery; did you mean "snowflake"\?$/,
  ],
  [
    '    database: ANALYTICS\n',
    '',
    'kind: snowflake',
    'connections.analytics.database',
    /^is missing: Database that unqualified names resolve in/,
  ],
  [
    '  analytics:',
    '  Analytics:',
    'Analytics',
    'connections.Analytics',
    /^write a connection name in lower-case letters/,
  ],
  [
    'account: acme-prod',
    'acount: acme-prod',
    'acount',
    'connections.analytics.acount',
    /^no such field "acount"; did you mean "account"\?$/,
  ],
  [
    'external-oauth',
    'external_oauth',
    'external_oauth',
    'connections.analytics.credentials.mint',
    /^write one of external-oauth, key-pair; did you mean "external-oauth"\?$/,
  ],
  [
    'external-oauth, user: AGENT_GATEWAY',
    'external-oauth, lifetime: 5m, user: AGENT_GATEWAY',
    '5m',
    'connections.analytics.credentials.lifetime',
    /^is more than 60s$/,
  ],
  [
    'external-oauth, user: AGENT_GATEWAY',
    'external-oauth, lifetime: 9s, user: AGENT_GATEWAY',
    '9s',
    'connections.analytics.credentials.lifetime',
    /^is less than 10s$/,
  ],
  [
    'account: acme-prod',
    'account: acme-prod\n    url: https://proxy.acme.example/snowflake',
    'url: https://proxy',
    'connections.analytics.url',
    /^has a path, which Snowflake has not; write the host alone$/,
  ],
  [
    'file:snowflake.pem',
    'file:two-kinds.pem',
    'two-kinds.pem',
    'connections.analytics.credentials.key',
    /^file:two-kinds\.pem is a key of the kind ed25519, but rsa is needed/,
  ],
  [
    'file:snowflake.pem',
    'snowflake.pem',
    'snowflake.pem',
    'connections.analytics.credentials.key',
    /^write env:NAME or file:PATH here; a secret itself never stands in this file$/,
  ],
  [
    'file:snowflake.pem',
    'file:missing.pem',
    'missing.pem',
    'connections.analytics.credentials.key',
    /^file \/.*\/missing\.pem: does not exist$/,
  ],
  [
    'file:snowflake.pem',
    'file:reviews.pem',
    'AGENT_GATEWAY',
    'connections.analytics.credentials.key',
    /^file:reviews\.pem is a key of the kind ed25519, but rsa is needed; make one with: openssl genpkey -algorithm RSA/,
  ],
  [
    'file:snowflake.pem',
    'file:weak.pem',
    'weak.pem',
    'connections.analytics.credentials.key',
    /^file:weak\.pem is shorter than 2,048 bits/,
  ],
  [
    'file:snowflake.pem',
    'file:holds.key',
    'AGENT_GATEWAY',
    'connections.analytics.credentials.key',
    /^file:holds\.key is not a private key in PKCS #8 PEM/,
  ],
  [
    '    reader: reader',
    '    reader: raeder',
    'raeder',
    'connections.lake.reader',
    /^is not a key of credentials\.serviceAccounts \(reader, writer\)$/,
  ],
  [
    'writer: rw@acme-lake.iam.example',
    'writer: rw',
    'writer: rw',
    'connections.lake.credentials.serviceAccounts.writer',
    /^write the e-mail address of a service account$/,
  ],
  [
    'mint: impersonation,',
    'mint: impersonation, source: file:holds.key,',
    'source',
    'connections.lake.credentials.source',
    /^file:holds\.key is not a credentials JSON/,
  ],
  [
    'mint: impersonation,',
    'mint: impersonation, source: file:impersonated.json,',
    'source',
    'connections.lake.credentials.source',
    /^file:impersonated\.json is a credentials JSON of another type than service_account, authorized_user, external_account$/,
  ],
  [
    'mint: impersonation,',
    'mint: workload-identity, key: file:snowflake.pem,',
    'workload-identity',
    'connections.lake.credentials.audience',
    /^is missing: Full name of the provider/,
  ],
  [
    'mint: impersonation,',
    'mint: impersonation, iamUrl: http://iam.example,',
    'iamUrl',
    'connections.lake.credentials.iamUrl',
    /^is plain http beyond this machine/,
  ],
  [
    'holds: env:REDIS_URL',
    'holds: redis://:hunter2-in-the-clear@db:6379',
    'stores:',
    'stores.holds',
    /^write sqlite:PATH, redis:\/\/HOST:6379 without a password, or env:NAME or file:PATH where there is one$/,
  ],
  [
    'holds: env:REDIS_URL',
    'holds: env:REDIS_URI',
    'stores:',
    'stores.holds',
    /^environment variable REDIS_URI is not set$/,
  ],
  [
    'records: env:DATABASE_URL',
    'records: env:REDIS_URL',
    'stores:',
    'stores.records',
    /^env:REDIS_URL is not an address of the kind postgres:\/\/…/,
  ],
  [
    'records: env:DATABASE_URL',
    'records: postgres://qw@db.acme.example/qw',
    'stores:',
    'stores.records',
    /^this goes in the clear, or to whoever answers there, beyond this machine; write \?sslmode=verify-full behind it/,
  ],
  [
    'records: env:DATABASE_URL',
    'records: postgres://qw@db.acme.example/qw?sslmode=verify-full&password=hunter2-in-the-clear',
    'stores:',
    'stores.records',
    /^write sqlite:PATH, postgres:\/\/HOST\/DATABASE\?sslmode=verify-full without a password/,
  ],
  [
    'recordings: recordings',
    'recordings: s3://bucket',
    'stores:',
    'stores.recordings',
    /^write the path of a file or folder on this machine$/,
  ],
  [
    'file:holds.key',
    'file:short.key',
    'short.key',
    'keys.holds',
    /^file:short\.key has 16 bytes, but a key needs at least 32; make one with: openssl rand -base64 48$/,
  ],
  ['file:holds.key', 'file:empty.key', 'empty.key', 'keys.holds', /^file \/.*\/empty\.key: is empty$/],
  ['file:holds.key', 'file:.', 'holds: file:.', 'keys.holds', /^file \/.*: is a folder$/],
  [
    'file:masks.key',
    'file:holds.key',
    'masks: file:holds.key',
    'keys.masks',
    /^is the same key as keys\.holds; each needs its own$/,
  ],
  [
    'verify: file:reviews.pub',
    'verify: file:reviews.pem',
    'verify',
    'keys.reviews.verify',
    /^file:reviews\.pem holds a private key; the gateway gets the public half only/,
  ],
  [
    'verify: file:reviews.pub',
    'verify: file:other-reviews.pub',
    'verify',
    'keys.reviews',
    /^sign and verify are not the two halves of one key; no approval would count$/,
  ],
  [
    'sign: file:reviews.pem',
    'sign: file:snowflake.pem',
    'verify',
    'keys.reviews.sign',
    /^file:snowflake\.pem is a key of the kind rsa, but ed25519 is needed/,
  ],
  ['sign: file:reviews.pem, ', '', 'verify', 'keys.reviews', /^sign is missing: the bot signs reviews with it$/],
  [
    'channel: C0123',
    'channel: "#data-approvals"',
    'botToken: ',
    'slack.channel',
    /^write the id of a channel, such as C0123ABCD/,
  ],
  [', appToken: env:SLACK_APP_TOKEN', '', 'botToken: ', 'slack', /^appToken is missing: mode socket needs it$/],
  [
    'channel: C0123',
    'mode: http, channel: C0123',
    'channel: C0123',
    'slack',
    /^signingSecret is missing: mode http needs it$/,
  ],
  [
    'botToken: env:SLACK_BOT_TOKEN',
    'botToken: env:WRONG',
    'channel: C0123',
    'slack.botToken',
    /^env:WRONG is not a bot token \(xoxb-…\)$/,
  ],
  [
    'botToken: env:SLACK_BOT_TOKEN',
    'botToken: xoxb-in-the-clear',
    'channel: C0123',
    'slack.botToken',
    /^write env:NAME or file:PATH here; a secret itself never stands in this file$/,
  ],
  [
    'policy: { file: policy.yaml }',
    'policy: {}',
    'policy:',
    'policy.file',
    /^is missing: The policy, relative to this file\.$/,
  ],
  [
    'policy: { file: policy.yaml }',
    'polcy: { file: policy.yaml }',
    'polcy',
    'polcy',
    /^no such field "polcy"; did you mean "policy"\?$/,
  ],
]
for (const [from, to, place, path, advice] of wrong)
  test(`${path}: ${to || `no ${from}`}`, async t => {
    const { file, write } = configFolder(t)
    const text = edit(configText, from, to)
    write('querywarden.yaml', text)
    const problems = await checkConfig(file, environment)
    const found = problems.find(problem => problem.path === path && advice.test(problem.message))
    assert.ok(found, formatProblems(problems))
    assert.equal(found.file, file)
    assert.equal(found.line, lineOf(text, place), formatProblems(problems))
    assert.ok(found.column > 0)
    assertNothingSecret(formatProblems(problems))
    assert.doesNotMatch(formatProblems(problems), /in-the-clear/)
  })

/** No contents of a key file (of PEM: its lines) and no value of the environment. */
function assertNothingSecret(text: string): void {
  const lines = Object.values(keyFiles).flatMap(content =>
    content.split('\n').filter(line => line && !line.startsWith('-----')),
  )
  for (const secret of [...lines, ...Object.values(environment)])
    assert.ok(!text.includes(secret), 'a secret was printed')
}

test('one key pair for two places, or two halves of different ones, keep a process that sees it from starting', t => {
  const { file, write } = configFolder(t)
  const site =
    'console: { url: http://127.0.0.1:4480/console, issuer: https://login.example.com, clientId: c, clientSecret: env:WRONG }'
  const start = (sign: string, verify: string) => {
    const keys = `  console: { sign: file:${sign}, verify: file:${verify} }\n${site}\nslack: { channel`
    write('querywarden.yaml', edit(configText, 'slack: { channel', keys))
    const gateway = readGatewayConfig(file, environment)
    const bot = readBotConfig(file, environment)
    assert.equal(gateway.config, undefined)
    return { gateway: formatProblems(gateway.problems), bot: formatProblems(bot.problems) }
  }
  const same = start('reviews.pem', 'reviews.pub')
  for (const printed of [same.gateway, same.bot])
    assert.match(printed, /keys\.console {2}is the key pair of keys\.reviews; the console needs its own/)
  write('reviews-again.pub', `${keyFiles['reviews.pub']?.replaceAll('\n', '\r\n')}\n\n`)
  assert.match(start('reviews.pem', 'reviews-again.pub').gateway, /is the key pair of keys\.reviews/)
  assert.match(start('reviews.pem', 'other-reviews.pub').gateway, /keys\.console {2}sign and verify are not the two/)
})

test('a right configuration has no problem', async t => {
  assert.deepEqual(await checkConfig(configFolder(t).file, environment), [])
})

test('configuration and policy are checked at once', async t => {
  const { file, folder, write } = configFolder(t)
  write(
    'querywarden.yaml',
    edit(edit(configText, 'file:masks.key', 'file:nowhere.key'), 'channel: C0123', 'channel: C0123, chanel: C1'),
  )
  write('policy.yaml', edit(policyText, 'statement.writes.size()', 'statement.writez.size()'))
  const printed = formatProblems(await checkConfig(file, environment))
  assert.match(printed, /querywarden\.yaml:29:26 {2}slack\.chanel {2}no such field "chanel"; did you mean "channel"\?/)
  assert.match(
    printed,
    new RegExp(`${join(folder, 'policy.yaml')}:\\d+:11 {2}rules\\[2\\]\\.when {2}no such field "statement\\.writez"`),
  )
  assert.match(printed, /keys\.masks {2}file .*nowhere\.key: does not exist/)
  assert.match(printed, /\n3 problems$/)
})

test('a hold whose group has too few people with a Slack account could never be approved', async t => {
  const { file, folder, write } = configFolder(t)
  write('querywarden.yaml', edit(configText, 'groups: [data-platform, privacy]', 'groups: [data-platfrom]'))
  const printed = formatProblems(await checkConfig(file, environment))
  assert.ok(printed.includes(`${join(folder, 'policy.yaml')}:`))
  assert.match(
    printed,
    /rules\[1\]\.approvers {2}group "data-platform" has 0 of the 1 people with a Slack account that are needed \(identity\.people\); did you mean "data-platfrom"\?/,
  )
  assert.match(printed, /rules\[3\]\.stages\[1\] {2}group "privacy" has 1 of the 2 people/)
  assert.match(
    printed,
    /rules\[2\]\.approvers\.escalate\.group {2}group "data-platform" has 0 of the 1 people .* did you mean "data-platfrom"\?/,
  )
})

test('who may break the glass is there and can be reached', async t => {
  const { file, write } = configFolder(t)
  write('policy.yaml', `break_glass: { named: [platfrom-1, ci-1] }\n${policyText}`)
  write('querywarden.yaml', edit(configText, '  people:\n', '  people:\n    - { id: ci-1, name: CI }\n'))
  const printed = formatProblems(await checkConfig(file, environment))
  assert.match(printed, /break_glass\.named\[0\] {2}nobody of identity\.people has the id "platfrom-1"/)
  assert.match(printed, /break_glass\.named\[1\] {2}"ci-1" has neither a Slack account nor a sign-in/)
  assert.match(printed, /\n2 problems$/)
})

test('stages that need more people together than there are could never be approved, and a rule that another outweighs says so', async t => {
  const { file, write } = configFolder(t)
  write('querywarden.yaml', configText.replace(/^.*id: oncall-3.*\n/m, ''))
  write(
    'policy.yaml',
    `defaults: { as: ANALYST, expires: 1h }
rules:
  - name: both
    when: statement.harmless
    then: hold
    stages: [{ group: data-oncall }, { group: privacy, people: 2 }]
  - name: none
    when: 'statement . harmless'
    then: allow
`,
  )
  const printed = formatProblems(await checkConfig(file, environment))
  assert.match(printed, /policy\.yaml:3:1 {2}rules\[0\]\.stages {2}the stages need 3 people together.* and have 2 with/)
  assert.match(
    printed,
    /policy\.yaml:7:1 {2}rules\[1\]\.when {2}warning: has no effect: rule "both" asks the same and holds/,
  )
})

test('groups of a person that have a wrong form are told beside all else', async t => {
  const { file, write } = configFolder(t)
  for (const [wrong, says] of [
    ['data-platform', /identity\.people\[\d\]\.groups {2}write a list here/],
    ['[5]', /identity\.people\[\d\]\.groups\[0\] {2}write some text/],
  ] as const) {
    write('querywarden.yaml', edit(configText, 'groups: [data-platform, privacy]', `groups: ${wrong}`))
    assert.match(formatProblems(await checkConfig(file, environment)), says)
  }
})

test('words of a policy that YAML reads as a comment are told', async t => {
  const { file, write } = configFolder(t)
  const reason = (text: string) => edit(policyText, 'because: Somebody looks at every write.', `because: ${text}`)
  write('policy.yaml', reason('Ask in #data-oncall first.'))
  const printed = formatProblems(await checkConfig(file, environment))
  assert.match(printed, /policy\.yaml:\d+:\d+ {2}warning: the text ends here, .*put all of it in quotes\n1 warning$/)
  for (const meant of ['Ask first. # the others', '"Ask in #data-oncall first."', 'Ask in issue#12.']) {
    write('policy.yaml', reason(meant))
    assert.doesNotMatch(formatProblems(await checkConfig(file, environment)), /comment/)
  }
})

test('who is in a Slack user group is not known here, but who signs in anew has to be known without Slack', async t => {
  const { file, write } = configFolder(t)
  const moved = edit(configText, 'groups: [data-platform, privacy]', 'groups: [privacy]')
  write('querywarden.yaml', edit(moved, 'gateway:', '  slackGroups: { data-platform: S0123 }\ngateway:'))
  assert.doesNotMatch(formatProblems(await checkConfig(file, environment)), /data-platform/)
  write(
    'policy.yaml',
    edit(policyText, 'when: estimate.bytes > gib(200)', 'step_up: true\n    when: estimate.bytes > gib(200)'),
  )
  assert.match(
    formatProblems(await checkConfig(file, environment)),
    /group "data-platform" has 0 of the 1 people who can sign in to the console/,
  )
})

test('a missing configuration or policy is said in one line', async t => {
  const { file, folder, write } = configFolder(t)
  assert.equal(
    formatProblems(await checkConfig(join(folder, 'none.yaml'), environment)),
    `${join(folder, 'none.yaml')}  does not exist\n1 problem`,
  )
  write('querywarden.yaml', edit(configText, 'file: policy.yaml', 'file: none.yaml'))
  const line = configText.slice(0, configText.indexOf('file: policy.yaml')).split('\n').length
  assert.match(
    formatProblems(await checkConfig(file, environment)),
    new RegExp(`^${file}:${line}:\\d+  policy\\.file  file ${join(folder, 'none.yaml')}: does not exist\n1 problem$`),
  )
})

test('a key file that may not be read names the user it is not readable by', t => {
  const { file, folder } = configFolder(t)
  chmodSync(folder, 0o755)
  chmodSync(join(folder, 'holds.key'), 0)
  const nobody = 65534
  // Root reads every file; the effective user decides.
  if (isRoot) process.seteuid?.(nobody)
  try {
    const expected = new RegExp(
      `keys\\.holds {2}file .*: not readable by user ${isRoot ? nobody : process.getuid?.()}\n`,
    )
    assert.throws(() => loadGatewayConfig(file, environment), expected)
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})

test('listening beyond this machine behind no TLS is a warning, and does not keep the gateway from starting', async t => {
  const { file, write } = configFolder(t)
  write(
    'querywarden.yaml',
    edit(configText, '  url: http://127.0.0.1:4480', '  url: http://gateway.internal\n  host: 0.0.0.0'),
  )
  const printed = formatProblems(await checkConfig(file, environment))
  assert.match(printed, /gateway\.host {2}warning: listens beyond this machine/)
  assert.match(printed, /\n1 warning$/)
  assert.equal(loadGatewayConfig(file, environment).gateway.host, '0.0.0.0')
})

test('a store beyond this machine is reached over TLS that is verified, or on purpose without', async t => {
  const { file } = configFolder(t)
  const found = async (changed: Readonly<Record<string, string>>) =>
    (await checkConfig(file, { ...environment, ...changed })).map(
      ({ path, severity = 'error' }) => `${path} ${severity}`,
    )
  const record = (address: string) => found({ DATABASE_URL: address })
  for (const safe of [
    'postgres://qw:pw@db.acme.example/qw?sslmode=verify-full',
    'postgresql://qw:pw@10.0.0.7:5433/qw?sslmode=verify-full&sslrootcert=/etc/ca.pem',
    'postgres://qw:pw@[::1]/qw',
    'postgres://qw:pw@localhost/qw?sslmode=disable',
    'postgres://qw:pw@LOCALHOST/qw',
    'postgres://qw:pw@%2Fvar%2Frun%2Fpostgresql/qw',
    'postgres:///qw?host=/var/run/postgresql',
  ])
    assert.deepEqual(await record(safe), [], safe)
  for (const unsafe of [
    'postgres://qw:pw@db.acme.example/qw',
    'postgres://qw:pw@db/qw',
    'postgres:///qw',
    'postgres://qw:pw@db.acme.example/qw?sslmode=require',
    'postgres://qw:pw@db.acme.example/qw?sslmode=no-verify',
    'postgres://qw:pw@db.acme.example/qw?sslmode=verify-full&sslmode=no-verify',
    'postgres://qw:pw@127.0.0.1/qw?host=db.acme.example',
    'postgres://qw:pw@db.acme.example/qw?sslmode=verify-full&sslrootcert=ca.pem',
  ])
    assert.deepEqual(await record(unsafe), ['stores.records error'], unsafe)
  assert.deepEqual(await record('postgres://db.acme.example/qw?sslmode=disable'), ['stores.records warning'])
  assert.deepEqual(await found({ REDIS_URL: 'redis://:pw@redis.acme.example' }), ['stores.holds warning'])
  for (const quiet of ['rediss://:pw@redis.acme.example', 'redis://redis:6379', 'redis://[::1]:6379'])
    assert.deepEqual(await found({ REDIS_URL: quiet }), [], quiet)
})

test('each process needs only its own secrets, on check and on start', async t => {
  const { file, write } = configFolder(t)
  const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, ...gatewayOnly } = environment
  assert.deepEqual(await checkConfig(file, gatewayOnly, 'gateway'), [])
  assert.equal((await checkConfig(file, gatewayOnly, 'both')).length, 2)
  loadGatewayConfig(file, gatewayOnly)
  assert.equal(readBotConfig(file, gatewayOnly).problems.length, 2)
  for (const name of ['snowflake.pem', 'holds.key', 'masks.key', 'reviews.pub']) write(name, 'not a key')
  const botOnly = { REDIS_URL: environment.REDIS_URL, SLACK_BOT_TOKEN, SLACK_APP_TOKEN }
  assert.ok(readBotConfig(file, botOnly).config)
  assert.deepEqual(await checkConfig(file, botOnly, 'bot'), [])
})

test('what is wrong for the bot alone keeps no gateway from starting', async t => {
  const { file, write } = configFolder(t)
  write('querywarden.yaml', edit(configText, 'slack: { ch', 'slack: { mode: http, engineers: [nobody], ch'))
  assert.ok(loadGatewayConfig(file, environment))
  assert.deepEqual(await checkConfig(file, environment, 'gateway'), [])
  assert.match(formatProblems(await checkConfig(file, environment)), /signingSecret is missing[\s\S]*2 problems$/)
  assert.equal(readBotConfig(file, environment).config, undefined)
})

test('a start that is refused says every problem', t => {
  const { file, write } = configFolder(t)
  write(
    'querywarden.yaml',
    edit(edit(configText, 'file:holds.key', 'file:short.key'), 'file:snowflake.pem', 'file:weak.pem'),
  )
  assert.throws(
    () => loadGatewayConfig(file, {}),
    (error: unknown) =>
      error instanceof ConfigProblems && error.problems.length === 4 && error.message.endsWith('\n4 problems'),
  )
})

test('fields named like parts of JavaScript objects are fields that do not exist', async t => {
  const { file, write } = configFolder(t)
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    write('querywarden.yaml', edit(configText, 'policy: {', `policy: { ${name}: {},`))
    const problems = await checkConfig(file, environment)
    assert.deepEqual(
      problems.map(problem => problem.message),
      [`no such field "${name}"; write one of file`],
      name,
    )
  }
})

test('YAML that cannot be read quotes nothing of the file', async t => {
  const { file, write } = configFolder(t)
  for (const value of [
    '*hunter2-in-the-clear',
    '!hunter2-in-the-clear',
    '"\\hunter2-in-the-clear"',
    '"hunter2-in-the-clear',
    '@hunter2-in-the-clear',
    '|hunter2-in-the-clear',
    '%hunter2-in-the-clear',
    '- hunter2-in-the-clear',
    'a: hunter2-in-the-clear: b',
    '[hunter2-in-the-clear',
    '&hunter2-in-the-clear',
  ]) {
    write('querywarden.yaml', edit(configText, 'file:holds.key', value))
    const problems = await checkConfig(file, environment)
    assert.ok(problems.length > 0, value)
    assert.doesNotMatch(formatProblems(problems), /in-the-clear/, value)
  }
})
