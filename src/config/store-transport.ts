import { isAbsolute } from 'node:path'

interface Doubt {
  readonly message: string
  readonly severity?: 'warning'
}

/** What is to be said of the way to a store at that address; undefined where nobody on it reads along or stands in for the store. */
export function transportProblem(address: string): Doubt | undefined {
  const { protocol, hostname, searchParams } = new URL(address)
  if (protocol === 'rediss:') return undefined
  if (protocol === 'redis:') return redisProblem(hostname)
  // As pg reads it: the last one counts, and `host` instead of the one in front.
  const option = (name: string) => searchParams.getAll(name).at(-1)
  const rootCertificate = option('sslrootcert')
  if (rootCertificate !== undefined && !isAbsolute(rootCertificate))
    return { message: 'names an sslrootcert that is no absolute path' }
  const host = option('host') ?? hostname
  if (host === '') return { message: 'names no host; write localhost, or where else it is' }
  const isSocket = /^(\/|%2f)/i.test(host)
  const mode = option('sslmode')
  if (isSocket || isLoopback(host) || mode === 'verify-full') return undefined
  return mode === 'disable'
    ? {
        message:
          'goes in the clear beyond this machine; right only where something else encrypts the way, as a mesh does',
        severity: 'warning',
      }
    : {
        message:
          'goes in the clear, or to whoever answers there, beyond this machine; write ?sslmode=verify-full behind it (and &sslrootcert=PATH for a CA of your own), or ?sslmode=disable where something else encrypts the way',
      }
}

/** A name without a dot is a neighbour in the same Compose project or namespace, whose network the manifests close. */
function redisProblem(host: string): Doubt | undefined {
  if (isLoopback(host) || !/[.:]/.test(host)) return undefined
  const message = 'goes in the clear beyond this machine: the password, and statements that wait; write rediss://'
  return { message, severity: 'warning' }
}

export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host)
}
