import { hash, randomBytes } from 'node:crypto'
import type { PinnedSoFar } from './pinned/pinned-so-far.ts'
import type { TemporarySoFar } from './pinned/temporary-tables.ts'
import type { Principal } from './principal.ts'

export type Dialect = 'snowflake' | 'bigquery'

/** Names one statement and all that happens to it: `7F3K-9Q2M-X4TB`, 60 random bits in Crockford's base 32. */
export type SessionId = string

/** A bind value as the doors accept it; `null` is SQL NULL. */
export type BindValue = string | number | boolean | null | TypedBind

/** A value whose type the agent's driver names, in the words of the warehouse. */
export interface TypedBind {
  /** Absent where the placeholder is a position. */
  readonly name?: string
  readonly type: BindType
  readonly value: BindContent
}

/** `INT64`, `FIXED`; or what a list or a struct is made of. */
export type BindType = string | { readonly array: BindType } | { readonly struct: readonly BindField[] }
interface BindField {
  readonly name: string
  readonly type: BindType
}

/** Scalars as text, as the wire has them. */
export type BindContent = string | null | readonly BindContent[] | { readonly [field: string]: BindContent }

/** What a door hands in, already checked against its schema. */
export interface Submission {
  readonly connection: string
  readonly sql: string
  readonly binds?: readonly BindValue[]
  readonly database?: string
  readonly schema?: string
  /** Statement parameters that change meaning (allow-listed per dialect by the door). */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>
  /** The agent's own words; shown to approvers as unchecked. */
  readonly purpose?: string
  readonly door: 'rest' | 'mcp' | 'snowflake' | 'bigquery'
  /** What its client calls it, where clients name their statements (BigQuery's job id). Means nothing elsewhere. */
  readonly name?: string
  /** What its client asked for, where that was no SQL (BigQuery's `configuration.copy`), to be told so. Means nothing elsewhere. */
  readonly request?: Readonly<Record<string, unknown>>
  /** How its client would rather have the rows, where it matters to the warehouse. Says nothing of what the statement means. */
  readonly resultFormat?: 'arrow'
  /** The session of its client's that it came in, by id, where clients name theirs (BigQuery). */
  readonly session?: string
  /** The transaction of its driver's session, by id: where it writes, or something wrote before it, it runs in there. */
  readonly transaction?: string
  /** The session of its driver's temporary tables, by id: where it creates or touches one, it runs in there. */
  readonly temporary?: string
  /** The same key of the same principal names the same statement, however often it is sent. */
  readonly idempotencyKey?: string
}

/** One statement of one principal. Immutable; id and text are fixed here for good. */
export interface Statement {
  readonly id: SessionId
  readonly dialect: Dialect
  readonly connection: string
  readonly sql: string
  readonly binds: readonly BindValue[]
  readonly database?: string
  readonly schema?: string
  readonly parameters: Readonly<Record<string, string | number | boolean>>
  readonly purpose?: string
  readonly door: Submission['door']
  readonly name?: string
  readonly request?: Submission['request']
  readonly resultFormat?: Submission['resultFormat']
  readonly session?: Submission['session']
  /** What it is part of; absent: it is committed by itself. */
  readonly transaction?: PinnedSoFar
  /** The temporary tables that it creates or touches, and the session that holds them; absent: it has none. */
  readonly temporary?: TemporarySoFar
  readonly principal: Principal
  /** Milliseconds since the epoch. */
  readonly receivedAt: number
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export function newSessionId(random: (size: number) => Uint8Array = randomBytes): SessionId {
  const symbols = Array.from(random(12), byte => alphabet[byte & 31]).join('')
  return `${symbols.slice(0, 4)}-${symbols.slice(4, 8)}-${symbols.slice(8)}`
}

/** The one session id of an idempotency key: sending it again finds the first session instead of making a second. */
export function sessionIdOf(principal: string, idempotencyKey: string): SessionId {
  return newSessionId(() => hash('sha256', canonicalJson([principal, idempotencyKey]), 'buffer').subarray(0, 12))
}

/** The session that a submission opens; see `sessionIdOf`. */
export function sessionFor(principal: string, { idempotencyKey }: Submission): SessionId {
  return idempotencyKey ? sessionIdOf(principal, idempotencyKey) : newSessionId()
}

/** Session ids as people type them: any case, with or without dashes, `O` for `0` and `I`/`L` for `1`. */
export function parseSessionId(text: string): SessionId | undefined {
  const symbols = text.toUpperCase().replaceAll('-', '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  if (!/^[0-9A-HJKMNP-TV-Z]{12}$/.test(symbols)) return undefined
  return `${symbols.slice(0, 4)}-${symbols.slice(4, 8)}-${symbols.slice(8)}`
}

/** JSON with sorted keys and no white space: one text for one value, whatever order it was built in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(ordered(value))
}

/** By itself: a function that `JSON.stringify` calls with each value takes as long as all else over an array of thousands. */
function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('toJSON' in value && typeof value.toJSON === 'function') return ordered(value.toJSON())
  if (Array.isArray(value)) return value.some(each => typeof each === 'object') ? value.map(ordered) : value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(entries.map(([key, inner]) => [key, ordered(inner)]))
}

export function sha256(text: string | Uint8Array): string {
  return hash('sha256', text)
}

/**
 * SHA-256 (hex) over everything that decides what the statement means: exact SQL text, binds, connection, effective
 * role, database and schema context, parameters, its client's session, its place in a transaction or among statements on temporary
 * tables, and the principal it runs for. What an approval is bound to.
 */
export function statementDigest(
  statement: Omit<Statement, 'id' | 'receivedAt' | 'purpose' | 'door' | 'name' | 'request' | 'resultFormat'>,
  role: string,
): string {
  const { dialect, connection, sql, binds, database, schema, parameters, session, transaction, temporary, principal } =
    statement
  return sha256(
    canonicalJson({
      v: 1,
      dialect,
      connection,
      role,
      sql,
      binds,
      database: database ?? null,
      schema: schema ?? null,
      parameters,
      ...(session === undefined ? {} : { session }),
      ...(transaction ? { transaction: [transaction.id, transaction.count] } : {}),
      ...(temporary ? { temporary: [temporary.id, temporary.count, temporary.tables] } : {}),
      principal: [principal.issuer, principal.subject, principal.onBehalfOf ?? null],
    }),
  )
}
