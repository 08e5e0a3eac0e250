/** How a piece of text is read; both dialects share the kinds. */
export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'variable' | 'stage' | 'symbol'

/** One token of a statement. Comments and white space are no tokens; `spaced` remembers that some stood before. */
export interface Token {
  readonly kind: TokenKind
  /** What is analysed: strings re-emitted with escapes, everything else as it stands in the text. */
  readonly text: string
  /** The meaning: decoded characters of a string or a quoted name; upper case for a word; else the same as `text`. */
  readonly value: string
  readonly spaced: boolean
  /** Where it begins in the text; absent of one that was put in. */
  readonly at?: number
  /** A string that stands in the text as it is meant, without any escape. */
  readonly plain?: true
}

/** Why a text is not read: two lexers could read it differently (`ambiguous`), or it is beyond a limit. */
export class GateRefusal extends Error {
  readonly ambiguous: boolean
  constructor(cause: string, ambiguous = true) {
    super(cause)
    this.name = 'GateRefusal'
    this.ambiguous = ambiguous
  }
}

/** What is read of a text; undefined where that throws GateRefusal. */
export function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof GateRefusal) return undefined
    throw error
  }
}

/** True where the token is this unquoted keyword (upper case) or symbol. */
export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  if (token === undefined || (token.kind !== 'word' && token.kind !== 'symbol')) return false
  // In a loop by index, no list is made of them.
  for (let at = 0; at < words.length; at += 1) if (words[at] === token.value) return true
  return false
}

/** True where a word is the name of a field: after a dot no keyword stands. */
export const isField = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.kind === 'word' && isWord(tokens[at - 1], '.')

/** True where the token can be a name, or a part of one: keywords can as well. */
export const isName = (token: Token | undefined): token is Token => token?.kind === 'word' || token?.kind === 'quoted'
