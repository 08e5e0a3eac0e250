/**
 * National ids of eleven digits that two check digits tell, of Brazil (CPF), Turkey, Norway and Belgium: one in a hundred other numbers is
 * taken for one of the first two, one in three hundred for one of the others, which hold a date. With numbers alone, since tables are full
 * of such texts.
 */
export function isDoublyChecked(id: string): boolean {
  const digits = Array.from(id, Number)
  return isCpf(digits) || isTckn(digits) || isFodselsnummer(digits) || isBelgian(digits)
}

type Digits = readonly number[]

function weighted(digits: Digits, weights: Digits): number {
  let sum = 0
  for (let at = 0; at < weights.length; at++) sum += (digits[at] ?? 0) * (weights[at] ?? 0)
  return sum
}

function numberOf(digits: Digits, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at++) number = number * 10 + (digits[at] ?? 0)
  return number
}

/** Eleven times the same digit satisfies both, and is nobody's. */
function isCpf(digits: Digits): boolean {
  const check = (weights: Digits) => ((10 * weighted(digits, weights)) % 11) % 10
  const first = check([10, 9, 8, 7, 6, 5, 4, 3, 2])
  if (first !== digits[9] || check([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) !== digits[10]) return false
  return digits.some(digit => digit !== digits[0])
}

/** The tenth: of nine digits, those in odd places seven times less the others; the last: the sum of all ten. */
function isTckn(digits: Digits): boolean {
  const tenth = weighted(digits, [7, 9, 7, 9, 7, 9, 7, 9, 7]) % 10
  return digits[0] !== 0 && tenth === digits[9] && weighted(digits, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10 === digits[10]
}

/** Day (40 more for those without a permanent one), month, year. */
function isFodselsnummer(digits: Digits): boolean {
  if (!isDay(numberOf(digits, 0, 2) % 40, numberOf(digits, 2, 4))) return false
  const first = weighted(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11
  return first === 0 && weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
}

/** Year, month, day; the last two are 97 less the remainder of the rest, with a 2 before it since 2000. */
function isBelgian(digits: Digits): boolean {
  if (!isDay(numberOf(digits, 4, 6), numberOf(digits, 2, 4))) return false
  const [rest, check] = [numberOf(digits, 0, 9), numberOf(digits, 9, 11)]
  return 97 - (rest % 97) === check || 97 - ((2_000_000_000 + rest) % 97) === check
}

const isDay = (day: number, month: number): boolean => day >= 1 && day <= 31 && month >= 1 && month <= 12
