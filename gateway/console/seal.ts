import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { EncryptJWT, type JWTPayload, jwtDecrypt } from 'jose'
import type { Secret } from '#src/config/secret.ts'

/** What a browser keeps for the console, and hands back, without being able to read or change it. */
export interface Seal {
  /** An encrypted text for one purpose, worthless after `seconds`. */
  seal(purpose: string, value: JWTPayload, seconds: number): Promise<string>
  /** What was sealed for this purpose; undefined where it was not, was changed, or is too old. Never rejects. */
  open(purpose: string, text: string): Promise<JWTPayload | undefined>
  /** A token that only this form of this session has. */
  formToken(session: string, form: string): string
  /** Constant time. */
  isFormToken(token: string, session: string, form: string): boolean
}

/** AES-256-GCM and HMAC-SHA-256 under keys that are derived from the console's own, so that all gateways have the same. */
export function createSeal(key: Secret): Seal {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', key.reveal(), '', `querywarden console ${use}`, 32))
  const [cookies, forms] = [derive('cookies'), derive('forms')]
  const formToken = (session: string, form: string) =>
    createHmac('sha256', forms).update(`${session}|${form}`).digest('base64url')
  return {
    seal: (purpose, value, seconds) =>
      new EncryptJWT(value)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setAudience(purpose)
        .setIssuedAt()
        .setExpirationTime(`${seconds}s`)
        .encrypt(cookies),
    async open(purpose, text) {
      try {
        const options = { audience: purpose, keyManagementAlgorithms: ['dir'], requiredClaims: ['exp'] }
        return (await jwtDecrypt(text, cookies, options)).payload
      } catch {
        return undefined
      }
    },
    formToken,
    isFormToken(token, session, form) {
      const [given, expected] = [Buffer.from(token), Buffer.from(formToken(session, form))]
      return given.length === expected.length && timingSafeEqual(given, expected)
    },
  }
}
