import { createHash, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Clock } from '#src/clock.ts'
import type { SnowflakeConnection } from '#src/config/config.ts'
import { Secret } from '#src/config/secret.ts'
import type { CredentialSource } from './credential-source.ts'
import { signingKey } from './signing-key.ts'

/**
 * Key-pair authentication: simpler to set up than External OAuth, but the token names a user and no role. Give that user
 * exactly one role and no secondary roles, or any role it holds can be reached.
 * https://docs.snowflake.com/en/user-guide/key-pair-auth
 */
export function snowflakeKeyPair(connection: SnowflakeConnection, clock: Clock): CredentialSource {
  const { account, credentials } = connection
  return {
    presentedThroughout: false,
    async mint({ role }) {
      const { privateKey, publicKey } = await signingKey(credentials.key)
      const fingerprint = createHash('sha256')
        .update(publicKey.export({ type: 'spki', format: 'der' }))
        .digest('base64')
      const id = randomUUID()
      const mintedAt = clock.now()
      const issued = Math.floor(mintedAt / 1000)
      const expires = issued + Math.min(credentials.lifetimeSeconds, 60)
      // Snowflake knows the account here by its first label, without region or cloud.
      const user = `${account.split('.')[0]}.${credentials.user}`.toUpperCase()
      const token = await new SignJWT()
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
        .setIssuer(`${user}.SHA256:${fingerprint}`)
        .setSubject(user)
        .setIssuedAt(issued)
        .setExpirationTime(expires)
        .setJti(id)
        .sign(privateKey)
      return { id, role, secret: new Secret(token), mintedAt, expiresAt: expires * 1000 }
    },
  }
}
