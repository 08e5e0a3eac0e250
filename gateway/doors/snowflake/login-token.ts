import { unsupportedHere } from './envelope.ts'

/**
 * The agent's own token, wherever a driver can put it: as OAuth or programmatic access token, as an OIDC workload identity,
 * or, for tools with nothing but a password box, as the password.
 */
export function tokenOfLogin(login: Readonly<Record<string, unknown>>): string {
  const authenticator = text(login.AUTHENTICATOR).toUpperCase() || 'SNOWFLAKE'
  switch (authenticator) {
    case 'OAUTH':
    case 'PROGRAMMATIC_ACCESS_TOKEN':
      return text(login.TOKEN)
    case 'WORKLOAD_IDENTITY':
      if (text(login.PROVIDER).toUpperCase() !== 'OIDC')
        throw unsupportedHere('Of workload identities only those of an OIDC issuer are known here: provider OIDC.')
      return text(login.TOKEN)
    case 'SNOWFLAKE':
      return text(login.PASSWORD)
    default:
      throw unsupportedHere(
        "This authenticator is not known here. Set the authenticator to OAUTH, and the token to the agent's own OIDC access token.",
      )
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
