import { createHash } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Clock } from '#src/clock.ts'
import type { SnowflakeConnection } from '#src/config/config.ts'
import type { CredentialSource } from './credential-source.ts'
import { loginToken } from './login-token.ts'

/**
 * Key-pair authentication: simpler to set up than External OAuth, but the token names a user and no role. Give that user
 * exactly one role and no secondary roles, or any role it holds can be reached.
 * https://docs.snowflake.com/en/user-guide/key-pair-auth
 */
export function snowflakeKeyPair(connection: SnowflakeConnection, clock: Clock): CredentialSource {
  const { account, credentials } = connection
  return {
    presentedThroughout: false,
    mint: ({ role }) =>
      loginToken(connection, role, clock, ({ publicKey }) => {
        const fingerprint = createHash('sha256')
          .update(publicKey.export({ type: 'spki', format: 'der' }))
          .digest('base64')
        // Snowflake knows the account here by its first label, without region or cloud.
        const user = `${account.split('.')[0]}.${credentials.user}`.toUpperCase()
        return { jwt: new SignJWT().setIssuer(`${user}.SHA256:${fingerprint}`).setSubject(user) }
      }),
  }
}
