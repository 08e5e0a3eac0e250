import type { Span } from './span.ts'

/** Behind an `@` that something stands before: a domain of labels and a top-level one, in any script. */
const domain = /@(?<=[\p{L}\p{N}._%+'-]@)(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,63}/gu
const localEnd = /[\p{L}\p{N}._%+'-]+$/u
const longestLocal = 64

/** E-mail addresses as people write them (RFC 5321 lengths); quoted local parts and bare host names are not among them. */
export function findEmails(text: string, found: (span: Span) => void): void {
  domain.lastIndex = 0
  for (let match = domain.exec(text); match; match = domain.exec(text)) {
    const before = text.slice(Math.max(0, match.index - longestLocal), match.index)
    const [local = ''] = localEnd.exec(before) ?? []
    found({ start: match.index - local.length, end: match.index + match[0].length })
  }
}
