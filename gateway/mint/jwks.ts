import { exportJWK, type JSONWebKeySet } from 'jose'
import type { ConnectionConfig } from '#src/config/config.ts'
import { privateKeysIn } from '#src/config/key-pair.ts'
import { Secret } from '#src/config/secret.ts'
import { signingKey } from './signing-key.ts'

/**
 * The public halves of the keys that sign tokens for warehouses: what the gateway serves at `/.well-known/jwks.json`, so
 * that Snowflake's External OAuth and Google's workload identity can verify them; of the key that stands second in such a file, the
 * next one, too. Key-pair keys are not in it: Snowflake holds those with the user.
 */
export async function publicJwks(connections: Readonly<Record<string, ConnectionConfig>>): Promise<JSONWebKeySet> {
  const pems = Object.values(connections).flatMap(({ credentials }) =>
    (credentials.mint === 'external-oauth' || credentials.mint === 'workload-identity') && credentials.key
      ? privateKeysIn(credentials.key.reveal())
      : [],
  )
  const keys = new Map<string, JSONWebKeySet['keys'][number]>()
  for (const pem of pems) {
    const { kid, publicKey } = await signingKey(new Secret(pem))
    keys.set(kid, { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' })
  }
  return { keys: [...keys.values()] }
}
