import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const pem = (kind: 'rsa' | 'ed25519', bits = 2048) => {
  const { privateKey, publicKey } =
    kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: bits }) : generateKeyPairSync('ed25519')
  return {
    private: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    public: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

const rsa = pem('rsa')
const review = pem('ed25519')

/** Contents of the files that `configText` names; every one is a secret that must not be seen anywhere. */
export const keyFiles: Readonly<Record<string, string>> = {
  'snowflake.pem': rsa.private,
  'holds.key': randomBytes(36).toString('base64'),
  'masks.key': randomBytes(36).toString('base64'),
  'reviews.pem': review.private,
  'reviews.pub': review.public,
  'short.key': 'only-a-few-bytes',
  'weak.pem': pem('rsa', 1024).private,
  'other-reviews.pub': pem('ed25519').public,
  'google.json': JSON.stringify({ type: 'service_account', private_key: 'google-private-key-material' }),
  'impersonated.json': JSON.stringify({ type: 'impersonated_service_account', source_credentials: {} }),
  'two-kinds.pem': `${rsa.private}${review.private}`,
  'empty.key': '\n',
}

export const otherRsaKey = pem('rsa').private

export const environment = {
  REDIS_URL: 'redis://:redis-password-1@127.0.0.1:6379/0',
  DATABASE_URL: 'postgres://gateway:pg-password-1@127.0.0.1/querywarden',
  SLACK_BOT_TOKEN: 'xoxb-bot-token-1',
  SLACK_APP_TOKEN: 'xapp-app-token-1',
  WRONG: 'xoxp-user-token-1',
}

export const configText = `identity:
  issuers:
    - issuer: https://login.example.com
      audiences: [querywarden]
      groups: groups
  people:
    - { id: oncall-1, name: On-call 1, groups: [data-oncall, privacy], slack: { team: T0123, user: U0001 } }
    - { id: oncall-2, name: On-call 2, groups: [data-platform, privacy], slack: { team: T0123, user: U0002 } }
    - { id: oncall-3, name: On-call 3, groups: [data-oncall], slack: { team: T0123, user: U0003 } }
gateway:
  url: http://127.0.0.1:4480
connections:
  analytics:
    kind: snowflake
    account: acme-prod
    database: ANALYTICS
    reader: CATALOG_READER
    credentials: { mint: external-oauth, user: AGENT_GATEWAY, key: file:snowflake.pem }
  lake:
    kind: bigquery
    project: acme-lake
    reader: reader
    credentials: { mint: impersonation, serviceAccounts: { reader: ro@acme-lake.iam.example, writer: rw@acme-lake.iam.example } }
stores: { holds: env:REDIS_URL, records: env:DATABASE_URL, recordings: recordings }
keys:
  holds: file:holds.key
  masks: file:masks.key
  reviews: { sign: file:reviews.pem, verify: file:reviews.pub }
slack: { channel: C0123, botToken: env:SLACK_BOT_TOKEN, appToken: env:SLACK_APP_TOKEN }
policy: { file: policy.yaml }
`

export const policyText = readFileSync('manifests/policy.example.yaml', 'utf8')

/** A folder with a configuration that is right in every respect; gone after the test. */
export function configFolder(t: { after(f: () => void): void }): {
  file: string
  folder: string
  write(name: string, text: string): void
} {
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-config-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  for (const [name, text] of Object.entries(keyFiles)) write(name, text)
  write('querywarden.yaml', configText)
  write('policy.yaml', policyText)
  return { file: join(folder, 'querywarden.yaml'), folder, write }
}

/** Replaces exactly one place; a test whose place is gone fails instead of testing nothing. */
export function edit(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) throw new Error(`"${from}" must stand in the text exactly once`)
  return text.replace(from, () => to)
}

/** 1-based line of the first place where `needle` stands. */
export function lineOf(text: string, needle: string): number {
  if (!text.includes(needle)) throw new Error(`"${needle}" does not stand in the text`)
  const before = text.slice(0, text.indexOf(needle))
  return before.split('\n').length
}

export const isRoot = process.getuid?.() === 0
