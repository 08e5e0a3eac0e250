import { findForms } from './detect-numbers.ts'
import type { Span } from './span.ts'

/**
 * Credentials that their issuers made to be recognised, by prefix and length: no guessing by entropy, which takes every
 * digest and every id for a secret. Each alternative is linear, and none begins within a word, or with anything but a letter or digit.
 */
const forms = [
  // AWS access key ids: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  'A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}(?![A-Za-z0-9])',
  // GitHub, GitLab
  'gh[pousr]_[A-Za-z0-9]{36,255}',
  'github_pat_\\w{22,255}',
  'gl(?:pat|ptt|dt|rt|cbt|agent|soat|imt|ft|ffct)-[\\w-]{20,255}',
  'GR1348941[\\w-]{20,255}',
  'ATBB[A-Za-z0-9]{28,64}',
  // Slack tokens and incoming webhooks
  'xox[abcdeoprs]-[\\w-]{10,255}',
  'xapp-\\d-[\\w-]{10,255}',
  'hooks\\.slack\\.com/(?:services/\\w{8,16}|workflows/\\w{8,16}/\\w{8,16}|triggers/\\w{8,16})/\\w{6,20}/\\w{16,64}',
  // Stripe, Google, model providers
  ...['s', 'r'].map(kind => `${kind}k_(?:live|test)_\\w{16,255}`),
  'whsec_\\w{16,255}',
  'AIza[\\w-]{35}',
  'ya29\\.[\\w-]{20,2048}',
  'GOCSPX-[\\w-]{20,64}',
  'sk-(?:(?:ant|proj|svcacct|admin|None|lf)-[\\w-]{20,255}|[A-Za-z0-9]{32,255})',
  'sk-or-v1-[0-9a-f]{64}',
  'hf_[A-Za-z0-9]{30,64}',
  ...['gsk_', 'r8_', 'pplx-', 'xai-'].map(name => `${name}[A-Za-z0-9]{36,128}`),
  '1//0[\\w-]{40,256}',
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
  'rubygems_[0-9a-f]{48}',
  'SK[0-9a-f]{32}(?![A-Za-z0-9])',
  'key-[0-9a-f]{32}(?![A-Za-z0-9])',
  'xkeysib-[0-9a-f]{64}-\\w{16}',
  'pat-(?:na|eu)\\d-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
  'pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}',
  'PMAK-[0-9a-f]{24}-[0-9a-f]{34}',
  'NRAK-[A-Z0-9]{27}',
  'gl(?:sa|c)_[\\w+/=]{32,255}',
  'sntry[su]_[\\w+/=]{40,255}',
  'pul-[0-9a-f]{40}',
  'sbp_[0-9a-f]{40}',
  'dp\\.(?:pt|st|ct|sa)\\.[\\w.]{40,64}',
  'pscale_(?:tkn|pw|oauth)_[\\w.-]{32,64}',
  'figd_[A-Za-z0-9_-]{40,64}',
  ...['ntn', 'secret'].map(name => `${name}_[A-Za-z0-9]{43,46}(?!\\w)`),
  'HRKU-[\\w-]{36,64}',
  'sq0(?:atp|csp)-[\\w-]{22,43}',
  'dt0c01\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}',
  'LTAI[A-Za-z0-9]{12,24}(?![A-Za-z0-9])',
  'AGE-SECRET-KEY-1[A-Z0-9]{58}',
  'IQoJb3JpZ2[\\w/+=]{50,4096}',
  'CCIPAT_[A-Za-z0-9]{10,32}_[0-9a-f]{40}',
  'sq[pua]_[0-9a-f]{40}',
  'phx_[A-Za-z0-9]{40,64}',
  'sk\\.eyJ[\\w-]{20,512}\\.[\\w-]{16,64}',
  'access-(?:production|sandbox|development)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  'EAA[A-Za-z0-9]{80,512}',
  'dbt[cu]_[\\w-]{30,128}',
  'lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}',
  'tvly-[A-Za-z0-9-]{32,64}',
  'SSWS 00[\\w-]{38,42}',
  'webhook\\.office\\.com/webhookb2/[\\w-]{36}@[\\w-]{36}/IncomingWebhook/[0-9a-f]{32}/[\\w-]{36}',
  // Bots and web hooks of chats
  ...['M', 'N', 'O'].map(first => `${first}[\\w-]{23,25}\\.[\\w-]{6}\\.[\\w-]{27,38}`),
  'discord(?:app)?\\.com/api/webhooks/\\d{17,20}/[\\w-]{60,72}',
  // Sessions of Snowflake's
  'ver:\\d{1,2}-hint:\\d{1,20}-[\\w+/=-]{20,4096}',
  // Signed addresses of objects (AWS, Google, Azure) and what bears a token
  'X-(?:Amz|Goog)-Signature=[0-9a-f]{64,1024}',
  'sig=[\\w%/+]{40,128}={0,2}',
  'Bearer\\s{1,4}[\\w.~+/=-]{20,2048}',
  // Private keys without armour (PKCS #1 and #8, SEC 1), by how their DER begins in base64
  ...[
    'MII[A-Za-z0-9+/]{1,4}IBA(?:DANBgkqhkiG9w0BAQ|AKC)',
    'MII[A-Za-z0-9+/]{5}BgkqhkiG9w0BBQ',
    'MHcCAQEEI',
    'MIG[A-Za-z0-9+/]AgEAMB[AM]GByqGSM49',
    'MC4CAQAwBQYDK2V',
  ].map(name => `${name}[A-Za-z0-9+/\\r\\n]{40,}={0,2}`),
]

