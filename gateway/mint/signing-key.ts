import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import type { Secret } from '#src/config/secret.ts'
import { GatewayError } from '#src/errors.ts'

export interface SigningKey {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** RFC 7638 thumbprint: names the key in token headers and in the JWKS, without a name to keep in step. */
  readonly kid: string
}

/**
 * Reads an RSA private key (PKCS #8 PEM, at least 2,048 bits), the first of the file. Rejects with `mint_failed`, which says
 * nothing of the text.
 */
export async function signingKey(pem: Secret): Promise<SigningKey> {
  const privateKey = rsaPrivateKey(pem)
  const publicKey = createPublicKey(privateKey)
  return { privateKey, publicKey, kid: await calculateJwkThumbprint(await exportJWK(publicKey)) }
}

function rsaPrivateKey(pem: Secret): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(pem.reveal())
  } catch {
    throw new GatewayError('mint_failed', { detail: 'the signing key is not a private key in PKCS #8 PEM' })
  }
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048)
    throw new GatewayError('mint_failed', { detail: 'the signing key is not an RSA key of at least 2,048 bits' })
  return key
}
