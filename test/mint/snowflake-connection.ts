import type { SnowflakeConnection } from '#src/config/config.ts'
import { rsaKey } from './signing-keys.ts'

export const snowflakeConnection: SnowflakeConnection = {
  kind: 'snowflake',
  account: 'acme-prod',
  database: 'DEMO',
  reader: 'AGENT_READER',
  credentials: {
    mint: 'external-oauth',
    user: 'AGENT_GATEWAY',
    key: rsaKey(),
    issuer: 'https://gateway.acme.example',
    audience: 'https://acme-prod.snowflakecomputing.com',
    lifetimeSeconds: 60,
  },
}
