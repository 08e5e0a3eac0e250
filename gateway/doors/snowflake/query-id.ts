import { parseSessionId, type SessionId } from '#src/statement.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A session id as the UUID that drivers want: its 60 bits, in a UUID of our own making (RFC 9562, version 8). */
export function queryIdOf(id: SessionId): string {
  const symbols = id.replaceAll('-', '')
  const bits = Array.from(symbols).reduce((bits, symbol) => bits * 32n + BigInt(alphabet.indexOf(symbol)), 0n)
  const hex = bits.toString(16).padStart(15, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(12)}-8000-000000000000`
}

export function sessionIdOfQuery(queryId: string): SessionId | undefined {
  const [, high, middle, low] = /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-8000-000000000000$/.exec(queryId) ?? []
  if (high === undefined) return undefined
  let bits = BigInt(`0x${high}${middle}${low}`)
  let symbols = ''
  for (let left = 12; left > 0; left--) {
    symbols = `${alphabet[Number(bits % 32n)]}${symbols}`
    bits /= 32n
  }
  return parseSessionId(symbols)
}
