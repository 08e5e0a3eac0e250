/** Decimal seconds as text, in whole units of 10^-scale seconds; `undefined` where the text is not a number. */
export function epochUnits(text: string, scale: number): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (!match) return undefined
  const [, sign, whole = '0', fraction = ''] = match
  const units = BigInt(whole + fraction.padEnd(scale, '0').slice(0, scale))
  return sign ? -units : units
}

/** ISO 8601 without zone, with all `scale` digits of fraction: never by way of a double. */
export function isoText(units: bigint, scale: number): string | undefined {
  const unit = 10n ** BigInt(scale)
  const fraction = ((units % unit) + unit) % unit
  const date = new Date(Number((units - fraction) / unit) * 1000)
  if (Number.isNaN(date.getTime())) return undefined
  const seconds = date.toISOString().replace(/\.000Z$/, '')
  return scale > 0 ? `${seconds}.${String(fraction).padStart(scale, '0')}` : seconds
}
