import { type Clock, systemClock } from '#src/clock.ts'
import type { ConnectionConfig } from '#src/config/config.ts'
import { asGatewayError, assertNever, GatewayError } from '#src/errors.ts'
import type { Authorized } from '#src/hold/authorized.ts'
import type { Credential, Minter, PutOnRecord } from '#src/mint/minter.ts'
import { agentKey, principalKey } from '#src/principal.ts'
import { bigqueryImpersonation } from './bigquery-impersonation.ts'
import { bigqueryWorkloadIdentity } from './bigquery-workload-identity.ts'
import type { CredentialSource, MintRequest } from './credential-source.ts'
import { snowflakeExternalOauth } from './snowflake-external-oauth.ts'
import { snowflakeKeyPair } from './snowflake-key-pair.ts'
import { StandingCredentials } from './standing.ts'

type Connections = () => Readonly<Record<string, ConnectionConfig>>

interface MinterHooks {
  readonly clock?: Clock
  /** Called once when a credential ends: the warehouse closes every session opened with it. False where it could not. */
  readonly onEnd?: (connection: string, credential: Credential) => Promise<boolean | undefined>
}

export interface GatewayMinter extends Minter {
  /** The connection's reader role, for estimates and the catalog only; never serves an agent's statement. */
  mintReader(connection: string): Promise<Credential>
  /** To end a session that statements of this agent in this role opened in the warehouse: nobody else may. Serves no statement. */
  mintEnder(connection: string, role: string, agent: string): Promise<Credential>
}

/** One of the standing credentials, which nobody but this owner is lent. */
interface Loan {
  readonly connection: string
  readonly request: MintRequest
  readonly owner: string
  readonly record?: PutOnRecord | undefined
}

/** Reader statements are bounded by this; see `execute`. */
const readerSeconds = 60

/**
 * Mints by each connection's configuration as `connections` gives it at that moment: a rotated key is used by the next
 * mint. An approved statement always gets a credential of its own; allowed ones of one principal in one role share one.
 */
export function createMinter(connections: Connections, hooks: MinterHooks = {}): GatewayMinter {
  return new ConnectionMinter(connections, hooks)
}

class ConnectionMinter implements GatewayMinter {
  readonly #connections: Connections
  readonly #clock: Clock
  readonly #onEnd: MinterHooks['onEnd']
  readonly #standing: StandingCredentials
  readonly #sources = new WeakMap<ConnectionConfig, CredentialSource>()
  /** By the id of the credential. */
  readonly #connectionOf = new Map<string, string>()
  /** Of one statement each, until they are ended. */
  readonly #ownOnes = new Map<string, Credential>()

  constructor(connections: Connections, { clock = systemClock, onEnd }: MinterHooks) {
    this.#connections = connections
    this.#clock = clock
    this.#onEnd = onEnd
    this.#standing = new StandingCredentials({ clock, onEnd: credential => this.#ended(credential) })
  }

  async mint({ statement, decision, approved }: Authorized, record?: PutOnRecord): Promise<Credential> {
    const { connection, principal } = statement
    const request = { role: decision.role, agent: agentKey(principal), seconds: decision.limits.seconds }
    if (!approved) return this.#borrow({ connection, request, owner: principalKey(principal), record })
    const credential = await this.#mintNew(connection, request, false)
    this.#ownOnes.set(credential.id, credential)
    try {
      await record?.(credential)
      return credential
    } catch (error) {
      await this.end(credential)
      throw error
    }
  }

  async mintReader(connection: string): Promise<Credential> {
    const request = { role: this.#configOf(connection).reader, agent: 'querywarden', seconds: readerSeconds }
    return this.#borrow({ connection, request, owner: '' })
  }

  async mintEnder(connection: string, role: string, agent: string): Promise<Credential> {
    return this.#borrow({
      connection,
      request: { role, agent, seconds: readerSeconds },
      owner: `ends sessions of ${agent}`,
    })
  }

  retire(credential: Credential): void {
    this.#standing.retire(credential)
  }

  async end(credential: Credential): Promise<boolean> {
    if (await this.#standing.release(credential)) return true
    return !this.#ownOnes.delete(credential.id) || this.#ended(credential)
  }

  async close(): Promise<void> {
    await this.#standing.close()
    await Promise.all([...this.#ownOnes.values()].map(credential => this.#ended(credential)))
    this.#ownOnes.clear()
  }

  #configOf(connection: string): ConnectionConfig {
    const all = this.#connections()
    const config = Object.hasOwn(all, connection) ? all[connection] : undefined
    if (!config) throw new GatewayError('mint_failed', { detail: `no connection ${JSON.stringify(connection)}` })
    return config
  }

  #sourceOf(config: ConnectionConfig): CredentialSource {
    const source = this.#sources.get(config) ?? createSource(config, this.#clock)
    this.#sources.set(config, source)
    return source
  }

  #borrow({ connection, request, owner, record }: Loan): Promise<Credential> {
    const config = this.#configOf(connection)
    const needs = this.#sourceOf(config).presentedThroughout ? request.seconds * 1000 : 0
    const key = JSON.stringify([connection, request.role, owner])
    return this.#standing.borrow(key, config, needs, () => this.#mintNew(connection, request, true), record)
  }

  async #mintNew(connection: string, request: MintRequest, standing: boolean): Promise<Credential> {
    if (!request.role) throw new GatewayError('mint_failed', { detail: 'the decision names no role' })
    const source = this.#sourceOf(this.#configOf(connection))
    const minted = await source.mint(request).catch(asMintFailure)
    this.#connectionOf.set(minted.id, connection)
    return { ...minted, standing, takenUntilExpiry: source.presentedThroughout }
  }

  /** False where the warehouse could not end it. */
  async #ended(credential: Credential): Promise<boolean> {
    const connection = this.#connectionOf.get(credential.id)
    this.#connectionOf.delete(credential.id)
    return connection === undefined || (await this.#onEnd?.(connection, credential).catch(() => false)) !== false
  }
}

function createSource(config: ConnectionConfig, clock: Clock): CredentialSource {
  if (config.kind === 'snowflake') {
    if (config.credentials.mint === 'external-oauth') return snowflakeExternalOauth(config, clock)
    if (config.credentials.mint === 'key-pair') return snowflakeKeyPair(config, clock)
    return assertNever(config.credentials.mint)
  }
  if (config.credentials.mint === 'impersonation') return bigqueryImpersonation(config, clock)
  if (config.credentials.mint === 'workload-identity') return bigqueryWorkloadIdentity(config, clock)
  return assertNever(config.credentials.mint)
}

/** Whatever failed, failed before a credential existed. Causes are dropped: they may hold what was signed or sent. */
function asMintFailure(error: unknown): never {
  const failure = asGatewayError(error)
  if (failure.code === 'mint_failed') throw failure
  throw new GatewayError('mint_failed', { detail: error instanceof Error ? error.name : 'unknown' })
}
