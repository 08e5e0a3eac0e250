import validator from 'validator'
import type { Span } from './span.ts'

/** Calls `found` for what `form` (global) matches and `valid` accepts; behind what it does not, looks again from the next symbol. */
export function findForms(
  text: string,
  form: RegExp,
  valid: (candidate: string) => number,
  found: (span: Span) => void,
): void {
  form.lastIndex = 0
  for (let match = form.exec(text); match; match = form.exec(text)) {
    const length = valid(match[0])
    if (length > 0) found({ start: match.index, end: match.index + length })
    form.lastIndex = match.index + Math.max(1, length)
  }
}

/**
 * Prefixes and lengths of the large schemes (ISO/IEC 7812). 13 digits are left out: the old Visa numbers are gone, and every
 * tenth EAN-13 of a range that begins with 4 satisfies the Luhn check.
 */
const schemes =
  /^(?:4\d{15}(?:\d{3})?|5[1-5]\d{14}|2(?:20[0-4]|22[1-9]|2[3-9]\d|[3-6]\d{2}|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}(?:\d{2})?|35(?:2[89]|[3-8]\d)\d{12,15}|6(?:011|4[4-9]\d|5\d{2})\d{12,15}|62\d{14,17}|(?:501[89]|50[23]0|5038|5893|6304|67\d{2})\d{12,15})$/

/** The same between all groups; a plus is how a form on the Web sends a blank. */
const card =
  /(?<!\d|\d[.,])(?:\d{4}(?<gap>[ \t]{1,4}|[ \t]?[.+/_\u00b7-][ \t]?|\r?\n)(?:\d{4}(?:\k<gap>\d{4}){2}(?:\k<gap>\d{1,3})?|\d{6}\k<gap>\d{4,5})|\d{14,19})(?!\d)/g

/** In groups of other lengths, where it is no part of a list of numbers, nor one with a fraction. */
const oddCard =
  /(?<![\w-]|\d[ .,/:-]{1,2})(?:\d{4,13}(?:[ -]\d{3,12}){0,3}[ -]\d{1,12}|\d{4,10}(?:\.\d{3,10}){1,3}\.\d{1,10})(?![ .,-]?\d|-?\w)/g

/** Payment card numbers, whole or in groups by blanks, dashes or dots, with their check digit. */
export function findCards(text: string, found: (span: Span) => void): void {
  findForms(text, card, cardLength, found)
  if (text.length > 15) findForms(text, oddCard, odd => (isCard(odd.replaceAll(/\D/g, '')) ? odd.length : 0), found)
}

/** A fifth group may be another number that merely follows. */
function cardLength(candidate: string): number {
  const forms = [candidate, candidate.replace(/[^\d]+\d{1,3}$/, '')]
  return forms.find(form => isCard(form.replaceAll(/\D/g, '')))?.length ?? 0
}

function isCard(digits: string): boolean {
  return schemes.test(digits) && validator.isLuhnNumber(digits)
}

const ibanForm =
  '[A-Z]{2}[ \\t]?\\d{2}(?:(?:\\s{0,2}[A-Z0-9]){11,30}|(?:[._/+:-][A-Z0-9]{4}){2,7}(?:[._/+:-][A-Z0-9]{1,3})?)(?![A-Z0-9])'
const iban = new RegExp(`(?<![A-Z0-9])${ibanForm}`, 'gi')
/** Right behind its name. */
const namedIban = new RegExp(`(?<=\\bIBAN)${ibanForm}`, 'gi')

/** IBANs (ISO 13616) of the registered countries' lengths and forms, whole or in groups, with their check digits. */
export function findIbans(text: string, found: (span: Span) => void): void {
  findForms(text, iban, ibanLength, found)
  if (text.includes('IBAN') || text.includes('iban')) findForms(text, namedIban, ibanLength, found)
}

/**
 * Words that follow an IBAN look like its last groups: the longest beginning that ends between groups and is one. Its check digits (ISO
 * 7064: the rest, then the first four, modulo 97) are summed up on the way, since asking for each beginning takes ten times as long.
 */
function ibanLength(candidate: string): number {
  let [length, symbols, head, rest] = [0, 0, 0, 0]
  for (let at = 0; at < candidate.length; at++) {
    const value = ibanValue(candidate.charCodeAt(at))
    if (value < 0) continue
    const factor = value < 10 ? 10 : 100
    if (symbols++ < 4) head = head * factor + value
    else rest = (rest * factor + value) % 97
    if (symbols < 15 || (rest * 1_000_000 + head) % 97 !== 1) continue
    const ends = at + 1 === candidate.length || ibanValue(candidate.charCodeAt(at + 1)) < 0
    if (ends && validator.isIBAN(candidate.slice(0, at + 1).replaceAll(/[^A-Z0-9]/gi, ''))) length = at + 1
  }
  return length
}

