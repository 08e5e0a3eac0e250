import { emitString } from '../text/scanner.ts'
import { isName, isWord, type Token } from '../text/token.ts'
import { openingBefore, symbol } from '../text/token-lists.ts'

/**
 * `f(x):k` → `f(x)['k']`, `a[0]:k` → `a[0]['k']`, `{…}:k` → `{…}['k']`, `x::variant:k` → `x:k` and `x:k[0].l[n - 1]` →
 * `x['k'][0].l[n - 1]`: one parser knows a path only right after a name, and no more than one token in its brackets.
 * https://docs.snowflake.com/en/user-guide/querying-semistructured
 */
export function bracketedPaths(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const key = tokens[at + 1]
    const isKey = token.text === ':' && isName(key)
    if (isKey || isWord(token, '[')) dropCast(result)
    if (isWord(token, '[') && !isWord(tokens[at + 2], ']')) bracketKeys(result)
    if (!isKey || !isWord(result.at(-1), ')', ']', '}')) result.push(token)
    else {
      result.push(...element(key))
      at += 1
    }
  }
  return result
}

/** Of a value with elements: `x::array`. */
function dropCast(result: Token[]): void {
  if (!isWord(result.at(-1), 'VARIANT', 'ARRAY', 'OBJECT') || !isWord(result.at(-2), '::')) return
  if (isName(result.at(-3)) || isWord(result.at(-3), ')', ']', '}')) result.splice(-2)
}

/** Of the path after a name that ends here. What stands after a blank may be a bind variable, but not where a field is before it. */
function bracketKeys(result: Token[]): void {
  let end = result.length
  for (;;) {
    while (isWord(result[end - 1], ']')) end = elementStart(result, end - 1)
    const at = end - 2
    const [before, mark, key] = result.slice(Math.max(0, at - 1), end)
    if (!key || !isName(key) || !isWord(mark, '.', ':') || !(isName(before) || isWord(before, ']'))) return
    if (mark?.spaced && !isWord(result[at - 2], '.', ':')) return
    if (isWord(mark, ':')) result.splice(at, 2, ...element(key))
    end = at
  }
}

/** Where the bracket opens that closes here. */
function elementStart(tokens: readonly Token[], closing: number): number {
  let depth = 1
  let at = closing - 1
  for (; at > 0; at -= 1) {
    if (isWord(tokens[at], ']')) depth += 1
    if (isWord(tokens[at], '[')) depth -= 1
    if (depth === 0) break
  }
  return at
}

function element(key: Token): readonly Token[] {
  const value = key.kind === 'word' ? key.text : key.value
  return [symbol('['), { kind: 'string', text: emitString(value), value, spaced: false }, symbol(']')]
}

/** `f(x) OVER (…)[0]` → `f(x) OVER (…)`, as after WITHIN GROUP: one parser knows no element there, and nothing comes from its number or key. */
export function withoutElements(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const key = tokens[at + 1]
    const isElement =
      isWord(token, '[') && (key?.kind === 'number' || key?.kind === 'string') && isWord(tokens[at + 2], ']')
    if (isElement && isWord(result.at(-1), ')') && isWord(beforeBracket(result), 'OVER', 'GROUP')) at += 2
    else result.push(token)
  }
  return result
}

/** What stands before the bracket that the last token closes. */
const beforeBracket = (tokens: readonly Token[]): Token | undefined =>
  tokens[openingBefore(tokens, tokens.length - 1) - 1]
