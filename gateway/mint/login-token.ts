import { randomUUID } from 'node:crypto'
import type { SignJWT } from 'jose'
import type { Clock } from '#src/clock.ts'
import type { SnowflakeConnection } from '#src/config/config.ts'
import { Secret } from '#src/config/secret.ts'
import type { Minted } from './credential-source.ts'
import { type SigningKey, signingKey } from './signing-key.ts'

/** What a token says besides its times and its id. */
interface Claims {
  readonly jwt: SignJWT
  /** Where Snowflake has several keys to choose from. */
  readonly kid?: string
}

/** A token for one login at Snowflake, signed with the connection's key: good for as long as configured, at most a minute. */
export async function loginToken(
  { credentials }: SnowflakeConnection,
  role: string,
  clock: Clock,
  claims: (key: SigningKey) => Claims,
): Promise<Minted> {
  const key = await signingKey(credentials.key)
  const { jwt, kid } = claims(key)
  const id = randomUUID()
  const mintedAt = clock.now()
  const issued = Math.floor(mintedAt / 1000)
  const expires = issued + Math.min(credentials.lifetimeSeconds, 60)
  const token = await jwt
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(kid === undefined ? {} : { kid }) })
    .setIssuedAt(issued)
    .setExpirationTime(expires)
    .setJti(id)
    .sign(key.privateKey)
  return { id, role, secret: new Secret(token), mintedAt, expiresAt: expires * 1000 }
}
