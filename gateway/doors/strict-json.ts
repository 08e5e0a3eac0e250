import { isUtf8 } from 'node:buffer'
import { finished } from 'node:stream/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'

/** No documented request nests deeper; what does is refused before anything recurses over it. */
const maxDepth = 32

/** Of a body that is too large this much is read and thrown away, so that its sender reads the refusal and no reset. */
const maxSwallowedBytes = 64 * 1024 * 1024

interface ClientHabits {
  /** Bodies may be gzip, whatever their header says: told by their first bytes, and unpacked no longer than plain ones may be. */
  readonly gzip?: true
  /** What a body without a byte means, but that of DELETE, which is none: some clients name the type of every body, also of none. */
  readonly empty?: object
}

/**
 * JSON only, as valid UTF-8 and well-formed text, each member once, and no number with digits that are lost in reading it. Two
 * readers of one request (a proxy, a log, this gateway) must see the same statement: a replaced byte, or the second of two `sql`
 * members, would be judged or logged as one text and run as another; a bind that is rounded means another row. `habits`: of clients
 * that are not ours to change.
 */
export function strictJson(app: FastifyInstance, { gzip, empty }: ClientHabits = {}): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, sent: Buffer) => {
    const body = gzip ? await inflated(sent, request.routeOptions.bodyLimit) : sent
    if (body.length === 0 && (empty !== undefined || request.method === 'DELETE')) return empty
    if (!isUtf8(body)) throw new GatewayError('invalid_utf8')
    const text = body.toString('utf8')
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    void parse(request, text, (error, value) => (error ? reject(error) : resolve(value)))
    const value = await promise
    const refusal = oddity(text, value)
    if (refusal) throw refusal
    return value
  })
}

const unpack = promisify(gunzip)

/** A body of a few kilobytes can unpack to gigabytes: it stops at the limit. */
async function inflated(body: Buffer, maxOutputLength: number): Promise<Buffer> {
  if (body[0] !== 0x1f || body[1] !== 0x8b) return body
  try {
    return await unpack(body, { maxOutputLength })
  } catch (error) {
    const tooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    throw tooLarge ? new GatewayError('statement_too_large') : refusal('The body does not unpack.')
  }
}

/** Refuses by the announced length. Bodies without one are counted, and cut off, by the server itself. */
export function refuseTooLarge(app: FastifyInstance, maxBytes: number): void {
  app.addHook('preParsing', async (request, _reply, body) => {
    const bytes = Number(request.headers['content-length'] ?? 0)
    if (bytes <= maxBytes || bytes > maxSwallowedBytes) return
    await finished(body.resume())
    throw new GatewayError('statement_too_large')
  })
}

function oddity(text: string, value: unknown): GatewayError | undefined {
  let kept = 0
  const open = [{ value, depth: 0 }]
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.depth > maxDepth) return refusal(`The JSON nests deeper than ${maxDepth} levels.`)
    if (typeof next.value === 'string' && !next.value.isWellFormed()) return new GatewayError('invalid_utf8')
    if (next.value === null || typeof next.value !== 'object') continue
    const depth = next.depth + 1
    if (Array.isArray(next.value)) {
      for (const inner of next.value) open.push({ value: inner, depth })
      continue
    }
    for (const [name, inner] of Object.entries(next.value)) {
      kept += 1
      open.push({ value: name, depth }, { value: inner, depth })
    }
  }
  const { members, lossy } = written(text)
  if (kept < members) return refusal('A member of the JSON is there twice.')
  return lossy ? refusal(`The number ${lossy.slice(0, 40)} loses digits in JSON. Send it as a text.`) : undefined
}

/** In valid JSON every member has one colon outside of texts, and what begins with a digit there is a number. */
function written(json: string): { readonly members: number; readonly lossy: string | undefined } {
  let members = 0
  let lossy: string | undefined
  let inText = false
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at)
    if (unit === 0x22) inText = !inText
    else if (unit === 0x5c) at += 1
    else if (inText) continue
    else if (unit === 0x3a) members += 1
    else if (unit >= 0x30 && unit <= 0x39) {
      const number = numberAt(json, at)
      if (!keepsDigits(number)) lossy ??= number
      at += number.length - 1
    }
  }
  return { members, lossy }
}

function numberAt(json: string, at: number): string {
  const number = /[\d.eE+-]+/y
  number.lastIndex = at
  return number.exec(json)?.[0] ?? ''
}

/** Whether it is the same number when it was read and written again. A double holds any fifteen digits. */
function keepsDigits(number: string): boolean {
  return /^[\d.]{1,15}$/.test(number) || sameWriting(number) === sameWriting(String(Number(number)))
}

/**
 * One writing for all of the same number: digits without zeros around them, and their power of ten. By indices: an expression for
 * the zeros at the end would try all of a longer run at each of its zeros.
 */
function sameWriting(number: string): string {
  const [, whole = '', fraction = '', power = '0'] = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? []
  const digits = `${whole}${fraction}`
  let start = 0
  while (digits[start] === '0') start += 1
  let end = digits.length
  while (end > start && digits[end - 1] === '0') end -= 1
  return start === end ? '' : `${digits.slice(start, end)} ${Number(power) - fraction.length + digits.length - end}`
}

function refusal(message: string): GatewayError {
  return new GatewayError('invalid_request', { message })
}
