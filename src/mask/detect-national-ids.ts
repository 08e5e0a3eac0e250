import validator from 'validator'
import { findForms } from './detect-numbers.ts'
import type { Span } from './span.ts'

interface NationalId {
  readonly form: string
  /** The check digits, where there are any; the form alone decides otherwise. */
  readonly valid?: (id: string) => boolean
}

/**
 * Numbers that name a person and can be told from any other number: by letters, fixed punctuation, a date inside, and
 * nearly all by check digits. Plain runs of 9 to 11 digits (Polish, Dutch, German ids) are not among them: every tenth id
 * of a table would be one.
 */
const nationalIds: readonly NationalId[] = [
  // United States, SSN
  { form: '(?!000|666|9)\\d{3}(?:-(?!00)\\d{2}-|(?: (?!00)\\d{2} ))(?!0000)\\d{4}' },
  // United Kingdom, national insurance number
  { form: '(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]' },
  // Switzerland, AHV number
  { form: '756\\.\\d{4}\\.\\d{4}\\.\\d{2}' },
  // Spain, DNI and NIE
  {
    form: '(?:\\d{8}|\\d{2}\\.\\d{3}\\.\\d{3}|[XYZ]-?\\d{7})-?[A-HJ-NP-TV-Z]',
    valid: id => validator.isIdentityCard(plain(id), 'ES'),
  },
  // Italy, codice fiscale
  {
    form: '[A-Z]{6}\\d{2}[ABCDEHLMPRST]\\d{2}[A-Z]\\d{3}[A-Z]',
    valid: id => validator.isTaxID(id.toUpperCase(), 'it-IT'),
  },
  // Finland, henkilötunnus
  { form: '\\d{6}[A+-]\\d{3}[\\dA-FHJ-NPR-Y]', valid: id => validator.isIdentityCard(id.toUpperCase(), 'FI') },
  // Sweden, personnummer, whose check digit is that of the last ten
  { form: '(?:\\d{2})?\\d{6}[+-]\\d{4}', valid: id => validator.isTaxID(id.slice(-11), 'sv-SE') },
  // Brazil, CPF
  { form: '\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}', valid: id => validator.isTaxID(id, 'pt-BR') },
  // China, resident identity number
  { form: '\\d{17}[\\dX]', valid: id => validator.isIdentityCard(id.toUpperCase(), 'zh-CN') },
  // India, Aadhaar
  { form: '\\d{4} \\d{4} \\d{4}(?! \\d)', valid: id => validator.isIdentityCard(id, 'IN') },
  // France, NIR
  { form: '[12] ?\\d{2} ?(?:0[1-9]|1[0-2]|20) ?(?:\\d{2}|2[AB]) ?\\d{3} ?\\d{3} ?\\d{2}', valid: isNir },
]

const anyForm = new RegExp(`\\b(?:${nationalIds.map(({ form }) => form).join('|')})\\b`, 'gi')
const whole = nationalIds.map(({ form, valid }) => ({ form: new RegExp(`^(?:${form})$`, 'i'), valid }))

export function findNationalIds(text: string, found: (span: Span) => void): void {
  findForms(text, anyForm, idLength, found)
}

function idLength(candidate: string): number {
  const is = whole.some(({ form, valid }) => form.test(candidate) && (valid?.(candidate) ?? true))
  return is ? candidate.length : 0
}

function plain(id: string): string {
  return id.replaceAll(/[.-]/g, '').toUpperCase()
}

/** The key is 97 less the remainder of the rest; Corsica's departments count as 19 and 18. */
function isNir(id: string): boolean {
  const digits = id.replaceAll(' ', '').toUpperCase().replace('2A', '19').replace('2B', '18')
  return 97 - (Number(digits.slice(0, 13)) % 97) === Number(digits.slice(13))
}
