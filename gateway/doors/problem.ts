import type { FastifyError, FastifyReply } from 'fastify'
import { asGatewayError, GatewayError } from '#src/errors.ts'

/** One form (RFC 9457) for every refusal and failure of this server. */
export function problem(reply: FastifyReply, error: GatewayError, more: Record<string, unknown> = {}): FastifyReply {
  return reply
    .code(error.table.status)
    .type('application/problem+json')
    .send({ ...more, ...problemOf(error) })
}

/** The document alone. */
export function problemOf({ code, message, next, table: { status, retry, sentence } }: GatewayError): object {
  return {
    type: `urn:querywarden:${code}`,
    title: sentence,
    http_status: status,
    code,
    message,
    retry,
    ...(next ? { what_would_pass: next } : {}),
  }
}

/** What the server itself refuses (bodies, schemas, media types) in our own codes and words. */
export function asRefusal(error: FastifyError): GatewayError {
  if (error instanceof GatewayError) return error
  if (error.validation) return new GatewayError('invalid_request', { message: validationSentence(error) })
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new GatewayError('statement_too_large')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new GatewayError('unsupported_media_type')
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new GatewayError('no_such_path')
    default:
      return error.statusCode !== undefined && error.statusCode < 500
        ? new GatewayError('invalid_request', {
            message: 'The request is not JSON of the documented form.',
            detail: error.message,
          })
        : asGatewayError(error)
  }
}

/** Names the field: a refusal that does not say which one is not a help. */
function validationSentence({ message, validation }: FastifyError): string {
  const extra = validation?.[0]?.params.additionalProperty
  return typeof extra === 'string' ? `${message}: ${JSON.stringify(extra.slice(0, 64))}.` : `${message}.`
}
