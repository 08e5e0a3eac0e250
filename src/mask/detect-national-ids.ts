import validator from 'validator'
import { findForms } from './detect-numbers.ts'
import { isDoublyChecked } from './eleven-digits.ts'
import type { Span } from './span.ts'

interface NationalId {
  readonly form: string
  /** The check digits, where there are any; the form alone decides otherwise. */
  readonly valid?: (id: string) => boolean
}

/**
 * Numbers that name a person and can be told from any other number: by letters, fixed punctuation, a date inside, and
 * nearly all by check digits. Of plain runs of digits only those that two check digits, or two and a date, tell: with one alone
 * (Polish, Dutch, German ids) every tenth id of a table would be one, unless it is said to be one.
 */
const nationalIds: readonly NationalId[] = [
  // United States, SSN
  { form: '(?!000|666|9)\\d{3}(?:-(?!00)\\d{2}-|(?: (?!00)\\d{2} ))(?!0000)\\d{4}' },
  // and ITIN, of those without one
  { form: '9\\d{2}-(?:5\\d|6[0-5]|7\\d|8[0-8]|9[0-24-9])-(?!0000)\\d{4}' },
  // United Kingdom, national insurance number
  { form: '(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]' },
  // Switzerland, AHV number
  { form: '756\\.\\d{4}\\.\\d{4}\\.\\d{2}' },
  // Spain, DNI and NIE
  {
    form: '(?:\\d{8}|\\d{2}\\.\\d{3}\\.\\d{3})-?[A-HJ-NP-TV-Z]',
    valid: id => validator.isIdentityCard(plain(id), 'ES'),
  },
  { form: '[XYZ]-?\\d{7}-?[A-HJ-NP-TV-Z]', valid: id => validator.isIdentityCard(plain(id), 'ES') },
  // Italy, codice fiscale
  {
    form: '[A-Z]{6}\\d{2}[ABCDEHLMPRST]\\d{2}[A-Z]\\d{3}[A-Z]',
    valid: id => validator.isTaxID(id.toUpperCase(), 'it-IT'),
  },
  // Finland, henkilötunnus
  { form: '\\d{6}[A+-]\\d{3}[\\dA-FHJ-NPR-Y]', valid: id => validator.isIdentityCard(id.toUpperCase(), 'FI') },
  // Sweden, personnummer, whose check digit is that of the last ten
  { form: '(?:\\d{2})?\\d{6}[+-]\\d{4}', valid: id => validator.isTaxID(id.slice(-11), 'sv-SE') },
  // Brazil (CPF), Norway and Belgium: two check digits
  { form: '\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}', valid: id => validator.isTaxID(id, 'pt-BR') },
  { form: '\\d{6} \\d{5}', valid: id => validator.isIdentityCard(plain(id), 'NO') },
  { form: '\\d{2}\\.\\d{2}\\.\\d{2}-\\d{3}\\.\\d{2}', valid: id => validator.isTaxID(plain(id), 'fr-BE') },
  // Argentina (CUIT) and Chile (RUT)
  { form: '\\d{2}-\\d{8}-\\d', valid: id => validator.isTaxID(plain(id), 'es-AR') },
  { form: '\\d{1,2}\\.\\d{3}\\.\\d{3}-[\\dK]', valid: isRut },
  // Mexico, CURP
  { form: '[A-Z]{4}\\d{2}(?:0[1-9]|1[0-2])[0-3]\\d[HMX][A-Z]{5}[A-Z\\d]\\d' },
  // Korea, Czechia and Slovakia, Germany (pension insurance): a date inside
  { form: '\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])-[1-8]\\d{6}' },
  { form: '\\d{6}/\\d{4}', valid: id => validator.isTaxID(id, 'cs-CZ') },
  { form: '\\d{2}(?:0[1-9]|[12]\\d|3[01])(?:0[1-9]|1[0-2])\\d{2}[A-Z]\\d{3}' },
  // Hong Kong, Singapore
  {
    form: '[A-Z]{1,2}\\d{6}\\([\\dA]\\)',
    valid: id => validator.isIdentityCard(id.replaceAll(/[()]/g, '').toUpperCase(), 'zh-HK'),
  },
  { form: '[STFG]\\d{7}[A-Z]', valid: isNric },
  // China, resident identity number
  { form: '\\d{17}[\\dX]', valid: id => validator.isIdentityCard(id.toUpperCase(), 'zh-CN') },
  // India, Aadhaar
  { form: '\\d{4} \\d{4} \\d{4}(?! \\d)', valid: id => validator.isIdentityCard(id, 'IN') },
  // France, NIR
  { form: '[12] ?\\d{2} ?(?:0[1-9]|1[0-2]|20) ?(?:\\d{2}|2[AB]) ?\\d{3} ?\\d{3} ?\\d{2}', valid: isNir },
]

