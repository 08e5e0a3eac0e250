import { createPrivateKey, hkdfSync } from 'node:crypto'
import type { Secret } from '#src/config/secret.ts'

/** A key for one purpose (HKDF, RFC 5869) from the key that reviews are signed with, which every bot of the installation has. */
export function derivedKey(reviewKeyPem: Secret, purpose: string): Buffer {
  const secret = createPrivateKey(reviewKeyPem.reveal()).export({ type: 'pkcs8', format: 'der' })
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
}
