import { createHmac, createPrivateKey, createPublicKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { CompactSign, compactVerify, decodeProtectedHeader } from 'jose'
import type { Secret } from '../config/secret.ts'
import { canonicalJson } from '../statement.ts'
import { type Grant, isAmount } from './grant.ts'
import type { HoldTerms } from './hold.ts'
import { type Review, type ReviewPlace, reviewVerdicts } from './review.ts'

const reviewType = 'querywarden-review+jws'

/** HMAC-SHA-256 over the canonical terms, by the gateway: who can write to the hold store cannot make terms. */
export function macTerms(terms: HoldTerms, key: Secret): string {
  return macOf(terms, key)
}

/** Constant time. */
export function verifyMac(terms: HoldTerms, mac: string, key: Secret): boolean {
  return sameMac(macTerms(terms, key), mac)
}

/** The same over a grant: who can write to the record store cannot make one. In a list, so that it passes for no terms. */
export function macGrant(grant: Grant, key: Secret): string {
  return macOf(['grant', grant], key)
}

/** Constant time. */
export function verifyGrantMac(grant: Grant, mac: string, key: Secret): boolean {
  return sameMac(macGrant(grant, key), mac)
}

function macOf(value: unknown, key: Secret): string {
  return createHmac('sha256', key.reveal()).update(canonicalJson(value)).digest('hex')
}

function sameMac(one: string, other: string): boolean {
  const [expected, given] = [Buffer.from(one, 'hex'), Buffer.from(other, 'hex')]
  return given.length === expected.length && timingSafeEqual(given, expected)
}

export interface ReviewSigner {
  readonly place: ReviewPlace
  sign(review: Review): Promise<string>
}

/** Ed25519, compact JWS (RFC 7515, RFC 8037), by the bot or the console; `kid` is the place. */
export function reviewSigner(privateKeyPem: Secret, place: ReviewPlace): ReviewSigner {
  const key: KeyObject = createPrivateKey(privateKeyPem.reveal())
  return {
    place,
    sign: review =>
      new CompactSign(Buffer.from(canonicalJson(review)))
        .setProtectedHeader({ alg: 'EdDSA', typ: reviewType, kid: place })
        .sign(key),
  }
}

export interface ReviewVerifier {
  /** The review, or undefined where the signature, the type or the form is not right. Never rejects. */
  verify(jws: string): Promise<Review | undefined>
}

/** The public key (PEM) of each place that there is. No key speaks for another place. */
export interface ReviewKeys {
  readonly slack: string
  readonly console?: string
}

export function reviewVerifier(pems: ReviewKeys): ReviewVerifier {
  const keys = new Map(Object.entries<string>({ ...pems }).map(([place, pem]) => [place, createPublicKey(pem)]))
  return {
    async verify(jws) {
      try {
        const place = String(decodeProtectedHeader(jws).kid)
        const key = keys.get(place)
        if (!key) return undefined
        const { payload, protectedHeader } = await compactVerify(jws, key, { algorithms: ['EdDSA'] })
        if (protectedHeader.typ !== reviewType) return undefined
        const review = asReview(JSON.parse(Buffer.from(payload).toString('utf8')))
        return review?.place === place ? review : undefined
      } catch {
        return undefined
      }
    },
  }
}

function asReview(value: Partial<Review>): Review | undefined {
  const texts = [value.hold, value.digest, value.shown, value.reviewer]
  if (!texts.every(text => typeof text === 'string') || typeof value.at !== 'number') return undefined
  if (!reviewVerdicts.some(verdict => verdict === value.verdict)) return undefined
  if (value.account !== undefined && typeof value.account !== 'string') return undefined
  if (value.reason !== undefined && typeof value.reason !== 'string') return undefined
  if (value.suggestedSql !== undefined && typeof value.suggestedSql !== 'string') return undefined
  if (value.groups !== undefined && !isTexts(value.groups)) return undefined
  if (value.signedInAt !== undefined && typeof value.signedInAt !== 'number') return undefined
  if (value.grant !== undefined && ![value.grant?.seconds, value.grant?.uses].every(isAmount)) return undefined
  return value as Review
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(text => typeof text === 'string')
}