const beginsWithLetter = /^\[[A-Z]/
const joined = (those: readonly NationalId[]): string => those.map(({ form }) => form).join('|')
const [letters, numerals] = [true, false].map(wanted =>
  joined(nationalIds.filter(({ form }) => wanted === beginsWithLetter.test(form.replace(/^\(\?!.*?\)/, '')))),
)

/** Of words those alone that a digit follows soon. Nothing of a fraction; an exponent behind it makes it a number. */
const anyForm = new RegExp(
  `\\b(?:(?=[A-Z]{1,6}[ -]?\\d)(?:${letters})|(?=\\d)(?<!\\d\\.)(?:${numerals}))(?!\\w|[+-]\\d\\d\\b)`,
  'gi',
)
const whole = nationalIds.map(({ form, valid }) => ({ form: new RegExp(`^(?:${form})$`, 'i'), valid }))

export function findNationalIds(text: string, found: (span: Span) => void): void {
  if (elevenDigits.test(text)) {
    if (isDoublyChecked(text)) found({ start: 0, end: 11 })
    return
  }
  findForms(text, anyForm, idLength, found)
  if (between.test(text)) findSaid(text, found)
}

/** A name and its number have one of these between them; most cells have none. */
const between = /[ :=#>]/

const elevenDigits = /^\d{11}$/

/** What they are called. */
export const idNames =
  'ssn|social[ _-]security|sin|nhs|pesel|bsn|cpf|cnp|nif|nie|tfn|egn|jmbg|oib|cpr|idnr|tckn|kimlik|aadhaa?r|amka|nss|steuer-?id|personnummer|passport'

/** What has no form of its own, or one check digit alone, behind what it is called. */
const said = new RegExp(
  `(?<![a-z])(?:${idNames})(?:[ _-]?(?:no|nr|num|number|id))?["']?[.:=#> ]{1,3}["']?(?<id>[A-Z]{0,2}(?:[ -]?\\d){7,13})(?!\\w)`,
  'gi',
)

function findSaid(text: string, found: (span: Span) => void): void {
  said.lastIndex = 0
  for (let match = said.exec(text); match; match = said.exec(text)) {
    const { id = '' } = match.groups ?? {}
    found({ start: said.lastIndex - id.length, end: said.lastIndex })
  }
}

function idLength(candidate: string): number {
  const is = whole.some(({ form, valid }) => form.test(candidate) && (valid?.(candidate) ?? true))
  return is ? candidate.length : 0
}

function plain(id: string): string {
  return id.replaceAll(/[ .-]/g, '').toUpperCase()
}

function isRut(id: string): boolean {
  const [digits = '', check] = id.replaceAll('.', '').toUpperCase().split('-')
  const sum = [...digits].reverse().reduce((total, digit, at) => total + Number(digit) * (2 + (at % 6)), 0)
  return check === '0123456789K'[(11 - (sum % 11)) % 11]
}

function isNric(id: string): boolean {
  const weights = [2, 7, 6, 5, 4, 3, 2]
  const kind = id[0]?.toUpperCase() ?? ''
  const sum = weights.reduce((total, weight, at) => total + weight * Number(id[at + 1]), 'TG'.includes(kind) ? 4 : 0)
  return ('ST'.includes(kind) ? 'JZIHGFEDCBA' : 'XWUTRQPNMLK')[sum % 11] === id[8]?.toUpperCase()
}

/** The key is 97 less the remainder of the rest; Corsica's departments count as 19 and 18. */
function isNir(id: string): boolean {
  const digits = id.replaceAll(' ', '').toUpperCase().replace('2A', '19').replace('2B', '18')
  return 97 - (Number(digits.slice(0, 13)) % 97) === Number(digits.slice(13))
}
