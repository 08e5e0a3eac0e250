import { createHmac, createPrivateKey, createPublicKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import type { Secret } from '../config/secret.ts'
import { canonicalJson } from '../statement.ts'
import type { HoldTerms } from './hold.ts'
import type { Review } from './review.ts'

const reviewType = 'querywarden-review+jws'

/** HMAC-SHA-256 over the canonical terms, by the gateway: who can write to the hold store cannot make terms. */
export function macTerms(terms: HoldTerms, key: Secret): string {
  return createHmac('sha256', key.reveal()).update(canonicalJson(terms)).digest('hex')
}

/** Constant time. */
export function verifyMac(terms: HoldTerms, mac: string, key: Secret): boolean {
  const expected = Buffer.from(macTerms(terms, key), 'hex')
  const given = Buffer.from(mac, 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

export interface ReviewSigner {
  sign(review: Review): Promise<string>
}

/** Ed25519, compact JWS (RFC 7515, RFC 8037), by the bot. */
export function reviewSigner(privateKeyPem: Secret): ReviewSigner {
  const key: KeyObject = createPrivateKey(privateKeyPem.reveal())
  return {
    sign: review =>
      new CompactSign(Buffer.from(canonicalJson(review)))
        .setProtectedHeader({ alg: 'EdDSA', typ: reviewType })
        .sign(key),
  }
}

export interface ReviewVerifier {
  /** The review, or undefined where the signature, the type or the form is not right. Never rejects. */
  verify(jws: string): Promise<Review | undefined>
}

export function reviewVerifier(publicKeyPem: string): ReviewVerifier {
  const key = createPublicKey(publicKeyPem)
  return {
    async verify(jws) {
      try {
        const { payload, protectedHeader } = await compactVerify(jws, key, {
          algorithms: ['EdDSA'],
        })
        if (protectedHeader.typ !== reviewType) return undefined
        return asReview(JSON.parse(Buffer.from(payload).toString('utf8')))
      } catch {
        return undefined
      }
    },
  }
}

function asReview(value: Partial<Review>): Review | undefined {
  const texts = [value.hold, value.digest, value.shown, value.reviewer]
  if (!texts.every(text => typeof text === 'string') || typeof value.at !== 'number') return undefined
  if (value.verdict !== 'approve' && value.verdict !== 'deny') return undefined
  if (value.reason !== undefined && typeof value.reason !== 'string') return undefined
  return value as Review
}