/** A letter counts as two digits, from 10 on; −1 for what stands between groups. */
function ibanValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = (code | 0x20) - 0x61
  return letter >= 0 && letter < 26 ? letter + 10 : -1
}

/** What fields with one are called. */
export const phoneNames =
  '[Pp]hone|PHONE|[Mm]obile|MOBILE|[Mm]sisdn|MSISDN|(?<![A-Za-z])(?:[Tt]el|TEL|[Ff]ax|FAX|[Cc]ell|CELL)|(?<=[a-z])(?:Tel|Fax|Cell)'

/** But for an extension. */
const noMore = '(?!(?!x\\d|ext)[\\w-]|\\.\\d)'
const phone = new RegExp(
  [
    // International (E.164), however it is grouped
    '(?<!\\d)\\+\\(?[1-9](?:[ \\t().\\/\u00b7-]{0,3}\\d){7,14}(?!\\d)',
    '(?<![\\w.])00[1-9]\\d{0,2} ?\\(0\\)(?:[ -]?\\d){6,12}(?!\\d)',
    // North American: (212) 555-0123, 212-555-0123, 1.212.555.0123, 212 555-0123 x123; together only before an extension
    `(?<![\\w.+-])(?:(?:1[ .-]?)?\\([2-9]\\d{2}\\)[ .-]{0,3}[2-9]\\d{2}[ .-]?\\d{4}${noMore}|(?:1[ .-])?[2-9]\\d{2}(?:(?:-[2-9]\\d{2}-| [2-9]\\d{2}[ -]|\\.[2-9]\\d{2}[.-]|\\/[2-9]\\d{2}[/-]| - [2-9]\\d{2} - )\\d{4}${noMore}|\\d{7}(?= ?(?:x\\d{3,5}|ext\\b))))`,
    // Chinese, Brazilian and Russian: 138 1234 5678, (11) 91234-5678, 8 (916) 123-45-67
    '(?<![\\w.+-])(?:1[3-9]\\d([ -])\\d{4}\\1\\d{4}|\\([1-9]\\d\\) ?9?\\d{4}-\\d{4}|[1-9]\\d 9\\d{4}-\\d{4}|8[ -]?\\(\\d{3}\\)[ -]?\\d{3}-\\d\\d-\\d\\d)(?![\\w-]|\\.\\d)',
    // With the trunk prefix, or 00 or 011 for +, where it is grouped: 020 7946 0018, (089) 123-4567, 089/1234567, 0049 30 1234567
    '(?<![\\w.+/-]|\\d[ :])(?!000|\\d{5}-\\d{4}(?![\\d -])|\\d\\d([/.-])\\d\\d\\2\\d{4})\\(?0\\d{1,4}\\)?(?: ?\\/ ?|[ -]{1,3})\\d{2,8}(?:[ -]{1,3}\\d{2,8}){0,4}(?![\\w/-]|\\.\\d)',
    // Said to be one
    '(?<!\\d)\\d{9,12}(?!\\d)(?<=\\b(?:[Tt]el|[Pp]hone|[Tt]elephone|[Tt]elefon|[Mm]obile|[Mm]ob|[Pp]h|[Cc]ell|[Ff]ax|[Ww]hats[Aa]pp)[.:# ]{1,3}\\d{9,12})',
    // French: 01.23.45.67.89
    '(?<![\\w.+/-])0[1-9](?:\\.\\d\\d){4}(?![\\w-]|\\.\\d)',
  ].join('|'),
  'g',
)

/**
 * Phone numbers by their form: international ones, and grouped national ones. Digits without any sign of a phone number are
 * left alone, because they are far more often an id. Whether a number is assigned is not asked: tomorrow it may be.
 */
export function findPhones(text: string, found: (span: Span) => void): void {
  findForms(text, phone, phoneLength, found)
  if (sign.test(text)) findForms(text, saidPhone, candidate => candidate.length, found)
}

const sign = /[:=>]/
/** However it is grouped, and local ones: no date. */
const saidPhone = new RegExp(
  `(?=[(\\d])(?<!\\d)(?<=(?:${phoneNames})(?:[_ ]?[Nn](?:o|umber)|[_ ]NO|[_ ]NUMBER)?[sS]?(?:['"]? ?[:=] ?['"]?|>))(?!\\d{4}-\\d\\d-\\d\\d)\\(?\\d(?:[ ().\\/-]{0,3}\\d){6,14}(?!\\d)`,
  'g',
)

function phoneLength(candidate: string): number {
  const digits = candidate.replaceAll(/\D/g, '').length
  const most = /^(?:\+|00|011)/.test(candidate) ? 15 : 12
  return digits >= (candidate.startsWith('+') ? 8 : 9) && digits <= most ? candidate.length : 0
}
