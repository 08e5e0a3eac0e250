import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { Secret } from '../config/secret.ts'
import { canonicalJson, sha256 } from '../statement.ts'

/*
 * How the bot asks the gateway, in a person's name or in its own: a JWT for one request, signed with the key that reviews are
 * signed with, of another type, so that neither can pass for the other.
 */

const requestType = 'querywarden-request+jwt'
const issuer = 'querywarden-bot'
export const requestLifeSeconds = 30
const skewSeconds = 5

export interface BotRequest {
  /** `Person.id` of the one who asks; absent where the bot itself does. */
  readonly person?: string
  /** Of the person: those that Slack says, of the groups whose members are Slack's to say. */
  readonly groups?: readonly string[]
  readonly path: string
  /** JSON. */
  readonly body: unknown
}

export interface RequestSigner {
  /** For `audience`, the gateway's URL. `now` in milliseconds since the epoch. */
  sign(request: BotRequest, audience: string, now: number): Promise<string>
}

export function requestSigner(privateKeyPem: Secret): RequestSigner {
  const key = createPrivateKey(privateKeyPem.reveal())
  return {
    sign({ person, groups, path, body }, audience, now) {
      const at = Math.floor(now / 1000)
      const who = { ...(person === undefined ? {} : { sub: person }), ...(groups ? { groups } : {}) }
      return new SignJWT({ path, body: bodyHash(body), ...who })
        .setProtectedHeader({ alg: 'EdDSA', typ: requestType })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(at)
        .setExpirationTime(at + requestLifeSeconds)
        .setJti(randomUUID())
        .sign(key)
    },
  }
}

/** What a verified token says; the caller compares `path` and `body`, and takes each `id` once. */
export interface SignedRequest {
  readonly id: string
  readonly person?: string
  readonly groups: readonly string[]
  readonly path: string
  /** `bodyHash` of the body it was signed for. */
  readonly body: string
}

/** The request, or undefined where signature, type, audience, age or form is not right. Never rejects. */
export async function verifyRequest(
  token: string,
  publicKeyPem: string,
  audience: string,
  now: number,
): Promise<SignedRequest | undefined> {
  try {
    const { payload } = await jwtVerify(token, createPublicKey(publicKeyPem), {
      ...{ algorithms: ['EdDSA'], typ: requestType, issuer, audience, currentDate: new Date(now) },
      ...{ requiredClaims: ['iat', 'exp', 'jti'], clockTolerance: skewSeconds, maxTokenAge: requestLifeSeconds },
    })
    const { jti: id, sub: person, iat = 0, exp = Number.POSITIVE_INFINITY, path, body, groups = [] } = payload
    if (!id || person === '' || id.length > 64 || exp - iat > requestLifeSeconds) return undefined
    if (typeof path !== 'string' || typeof body !== 'string') return undefined
    if (!Array.isArray(groups) || !groups.every(group => typeof group === 'string')) return undefined
    return { id, path, body, groups, ...(person === undefined ? {} : { person }) }
  } catch {
    return undefined
  }
}

/** Equal for bodies that are equal as JSON values. */
export function bodyHash(body: unknown): string {
  return sha256(canonicalJson(body))
}
