import type { FastifyRequest } from 'fastify'
import { type ErrorCode, GatewayError } from '#src/errors.ts'

/** Something that a hook finds out about each request, for its handler. */
interface PerRequest<T> {
  put(request: FastifyRequest, value: T): void
  of(request: FastifyRequest): T
}

/** `missing`: what a request is refused with of which nothing was found out. */
export function perRequest<T extends object>(missing: ErrorCode): PerRequest<T> {
  const found = new WeakMap<FastifyRequest, T>()
  return {
    put: (request, value) => void found.set(request, value),
    of(request) {
      const value = found.get(request)
      if (!value) throw new GatewayError(missing)
      return value
    },
  }
}
