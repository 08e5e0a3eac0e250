import { randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose'

export interface SigningKey {
  readonly kid: string
  readonly alg: 'RS256'
  readonly privateKey: CryptoKey
  readonly privateJwk: JWK
}

/** A new RSA key pair of 2048 bits under a random key id. */
export async function createSigningKey(): Promise<SigningKey> {
  const kid = randomUUID()
  const alg = 'RS256'
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, privateJwk: { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' } }
}
