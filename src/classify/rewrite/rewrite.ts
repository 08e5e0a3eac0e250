import type { Token } from '../text/token.ts'

/**
 * Puts a form into another that is read alike, and words and symbols of which every text with that form has at least one. Without any, every
 * text may have it.
 */
export type Rewrite = readonly [(tokens: readonly Token[]) => readonly Token[], ...needs: readonly string[]]

/** All of them, in this order. Few texts have more than a few of the forms, and looking for all in each takes longer than reading it. */
export function rewrittenBy(rewrites: readonly Rewrite[], tokens: readonly Token[]): readonly Token[] {
  const said = new Set<string>()
  const listen = (some: readonly Token[]) => {
    for (const { value } of some) said.add(value)
    return some
  }
  let result = listen(tokens)
  for (const [rewrite, ...needs] of rewrites) {
    if (needs.length > 0 && !needs.some(word => said.has(word))) continue
    const next = rewrite(result)
    if (next !== result) result = listen(next)
  }
  return result
}
