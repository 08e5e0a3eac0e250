import { decimalText } from './arrow/decimal-text.ts'

/** The most digits that are written out; beyond, the exponent is. */
const longest = 38n

/** `significand` times ten to the power of `exponent`: one text for one number, however it was written. */
export function decimalFloatText(significand: bigint, exponent: bigint): string {
  if (significand === 0n) return '0'
  let [digits, power] = [significand, exponent]
  for (; digits % 10n === 0n; digits /= 10n) power++
  if (power > longest || power < -longest) return `${digits}E${power}`
  return decimalText(digits, -power)
}

/** The same of decimal text, with or without an exponent; what is none stays as it is. */
export function sameDecimalFloat(text: string): string {
  const [, sign, whole = '', fraction = '', power = '0'] =
    /^([+-]?)(\d{1,40})(?:\.(\d{0,40}))?(?:e([+-]?\d{1,5}))?$/i.exec(text) ?? []
  if (sign === undefined) return text
  return decimalFloatText(
    BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`),
    BigInt(power) - BigInt(fraction.length),
  )
}
