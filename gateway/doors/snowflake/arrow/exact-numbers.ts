import { type Texts, unreadable } from './arrow-vectors.ts'

/** Decimal text as the whole number that it is in units of 10^-scale. */
function unscaled(text: string, scale: number): bigint {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text) ?? []
  if (sign === undefined || /[^0]/.test(fraction.slice(scale))) throw unreadable(`number of ${scale} decimals`)
  const units = BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'))
  return sign ? -units : units
}

export function unscaledAll(texts: Texts, scale: number): (bigint | null)[] {
  return texts.map(text => (text === null ? null : unscaled(text, scale)))
}

export function fits(bits: 32 | 64, value: bigint | null): boolean {
  return value === null || BigInt.asIntN(bits, value) === value
}

/** Seconds as text in whole seconds, rounded down, and the nanoseconds beyond. */
export function secondsOf(text: string): { readonly seconds: bigint; readonly nanoseconds: number } {
  const units = unscaled(text, 9)
  const rest = units % 1_000_000_000n
  const nanoseconds = rest < 0n ? rest + 1_000_000_000n : rest
  return { seconds: (units - nanoseconds) / 1_000_000_000n, nanoseconds: Number(nanoseconds) }
}

/** Of `1.23E+5`: 123 and 3. */
export function significandOf(text: string): { readonly significand: bigint; readonly exponent: number } {
  const [, sign, whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d*))?(?:e([+-]?\d{1,5}))?$/i.exec(text) ?? []
  if (sign === undefined) throw unreadable('DECFLOAT')
  const digits = BigInt(whole + fraction)
  return { significand: sign ? -digits : digits, exponent: Number(power) - fraction.length }
}

/** Big-endian two's complement, in as few bytes as it takes. */
export function bigEndian(value: bigint): Uint8Array {
  let width = 1
  while (BigInt.asIntN(8 * width, value) !== value) width++
  const hex = BigInt.asUintN(8 * width, value)
    .toString(16)
    .padStart(2 * width, '0')
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
