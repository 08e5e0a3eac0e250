import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The keys of one installation, made once and kept in its folder. */
export interface Keys {
  readonly folder: string
  /** Public half of the key that signs Snowflake tokens. */
  readonly snowflakePublic: string
  /** Public half of the key that signs tokens for Google's STS, as a JWK with its id. */
  readonly googlePublic: string
}

export function ensureKeys(folder: string): Keys {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const rsa = () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  const ed25519 = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
  const snowflake = keep(folder, 'snowflake.pem', rsa)
  const google = keep(folder, 'google.pem', rsa)
  const reviews = keep(folder, 'reviews.pem', ed25519)
  keep(folder, 'reviews.pub', () => publicHalf(reviews))
  const console = keep(folder, 'console.pem', ed25519)
  keep(folder, 'console.pub', () => publicHalf(console))
  keep(folder, 'holds.key', () => randomBytes(48).toString('base64'))
  keep(folder, 'masks.key', () => randomBytes(48).toString('base64'))
  return { folder, snowflakePublic: publicHalf(snowflake), googlePublic: publicHalf(google) }
}

function keep(folder: string, name: string, make: () => string | Buffer): string {
  const path = join(folder, name)
  if (!existsSync(path)) writeFileSync(path, make(), { mode: 0o600 })
  return readFileSync(path, 'utf8')
}

function publicHalf(privatePem: string): string {
  return String(createPublicKey(privatePem).export({ type: 'spki', format: 'pem' }))
}
