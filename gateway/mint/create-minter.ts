import { type Clock, systemClock } from '#src/clock.ts'
import type { ConnectionConfig } from '#src/config/config.ts'
import { asGatewayError, assertNever, GatewayError } from '#src/errors.ts'
import type { Credential, Minter, PutOnRecord } from '#src/mint/minter.ts'
import { agentKey, principalKey } from '#src/principal.ts'
import { bigqueryImpersonation } from './bigquery-impersonation.ts'
import { bigqueryWorkloadIdentity } from './bigquery-workload-identity.ts'
import type { CredentialSource, MintRequest } from './credential-source.ts'
import { snowflakeExternalOauth } from './snowflake-external-oauth.ts'
import { snowflakeKeyPair } from './snowflake-key-pair.ts'
import { StandingCredentials } from './standing.ts'

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
export function createMinter(
  connections: () => Readonly<Record<string, ConnectionConfig>>,
  hooks: MinterHooks = {},
): GatewayMinter {
  const clock = hooks.clock ?? systemClock
  const sources = new WeakMap<ConnectionConfig, CredentialSource>()
  const connectionOf = new Map<string, string>()
  const ownOnes = new Map<string, Credential>()

  async function onEnd(credential: Credential): Promise<boolean> {
    const connection = connectionOf.get(credential.id)
    connectionOf.delete(credential.id)
    return connection === undefined || (await hooks.onEnd?.(connection, credential).catch(() => false)) !== false
  }
  const standing = new StandingCredentials({ clock, onEnd })

  function configOf(connection: string): ConnectionConfig {
    const all = connections()
    const config = Object.hasOwn(all, connection) ? all[connection] : undefined
    if (!config) throw new GatewayError('mint_failed', { detail: `no connection ${JSON.stringify(connection)}` })
    return config
  }

  function sourceOf(config: ConnectionConfig): CredentialSource {
    const source = sources.get(config) ?? createSource(config, clock)
    sources.set(config, source)
    return source
  }

  async function mintNew(connection: string, request: MintRequest, isStanding: boolean): Promise<Credential> {
    if (!request.role) throw new GatewayError('mint_failed', { detail: 'the decision names no role' })
    const source = sourceOf(configOf(connection))
    const minted = await source.mint(request).catch(asMintFailure)
    connectionOf.set(minted.id, connection)
    return { ...minted, standing: isStanding, takenUntilExpiry: source.presentedThroughout }
  }

  function borrow({ connection, request, owner, record }: Loan): Promise<Credential> {
    const config = configOf(connection)
    const needs = sourceOf(config).presentedThroughout ? request.seconds * 1000 : 0
    const key = JSON.stringify([connection, request.role, owner])
    return standing.borrow(key, config, needs, () => mintNew(connection, request, true), record)
  }

  async function end(credential: Credential): Promise<boolean> {
    if (await standing.release(credential)) return true
    return !ownOnes.delete(credential.id) || onEnd(credential)
  }

  return {
    async mint({ statement, decision, approved }, record) {
      const { connection, principal } = statement
      const request = { role: decision.role, agent: agentKey(principal), seconds: decision.limits.seconds }
      if (!approved) return borrow({ connection, request, owner: principalKey(principal), record })
      const credential = await mintNew(connection, request, false)
      ownOnes.set(credential.id, credential)
      try {
        await record?.(credential)
        return credential
      } catch (error) {
        await end(credential)
        throw error
      }
    },
    async mintReader(connection) {
      const request = { role: configOf(connection).reader, agent: 'querywarden', seconds: readerSeconds }
      return borrow({ connection, request, owner: '' })
    },
    mintEnder: (connection, role, agent) =>
      borrow({ connection, request: { role, agent, seconds: readerSeconds }, owner: `ends sessions of ${agent}` }),
    retire: credential => standing.retire(credential),
    end,
    async close() {
      await standing.close()
      await Promise.all([...ownOnes.values()].map(onEnd))
      ownOnes.clear()
    },
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
