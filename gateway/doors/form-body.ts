import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'

export type Form = ReadonlyMap<string, string>

/** Forms only, of at most `maxBytes`, each field once. */
export function readForms(app: FastifyInstance, maxBytes: number): void {
  app.removeAllContentTypeParsers()
  const options = { parseAs: 'string', bodyLimit: maxBytes } as const
  app.addContentTypeParser('application/x-www-form-urlencoded', options, (_request, body, done) => {
    const pairs = [...new URLSearchParams(String(body))]
    const form: Form = new Map(pairs)
    done(form.size === pairs.length ? null : new GatewayError('invalid_request'), form)
  })
}

/** The form that was sent; an empty one where there was none. */
export function formOf({ body }: FastifyRequest): Form {
  return body instanceof Map ? (body as Form) : new Map<string, string>()
}
