/**
 * At most `max` UTF-16 units, ending in `…` where something is missing. Never cuts a code point in two: Slack refuses
 * text with half a surrogate pair.
 */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  return `${text.slice(0, boundary(text, max - 1))}…`
}

/** The largest index up to `at` that does not lie inside a surrogate pair. */
export function boundary(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff && at > 0 ? at - 1 : at
}
