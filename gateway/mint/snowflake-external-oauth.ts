import { SignJWT } from 'jose'
import type { Clock } from '#src/clock.ts'
import type { SnowflakeConnection } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import type { CredentialSource } from './credential-source.ts'
import { loginToken } from './login-token.ts'

/** Snowflake compares scopes as text; a name with a separator in it could read as two roles. */
const roleName = /^[A-Za-z_][\w$]{0,254}$/

/**
 * External OAuth with the gateway as authorization server: an RS256 token whose scope is one role and nothing else, so
 * that Snowflake itself refuses `USE ROLE` and secondary roles. The token is needed for the login only.
 * https://docs.snowflake.com/en/sql-reference/sql/create-security-integration-oauth-external
 */
export function snowflakeExternalOauth(connection: SnowflakeConnection, clock: Clock): CredentialSource {
  const { credentials } = connection
  return {
    presentedThroughout: false,
    async mint({ role }) {
      const { issuer, audience } = credentials
      if (!issuer || !audience)
        throw new GatewayError('mint_failed', { detail: 'external-oauth needs credentials.issuer and .audience' })
      if (!roleName.test(role))
        throw new GatewayError('mint_failed', { detail: `not a role name: ${JSON.stringify(role)}` })
      return loginToken(connection, role, clock, ({ kid }) => {
        const jwt = new SignJWT({ scp: [`session:role:${role}`] })
        return { kid, jwt: jwt.setIssuer(issuer).setAudience(audience).setSubject(credentials.user) }
      })
    },
  }
}