/** By their first symbol, so that one look leaves most of them out. */
const anyForm = [...Map.groupBy(forms, form => form.charAt(0))]
  .map(([first, those]) => `${first}(?:${those.map(form => form.slice(1)).join('|')})`)
  .join('|')

const secret = new RegExp(`(?<![A-Za-z0-9])(?:${anyForm})`, 'g')

/** Private key blocks (RFC 7468, 4716, PuTTY's); what was cut off runs to the end of the text. */
const armour = (edge: string) => `-{4,5} ?${edge} [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}`
const keyBlock = new RegExp(
  `${armour('BEGIN')}[^]*?(?:${armour('END')}|$)|Private-Lines: \\d{1,3}\\s[\\w+/=\\s]{40,}`,
  'g',
)
/** Headers of requests, whose values may go on in the next line. */
const header =
  /(?<![a-z0-9])(?:authorization["']?[ \t]{0,3}[:=][\s"'[]{0,6}(?:basic|bearer|token|api-?key)\s{1,4}[\w.~+/=-]{8,2048}|x-api-key["']?[ \t]{0,3}[:=][ \t"']{0,4}[\w.~+/=-]{8,2048}|cookie["']?: ?["']?[\w.-]{1,64}=[^\s;"']{0,4096}(?:; ?[\w.-]{1,64}=[^\s;"']{0,4096}){0,64}|bearer\s{1,4}[\w.~+/=-]{20,2048})/gi
const anyHeader = /horiz|HORIZ|api-key|Api-Key|API-K|ookie|bearer\s|BEARER\s/
/** Those that begin with anything: tried where the sign of one stands in the text alone. */
const anySign = /-us\d|\.atlasv1\.|Q~|:AA/
const signed = [
  /(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}(?!\w)/g,
  /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}/g,
  /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}/g,
  // Bots of chats
  /(?<![A-Za-z0-9])\d{8,10}:AA[\w-]{33}(?![\w-])/g,
]

/**
 * JSON Web Tokens (RFC 7519), signed, encrypted or neither: of these only what has a second part. A run without one is passed over whole, so
 * that it is not looked through again for each `eyJ` within.
 */
const token = /(?<![A-Za-z0-9])eyJ[\w-]{8,}(?<rest>\.[\w-]*\.[\w.-]{8,}|\.eyJ[\w-]+\.)?/g

export function findSecrets(text: string, found: (span: Span) => void): void {
  findForms(text, secret, candidate => candidate.length, found)
  if (text.includes('PRIVATE KEY') || text.includes('Private-Lines'))
    findForms(text, keyBlock, candidate => candidate.length, found)
  if (anyHeader.test(text)) findForms(text, header, candidate => candidate.length, found)
  if (anySign.test(text)) for (const form of signed) findForms(text, form, candidate => candidate.length, found)
  if (text.includes('eyJ'))
    for (const { 0: whole, index, groups } of text.matchAll(token))
      if (groups?.rest) found({ start: index, end: index + whole.length })
}
