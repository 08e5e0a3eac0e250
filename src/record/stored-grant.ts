import type { Grant } from '../hold/grant.ts'
import type { SessionId } from '../statement.ts'

/** A grant as it is recorded with the claim of the hold that it was given with. `mac` is the gateway's, over the grant. */
export interface SealedGrant {
  readonly grant: Grant
  readonly mac: string
}

export interface StoredGrant extends SealedGrant {
  readonly used: number
}

export interface GrantQuery {
  readonly scope?: string
  readonly id?: SessionId
  /** Only those that can be used at that moment; milliseconds since the epoch. */
  readonly liveAt: number
}

/** One use of a grant, taken with the opening of a session: never more of them than `uses`. */
export interface GrantUse {
  readonly id: SessionId
  readonly uses: number
}

/** More than anybody looks through. */
export const maxGrants = 200

/** As its table holds it, but for what becomes of it. */
export type GrantRow = ReturnType<typeof grantRow>

export function grantRow({ grant, mac }: SealedGrant) {
  const { id, scope, until, uses } = grant
  return { id, scope, until, uses, body: JSON.stringify(grant), mac }
}

export function grantOf(row: Readonly<Record<string, unknown>>): StoredGrant {
  return {
    grant: JSON.parse(String(row.body)),
    mac: String(row.mac),
    used: Number(row.used),
  }
}
