import type { Token } from './token.ts'

/** Longer texts are cut anyway. */
const limit = 300

/** Words before `=` whose value is nobody's to read. */
const secretWords = /PASSWORD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|PRIVATE_KEY|KEY_ID|MASTER_KEY/

/** Tokens as people read them: strings with their characters, control characters escaped. */
export function plainText(tokens: readonly Token[]): string {
  return joined(tokens, shownString)
}

/** The same of a statement about objects and settings, without the passwords and keys that such statements hold. */
export function textWithoutSecrets(tokens: readonly Token[]): string {
  return joined(tokens, (token, at) => {
    const secret = tokens[at - 1]?.text === '=' && secretWords.test(tokens[at - 2]?.value ?? '')
    return secret ? "'…'" : shownString(token)
  })
}

function joined(tokens: readonly Token[], shownAs: (token: Token, at: number) => string): string {
  let text = ''
  for (const [at, token] of tokens.entries()) {
    const shown = token.kind === 'string' ? shownAs(token, at) : token.text
    text += token.spaced && text !== '' ? ` ${shown}` : shown
    if (text.length > limit) break
  }
  return text
}

const shownString = ({ value }: Token): string =>
  `'${value.replaceAll("'", "''").replace(/[\p{C}\p{Zl}\p{Zp}]/gu, char => `\\u{${char.codePointAt(0)?.toString(16)}}`)}'`
