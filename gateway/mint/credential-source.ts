import type { Credential } from '#src/mint/minter.ts'

export interface MintRequest {
  /** The one role of the decision. */
  readonly role: string
  /** `agentKey`; `querywarden` for the gateway's own look-ups. */
  readonly agent: string
  /** How long the statement may run; a token that polling needs must live longer. */
  readonly seconds: number
}

/** A fresh credential; whether it stands is not the source's business. */
export type Minted = Omit<Credential, 'standing' | 'takenUntilExpiry'>

/** One way of making a credential for one connection. Rejects with `GatewayError('mint_failed')`. */
export interface CredentialSource {
  /** True where the token is presented on every request, and taken as long as it lives; false where only the login needs it. */
  readonly presentedThroughout: boolean
  mint(request: MintRequest): Promise<Minted>
}
