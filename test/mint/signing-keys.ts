import { generateKeyPairSync } from 'node:crypto'
import { Secret } from '#src/config/secret.ts'

/** A fresh RSA key as operators hand it over: PKCS #8 PEM. */
export function rsaKey(modulusLength = 2048): Secret {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength })
  return new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
}
