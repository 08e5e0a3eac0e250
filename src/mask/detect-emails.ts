import { findForms } from './detect-numbers.ts'
import type { Span } from './span.ts'

/**
 * Behind an `@` that something stands before: a domain of labels and a top-level one, in any script or as DNS has it. Pictures for finer
 * screens are called `logo@2x.png`.
 */
const domain =
  /@(?<=[\p{L}\p{M}\p{N}._%+'"!#$^~-]@)(?![23]x\.(?:png|jpe?g|gif|webp)\b)(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.){1,8}(?:xn--[a-z\d-]{1,59}|[\p{L}\p{M}]{2,63})/giu
const localEnd = /(?:"[^"@]{1,62}"|[\p{L}\p{M}\p{N}._%+'!#$^~-]+)$/u
/** With somebody else's address, by which senders know what comes back (VERP, SRS): `bounces+1-who=mail.example@…`. */
const senderEnd = /(?:[\w.]{1,32}\+[\w.+-]*|[\w.]{1,32}-\d{1,12}-[\w.+-]*|\b(?:SRS[01]|prvs|btv1)=[\w.+=-]*)=[\w.=-]+$/
/** As people write them apart. */
const apart =
  /(?<![\w.%+-])[\p{L}\p{N}][\p{L}\p{N}._%+-]{0,63} ?@ (?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,8}\p{Ll}{2,63}(?![\p{L}\p{N}-])/gu
const longestLocal = 64

/** E-mail addresses as people write them (RFC 5321 lengths); bare host names are not among them, nor where `git` is asked for its files. */
export function findEmails(text: string, found: (span: Span) => void): void {
  if (text.includes('@ ')) findForms(text, apart, candidate => candidate.length, found)
  domain.lastIndex = 0
  for (let match = domain.exec(text); match; match = domain.exec(text)) {
    const before = text.slice(Math.max(0, match.index - longestLocal), match.index)
    const [local = ''] = (before.includes('=') && senderEnd.exec(before)) || (localEnd.exec(before) ?? [])
    if (local && local !== 'git') found({ start: match.index - local.length, end: match.index + match[0].length })
  }
}
