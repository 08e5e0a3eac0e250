/**
 * LIKE without regard to case: `%` stands for any characters, `_` for one. Never exponential, whatever the pattern. Escapes are for
 * the caller to refuse.
 */
export function likeMatches(pattern: string, text: string): boolean {
  const [wanted, given] = [[...pattern.toUpperCase()], [...text.toUpperCase()]]
  // Which lengths of the text the part of the pattern seen so far can stand for.
  let ends = new Set([0])
  for (const char of wanted) {
    const first = Math.min(...ends)
    const moved = [...ends].filter(end => end < given.length && (char === '_' || given[end] === char))
    ends =
      char === '%'
        ? new Set(Array.from({ length: given.length - first + 1 }, (_, at) => first + at))
        : new Set(moved.map(end => end + 1))
    if (ends.size === 0) return false
  }
  return ends.has(given.length)
}
