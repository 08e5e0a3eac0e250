import { findForms } from './detect-numbers.ts'
import type { Span } from './span.ts'

/**
 * Credentials that their issuers made to be recognised, by prefix and length: no guessing by entropy, which takes every
 * digest and every id for a secret. Each alternative is linear.
 */
const forms = [
  // AWS access key ids: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  '\\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\\b',
  // GitHub, GitLab
  '\\bgh[pousr]_[A-Za-z0-9]{36,255}',
  '\\bgithub_pat_\\w{22,255}',
  '\\bgl(?:pat|ptt|dt|rt|cbt)-[\\w-]{20,255}',
  // Slack tokens and incoming webhooks
  '\\bxox[abceoprs]-[\\w-]{10,255}',
  '\\bxapp-\\d-[\\w-]{10,255}',
  '\\bhooks\\.slack\\.com/services/\\w{8,16}/\\w{8,16}/\\w{16,64}',
  // Stripe, Google, model providers
  '\\b(?:[sr]k_(?:live|test)|whsec)_\\w{16,255}',
  '\\bAIza[\\w-]{35}',
  '\\bya29\\.[\\w-]{20,2048}',
  '\\bGOCSPX-[\\w-]{20,64}',
  '\\bsk-(?:(?:ant|proj|svcacct|admin)-[\\w-]{20,255}|[A-Za-z0-9]{32,255})',
  '\\bhf_[A-Za-z]{30,64}',
  // Package registries, mail, vaults, clouds
  '\\bnpm_[A-Za-z0-9]{36}',
  '\\bpypi-[\\w-]{50,512}',
  '\\bSG\\.[\\w-]{16,64}\\.[\\w-]{16,64}',
  '\\bhv[sbr]\\.[\\w-]{20,512}',
  '\\bdapi[0-9a-f]{32}',
  '\\bdo[opr]_v1_[0-9a-f]{64}',
  '\\bshp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}',
  // Private key blocks (RFC 7468); what was cut off runs to the end of the text
  '-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)',
].join('|')

const secret = new RegExp(forms, 'g')
/** The password of a URL. As one more of the forms it would be tried at every symbol, which takes as long as all of them. */
const password = /(?<=\w:\/\/[^\s/:@]{0,128}:)[^\s/@]{1,256}(?=@)/g

/**
 * JSON Web Tokens (RFC 7519), signed or encrypted: of these only what has a second part. A run without one is passed over whole, so
 * that it is not looked through again for each `eyJ` within.
 */
const token = /\beyJ[\w-]{8,}(?<rest>\.[\w-]*\.[\w.-]{8,})?/g

export function findSecrets(text: string, found: (span: Span) => void): void {
  findForms(text, secret, candidate => candidate.length, found)
  if (text.includes('eyJ'))
    for (const { 0: whole, index, groups } of text.matchAll(token))
      if (groups?.rest) found({ start: index, end: index + whole.length })
  if (text.includes('://')) findForms(text, password, candidate => candidate.length, found)
}
