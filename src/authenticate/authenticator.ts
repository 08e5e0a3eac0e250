import type { Principal } from '../principal.ts'

/** What a door found in the request: a bearer token. */
export interface Credentials {
  readonly bearer: string
}

/** The port of the first stage. Rejects with one of the `token_*` codes, `unauthenticated` or `issuer_unreachable`. */
export interface Authenticator {
  authenticate(credentials: Credentials): Promise<Principal>
}
