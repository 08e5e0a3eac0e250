import type { FastifyRequest } from 'fastify'
import type { ConsoleConfig } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import { type Form, formOf } from '../doors/form-body.ts'
import type { ConsoleSeal } from './console-seal.ts'

/**
 * The fields of a form that this very session was given. A form from elsewhere is refused twice: browsers say where it comes
 * from (RFC 6454, Fetch Metadata), and it lacks the token. Throws `not_permitted`.
 */
export function trustedForm(
  request: FastifyRequest,
  { url }: ConsoleConfig,
  seal: ConsoleSeal,
  { session, form: name }: { session: string; form: string },
): Form {
  const { origin, 'sec-fetch-site': site = 'same-origin' } = request.headers
  const form = formOf(request)
  const sameOrigin = origin === new URL(url).origin && site === 'same-origin'
  if (sameOrigin && seal.isFormToken(form.get('token') ?? '', session, name)) return form
  throw new GatewayError('not_permitted', {
    message: 'This form does not come from your own session here, so nothing was done.',
    next: 'Open the page again and decide there.',
    detail: sameOrigin ? 'form token' : 'origin',
  })
}
