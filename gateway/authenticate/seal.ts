import { hkdfSync } from 'node:crypto'
import { EncryptJWT, type JWTPayload, jwtDecrypt } from 'jose'
import type { Secret } from '#src/config/secret.ts'

/** What somebody else keeps for this gateway and hands back, without being able to read or change it. */
export interface Seal {
  /** An encrypted text for one purpose, worthless after `seconds`. */
  seal(purpose: string, value: JWTPayload, seconds: number): Promise<string>
  /** What was sealed for this purpose; undefined where it was not, was changed, or is too old. Never rejects. */
  open(purpose: string, text: string): Promise<JWTPayload | undefined>
}

/** AES-256-GCM under a key that is derived for one use, so that all gateways with the same `key` have the same. */
export function createSeal(key: Secret, use: string): Seal {
  const derived = Buffer.from(hkdfSync('sha256', key.reveal(), '', `querywarden ${use}`, 32))
  return {
    seal: (purpose, value, seconds) =>
      new EncryptJWT(value)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setAudience(purpose)
        .setIssuedAt()
        .setExpirationTime(`${seconds}s`)
        .encrypt(derived),
    async open(purpose, text) {
      try {
        const options = { audience: purpose, keyManagementAlgorithms: ['dir'], requiredClaims: ['exp'] }
        return (await jwtDecrypt(text, derived, options)).payload
      } catch {
        return undefined
      }
    },
  }
}
