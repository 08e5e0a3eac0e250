import { GatewayError } from '#src/errors.ts'
import { type Principal, principalKey } from '#src/principal.ts'

/**
 * Requests of one principal that one gateway answers at the same time, and statements of one principal that it has under way: each
 * has its connection and its place in memory.
 */
const maxAtOnce = 500

const underWay = new Map<string, number>()

/** Counts one more `of` a principal until what it returns is called. Throws `too_many` where there are `most`. */
export function oneMore(principal: Principal, of: string, most = maxAtOnce): () => void {
  const key = `${principalKey(principal)} ${of}`
  const before = underWay.get(key) ?? 0
  if (before >= most) {
    const message = `${most} ${of} of this principal are under way already.`
    throw new GatewayError('too_many', { message, next: 'Ask again when some of them have ended.' })
  }
  underWay.set(key, before + 1)
  return () => {
    const left = (underWay.get(key) ?? 1) - 1
    if (left > 0) underWay.set(key, left)
    else underWay.delete(key)
  }
}
