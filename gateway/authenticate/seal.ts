import { hkdfSync } from 'node:crypto'
import { EncryptJWT, type JWTPayload, jwtDecrypt } from 'jose'
import type { Secret } from '#src/config/secret.ts'
import { LruCache } from '#src/lru-cache.ts'
import { sha256 } from '#src/statement.ts'

/** What somebody else keeps for this gateway and hands back, without being able to read or change it. */
export interface Seal {
  /** An encrypted text for one purpose, worthless after `seconds`. */
  seal(purpose: string, value: JWTPayload, seconds: number): Promise<string>
  /** What was sealed for this purpose; undefined where it was not, was changed, or is too old. Never rejects. */
  open(purpose: string, text: string): Promise<Readonly<JWTPayload> | undefined>
}

/** Opened a moment ago: drivers send the same token with every request, and opening costs fifty times a look-up. */
const remembered = 2_000

/** AES-256-GCM under a key that is derived for one use, so that all gateways with the same `key` have the same. */
export function createSeal(key: Secret, use: string): Seal {
  const opened = new LruCache<Readonly<JWTPayload>>(remembered)
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
      const key = sha256(`${purpose} ${text}`)
      const known = opened.get(key)
      if (known && Date.now() < (known.exp ?? 0) * 1_000) return known
      try {
        const options = { audience: purpose, keyManagementAlgorithms: ['dir'], requiredClaims: ['exp'] }
        const { payload } = await jwtDecrypt(text, derived, options)
        opened.set(key, payload)
        return payload
      } catch {
        return undefined
      }
    },
  }
}
