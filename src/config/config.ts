import type { Verification } from '../decide/warehouse-reading.ts'
import type { ReviewKeys } from '../hold/seal.ts'
import type { Person } from '../principal.ts'
import type { Dialect } from '../statement.ts'
import type { Secret } from './secret.ts'

/** Where a token may come from. Claim names say where in the token each fact of the principal stands. */
export interface IssuerConfig {
  /** Exactly as in the token's `iss`; its `/.well-known/openid-configuration` names the JWKS. */
  readonly issuer: string
  readonly audiences: readonly string[]
  /** Asymmetric algorithms only. */
  readonly algorithms: readonly string[]
  readonly claims: {
    readonly principal: string
    readonly name?: string
    readonly groups?: string
    readonly owner?: string
    readonly onBehalfOf?: string
  }
  readonly clockToleranceSeconds: number
}

export interface SnowflakeConnection {
  readonly kind: 'snowflake'
  readonly account: string
  /** Base URL; `https://<account>.snowflakecomputing.com` where absent. */
  readonly url?: string
  readonly warehouse?: string
  readonly database: string
  readonly schema?: string
  /** US dollars. Snowflake bills time: a TiB is a rough price beforehand, an hour the price of what ran. */
  readonly pricePerTiB?: number
  readonly pricePerHour?: number
  /** Role that estimates and looks up columns. */
  readonly reader: string
  readonly tags?: boolean
  readonly verify?: Verification
  readonly credentials: {
    readonly mint: 'external-oauth' | 'key-pair'
    /** Snowflake login name. */
    readonly user: string
    /** RSA private key, PKCS #8 PEM. */
    readonly key: Secret
    /** `iss` and `aud` of the External OAuth token. */
    readonly issuer?: string
    readonly audience?: string
    /** At most 60. */
    readonly lifetimeSeconds: number
  }
}

export interface BigQueryConnection {
  readonly kind: 'bigquery'
  readonly project: string
  readonly location?: string
  /** API base; `https://bigquery.googleapis.com` where absent. */
  readonly url?: string
  readonly dataset?: string
  /** US dollars. */
  readonly pricePerTiB?: number
  /** Key of `serviceAccounts` that estimates and looks up columns. */
  readonly reader: string
  readonly verify?: Verification
  readonly credentials: {
    readonly mint: 'impersonation' | 'workload-identity'
    /** Role name as policy rules say it in `as:` → e-mail of the service account. */
    readonly serviceAccounts: Readonly<Record<string, string>>
    /** impersonation: the gateway's own identity as a credentials JSON; application default credentials where absent. */
    readonly source?: Secret
    /** IAM Credentials base; `https://iamcredentials.googleapis.com` where absent. */
    readonly iamUrl?: string
    /** workload-identity: the gateway is the OIDC issuer. */
    readonly issuer?: string
    readonly key?: Secret
    readonly audience?: string
    readonly stsUrl?: string
    readonly lifetimeSeconds: number
  }
}

export type ConnectionConfig = SnowflakeConnection | BigQueryConnection

export const tellOwners = ['direct', 'thread', 'never'] as const
export type TellOwners = (typeof tellOwners)[number]

/** What both processes need. */
interface SharedConfig {
  readonly stores: {
    /** `redis://…`, `rediss://…` or `sqlite:PATH`. */
    readonly holds: Secret
  }
  readonly people: readonly Person[]
  /** Group → id of the Slack user group whose members are in it. */
  readonly slackGroups: Readonly<Record<string, string>>
}

/** A group that sees sessions which are not its own business. */
interface LookUpGrant {
  readonly group: string
  /** By name; every agent's sessions where absent. */
  readonly agents?: readonly string[]
}

export interface OncallConfig {
  readonly lookups: readonly LookUpGrant[]
  /** Groups that may kill and pause. */
  readonly operators: readonly string[]
}

/** Where people sign in, at the gateway. */
export interface ConsoleConfig {
  /** As people open it, without a slash at the end. */
  readonly url: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: Secret
  readonly matchEmail: boolean
  readonly slackClaim?: string
  /** Private key (PKCS #8 PEM, Ed25519) that the console's reviews are signed with. */
  readonly key: Secret
}

export interface GatewayConfig extends SharedConfig {
  readonly stores: SharedConfig['stores'] & {
    /** `postgres://…` or `sqlite:PATH`. */
    readonly records: Secret
    /** A folder. */
    readonly recordings: string
  }
  readonly gateway: {
    /** Loopback unless told otherwise. */
    readonly host: string
    readonly port: number
    /** As agents reach it; named in metadata and links. */
    readonly url: string
    readonly maxSqlBytes: number
    readonly maxPending: number
    readonly maxTransactions: number
    /** Threads that judge statements. Read when the process starts. */
    readonly judges: number
    /** Read when the process starts. */
    readonly warmUp: boolean
    readonly transactionIdleSeconds: number
  }
  readonly issuers: readonly IssuerConfig[]
  readonly connections: Readonly<Record<string, ConnectionConfig>>
  readonly keys: {
    /** HMAC key of holds, at least 32 bytes. */
    readonly holds: Secret
    /** Public keys (PEM, Ed25519) that reviews verify with. */
    readonly reviews: ReviewKeys
    /** HMAC key of the `hash` mask. */
    readonly masks: Secret
  }
  readonly oncall: OncallConfig
  /** Absent: there is none. */
  readonly console?: ConsoleConfig
  readonly policyFile: string
}

/** What looks the record up needs: no secret but the record's own. */
export interface RecordsConfig extends Pick<GatewayConfig, 'policyFile'> {
  readonly stores: Pick<GatewayConfig['stores'], 'records' | 'recordings'>
  /** By name, what says which of them reach the same warehouse. */
  readonly connections: Readonly<Record<string, { readonly kind: Dialect; readonly account?: string }>>
}

export interface BotConfig extends SharedConfig {
  /** The gateway's internal paths: where they are reached, and the name that requests are made out to. */
  readonly gateway: { readonly url: string; readonly audience: string }
  readonly console?: Pick<ConsoleConfig, 'url'>
  readonly slack: {
    readonly mode: 'socket' | 'http'
    /** Channel id the cards go to. */
    readonly channel: string
    /** Where releases are announced, and to whom: a user group (`S…`), a user (`U…`), `here` or `channel`. */
    readonly oncall: { readonly channel: string; readonly mention: string }
    /** Where they go while that channel cannot be used. */
    readonly fallback?: string
    /** `Person.id`s of who is told of it. */
    readonly engineers: readonly string[]
    readonly botToken: Secret
    /** Socket Mode only. */
    readonly appToken?: Secret
    /** HTTP only. */
    readonly signingSecret?: Secret
    readonly host: string
    readonly port: number
    readonly matchEmail: boolean
    /** Where an agent's owner hears what becomes of its statements. */
    readonly tellOwners: TellOwners
    /** Web API base; Slack's own where absent. */
    readonly apiUrl?: string
  }
  readonly keys: {
    /** Private key (PKCS #8 PEM, Ed25519) that reviews are signed with. */
    readonly reviews: Secret
    /** Public key of the console's reviews. */
    readonly console?: string
  }
}
