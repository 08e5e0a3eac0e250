import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Cookies of the console: HttpOnly, for this host alone (`__Host-`, RFC 6265bis, section 4.1.3.2) and Secure wherever the
 * console is https. Lax and not Strict: people come from a link in Slack.
 */
interface Cookie {
  readonly name: string
  readonly secure: boolean
}

export function cookieOf(name: string, consoleUrl: string): Cookie {
  const secure = consoleUrl.startsWith('https:')
  return { name: `${secure ? '__Host-' : ''}querywarden-${name}`, secure }
}

/** Undefined where the browser sent none, or two: one of them is not ours. */
export function readCookie({ headers }: FastifyRequest, { name }: Cookie): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map(pair => pair.trim())
  const [value, ...others] = pairs.filter(pair => pair.startsWith(`${name}=`)).map(pair => pair.slice(name.length + 1))
  return others.length > 0 ? undefined : value
}

/** Without a value the browser forgets it. */
export function setCookie(reply: FastifyReply, { name, secure }: Cookie, value = '', seconds = 0): void {
  const attributes = ['Path=/', `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Lax', ...(secure ? ['Secure'] : [])]
  reply.header('set-cookie', [`${name}=${value}`, ...attributes].join('; '))
}
