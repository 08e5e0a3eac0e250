import { findForms } from './detect-numbers.ts'
import type { Span } from './span.ts'

/**
 * Credentials that their issuers made to be recognised, by prefix and length: no guessing by entropy, which takes every
 * digest and every id for a secret. Each alternative is linear, and none begins within a word.
 */
const forms = [
  // AWS access key ids: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])',
  // GitHub, GitLab
  'gh[pousr]_[A-Za-z0-9]{36,255}',
  'github_pat_\\w{22,255}',
  'gl(?:pat|ptt|dt|rt|cbt)-[\\w-]{20,255}',
  // Slack tokens and incoming webhooks
  'xox[abceoprs]-[\\w-]{10,255}',
  'xapp-\\d-[\\w-]{10,255}',
  'hooks\\.slack\\.com/services/\\w{8,16}/\\w{8,16}/\\w{16,64}',
  // Stripe, Google, model providers
  '(?:[sr]k_(?:live|test)|whsec)_\\w{16,255}',
  'AIza[\\w-]{35}',
  'ya29\\.[\\w-]{20,2048}',
  'GOCSPX-[\\w-]{20,64}',
  'sk-(?:(?:ant|proj|svcacct|admin)-[\\w-]{20,255}|[A-Za-z0-9]{32,255})',
  'sk-or-v1-[0-9a-f]{64}',
  'hf_[A-Za-z]{30,64}',
  // Package registries, mail, vaults, trackers, clouds
  'dckr_[op]at_[\\w-]{20,64}',
  'npm_[A-Za-z0-9]{36}',
  'pypi-[\\w-]{50,512}',
  'SG\\.[\\w-]{16,64}\\.[\\w-]{16,64}',
  'hv[sbr]\\.[\\w-]{20,512}',
  'ATATT3[\\w-]{20,255}',
  'lin_api_[A-Za-z0-9]{32,64}',
  'dapi[0-9a-f]{32}',
  'do[opr]_v1_[0-9a-f]{64}',
  'shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}',
  // Signed addresses of objects (AWS, Google, Azure), and headers of requests
  'X-(?:Amz|Goog)-Signature=[0-9a-f]{64,1024}',
  'sig=[\\w%/+]{40,128}={0,2}',
  '[Aa]uthorization["\']?[ \\t]{0,3}[:=][ \\t"\']{0,4}(?:Basic|Bearer|Token) [\\w.~+/=-]{8,2048}',
].map(form => `(?<![A-Za-z0-9])${form}`)

/** Private key blocks (RFC 7468); what was cut off runs to the end of the text. */
const keyBlock =
  '-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)'

const secret = new RegExp([...forms, keyBlock].join('|'), 'g')
/**
 * The password of a URL; of several `@` the last one ends it. As one more of the forms it would be tried at every symbol, which takes as
 * long as all of them.
 */
const password = /(?<=\w:\/\/[^\s/:@]{0,128}:)[^\s/@]{1,256}(?:@[^\s/@"',;<>]{1,128}){0,8}(?=@)/g

/**
 * What connection strings, JSON and files of settings call a password or key that nobody could tell by its form: behind `=`, or in quotes
 * behind `:`, where prose has one. Neither a placeholder nor a choice. Looked for from the sign, because there are few of them.
 */
const sign = /=|":/g
const settingName =
  /(?:passw(?:or)?d|passphrase|pwd|(?:account|sharedaccess|secret_?access)_?key|client_?secret)["']?[ \t]{0,3}$/i
const settingNameLength = 24
const settingValue =
  /(?<=":)[ \t]{0,3}"([^"]{1,256})"|(?<==)[ \t]{0,3}(?:"([^"]{1,256})"|'([^']{1,256})'|((?![?:*<]|(?:null|none|true|false|\d)\b)[^\s;&"',)}<>]{1,256}))/iy

/**
 * JSON Web Tokens (RFC 7519), signed, encrypted or neither: of these only what has a second part. A run without one is passed over whole, so
 * that it is not looked through again for each `eyJ` within.
 */
const token = /(?<![A-Za-z0-9])eyJ[\w-]{8,}(?<rest>\.[\w-]*\.[\w.-]{8,}|\.eyJ[\w-]+\.)?/g

export function findSecrets(text: string, found: (span: Span) => void): void {
  findForms(text, secret, candidate => candidate.length, found)
  if (text.includes('eyJ'))
    for (const { 0: whole, index, groups } of text.matchAll(token))
      if (groups?.rest) found({ start: index, end: index + whole.length })
  if (text.includes('://')) findForms(text, password, candidate => candidate.length, found)
  if (text.includes('=') || text.includes('":')) findSettings(text, found)
}

function findSettings(text: string, found: (span: Span) => void): void {
  sign.lastIndex = 0
  for (let at = sign.exec(text); at; at = sign.exec(text)) {
    if (!settingName.test(text.slice(Math.max(0, at.index - settingNameLength), at.index))) continue
    settingValue.lastIndex = sign.lastIndex
    const [, json, double = json, quoted = double, value = quoted] = settingValue.exec(text) ?? []
    const end = settingValue.lastIndex - (value === quoted ? 1 : 0)
    if (value) found({ start: end - value.length, end })
  }
}
