import { randomBytes } from 'node:crypto'
import { parseSessionId, type SessionId } from '#src/statement.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** What a query id names: a statement, several that came as one, or the answer to a statement about the session itself. */
type QueryName =
  | { readonly kind: 'statement' | 'batch'; readonly id: SessionId }
  | { readonly kind: 'status'; readonly typeId: number }

const ends = { statement: '8000-000000000000', batch: 'a000-000000000000' } as const

/** A session id as the UUID that drivers want: its 60 bits, in a UUID of our own making (RFC 9562, version 8). */
export function queryIdOf(id: SessionId, kind: keyof typeof ends = 'statement'): string {
  const symbols = id.replaceAll('-', '')
  const bits = Array.from(symbols).reduce((bits, symbol) => bits * 32n + BigInt(alphabet.indexOf(symbol)), 0n)
  const hex = bits.toString(16).padStart(15, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(12)}-${ends[kind]}`
}

/** For an answer that is the same for everybody who did the same: nothing of it is kept. */
export function statusQueryId(typeId: number): string {
  const random = randomBytes(8).toString('hex')
  const end = typeId.toString(16).padStart(12, '0')
  return `${random.slice(0, 8)}-${random.slice(8, 12)}-8${random.slice(13)}-9000-${end}`
}

export function parseQueryId(queryId: string): QueryName | undefined {
  const [, high, middle, low, end = ''] =
    /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-([89a]000-[0-9a-f]{12})$/.exec(queryId) ?? []
  if (high === undefined) return undefined
  if (end.startsWith('9')) return { kind: 'status', typeId: Number.parseInt(end.slice(5), 16) }
  const kind = end === ends.statement ? 'statement' : end === ends.batch ? 'batch' : undefined
  let bits = BigInt(`0x${high}${middle}${low}`)
  let symbols = ''
  for (let left = 12; left > 0; left--) {
    symbols = `${alphabet[Number(bits % 32n)]}${symbols}`
    bits /= 32n
  }
  const id = parseSessionId(symbols)
  return id && kind ? { kind, id } : undefined
}

export function sessionIdOfQuery(queryId: string): SessionId | undefined {
  const name = parseQueryId(queryId)
  return name?.kind === 'statement' ? name.id : undefined
}
