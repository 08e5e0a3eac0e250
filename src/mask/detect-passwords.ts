import { findForms } from './detect-numbers.ts'
import type { Span } from './span.ts'
import { traits } from './text-traits.ts'

/**
 * The password of a URL; of several `@` the last one ends it, and digits alone before a path are a port. As one more of the forms of secrets
 * it would be tried at every symbol, which takes as long as all of them.
 */
const ofUrl =
  /(?<=\w:\/\/[^\s/:@]{0,128}:)(?!\d{1,5}\/)[^\s/@]{1,256}(?:\/[^\s@"',;<>]{0,128})?(?:@[^\s/@"',;<>]{1,128}){0,8}(?=@)/g
/** Oracle's: `scott/tiger@host`. */
const ofTns = /(?<=\b(?:jdbc:oracle:\w{2,8}:|sqlplus |(?:sqlldr|expdp|impdp) )\w{1,128}\/)[^\s@"']{1,128}(?=@)/g

/**
 * What connection strings, JSON, XML and files of settings call a password or key that nobody could tell by its form. Looked for from the
 * sign, because there are few of them.
 */
const sign = /={1,3}>?|:=?|(?<=<[\w:-]{1,24})>(?=[^\s<(){])/g
const passwordNames =
  'passw(?:or)?d|passwort|kennwort|wachtwoord|contrase(?:ñ|n)a|mot de passe|senha|passphrase|passcode|pwd|(?<![a-z])pw|(?:account|sharedaccess|secret[_-]?access|access|api|private|secret|signing|encryption|master)[_-]?key|(?:client|app|api|consumer)_?secret|(?:access|auth|refresh)_?token'
/** Other things are called so as well, and have no digits. */
const likelyNames = 'token|secret|(?<![a-z])pass'
export const settingNames = `${passwordNames}|${likelyNames}`
const settingName = new RegExp(`(?:(?<password>${passwordNames})|${likelyNames})["']?[ \\t]{0,3}$`, 'i')
const settingNameLength = 24
/** In quotes, or up to what ends it elsewhere: no placeholder. */
const settingValue =
  /[ \t]{0,3}(?:"((?:[^"\\]|\\.){1,256})"|'((?:[^'\\]|\\.|''){1,256})'|((?![?:*<=])[^\s;&"',)}<>]{1,256}))/iy
const choice = /^(?:null|none|true|false|yes|no|[yn\d])$/i
const madeUp = /^(?=\D*\d)(?=[^a-z]*[a-z]).{6}/is

/** Options of commands, alone or in a list of words: `--password x`, and `-p x` of those that mean a password by it. */
const option = new RegExp(
  [
    `--[\\w-]{0,24}?(?:(?<password>${passwordNames})|${likelyNames})(?:\\s{1,4}|["'],\\s{0,4}(?=["']))(?!(?:to|and|or|is|for|from|in|with|option|flag)\\b)`,
    '\\b(?:mysql\\w*|mariadb\\w*|mongo\\w*|sshpass|login|sqlcmd|bcp)\\b[^\\n]{0,128}?\\s-p(?!\\s{0,4}\\d{1,5}\\b)\\s{0,4}',
    '\\bcurl\\b[^\\n]{0,128}?\\s(?:-u|--user)\\s{0,4}["\']?[^\\s:"\']{1,64}:',
  ].join('|'),
  'gi',
)
/** As SQL sets one. */
const inSql = /\b(?:identified by|password)(?:\s{1,4}for\s{1,4}[^\s=]{1,128}\s{0,4}=)?\s{1,4}(?=')/gi
/** RFC 7617, without the name of its header. */
const basic = /(?<=(?<![a-z])basic\s{1,4})[a-z0-9+/]{6,1024}={0,2}/gi
const userAndPassword = /^[\x20-\x7e]*:[\x20-\x7e]+$/

/** Passwords that only what stands before them tells. */
export function findPasswords(text: string, found: (span: Span) => void, has: number): void {
  const whole = (candidate: string) => candidate.length
  if ((has & traits.at) !== 0 && text.includes('/')) {
    if (text.includes('://')) findForms(text, ofUrl, whole, found)
    findForms(text, ofTns, whole, found)
  }
  if ((has & traits.setting) !== 0) {
    findSettings(text, found)
    if (text.includes("'")) findBehind(text, inSql, found)
  }
  if ((has & traits.option) !== 0) findBehind(text, option, found)
  if (text.includes('asic') || text.includes('ASIC')) findForms(text, basic, basicLength, found)
}

function findSettings(text: string, found: (span: Span) => void): void {
  sign.lastIndex = 0
  for (let at = sign.exec(text); at; at = sign.exec(text)) {
    const name = settingName.exec(text.slice(Math.max(0, at.index - settingNameLength), at.index))
    // Behind a colon without quotes prose has a word.
    if (name) findValue(text, sign.lastIndex, name.groups?.password !== undefined, at[0] !== ':', found)
  }
}

function findBehind(text: string, form: RegExp, found: (span: Span) => void): void {
  form.lastIndex = 0
  for (let at = form.exec(text); at; at = form.exec(text)) {
    const surely = !at[0].startsWith('--') || at.groups?.password !== undefined
    findValue(text, form.lastIndex, surely, text[form.lastIndex] !== '-', found)
  }
}

/** `surely`: whatever it is, in quotes or, where `bare`, without. */
function findValue(text: string, start: number, surely: boolean, bare: boolean, found: (span: Span) => void): void {
  settingValue.lastIndex = start
  const [, double, quoted = double, value = quoted] = settingValue.exec(text) ?? []
  if (!value || choice.test(value)) return
  const inQuotes = value === quoted
  const end = settingValue.lastIndex - (inQuotes ? 1 : 0)
  if ((surely && (inQuotes || bare)) || madeUp.test(value)) found({ start: end - value.length, end })
}

function basicLength(candidate: string): number {
  return userAndPassword.test(Buffer.from(candidate, 'base64').toString('latin1')) ? candidate.length : 0
}
