/** The most digits that a number of Snowflake has. */
export const maxDigits = 38

/** A whole number of units of 10^-scale as decimal text, with all of its digits. */
export function decimalText(units: bigint, scale: bigint): string {
  if (scale <= 0n) return String(units * 10n ** -scale)
  const digits = String(units < 0n ? -units : units).padStart(Number(scale) + 1, '0')
  const point = digits.length - Number(scale)
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** As Snowflake writes it. */
export function doubleText(value: number): string {
  return String(value).replace('Infinity', 'inf')
}
