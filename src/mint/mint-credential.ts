import { asGatewayError, GatewayError } from '../errors.ts'
import type { Warehouse } from '../execute/warehouse.ts'
import type { Authorized } from '../hold/authorized.ts'
import type { Ports } from '../ports.ts'
import type { EventOf } from '../record/event.ts'
import type { SessionId } from '../statement.ts'
import type { Credential } from './minter.ts'

/**
 * Fifth stage: one short-lived credential with the one role of the decision. What is minted is on record before it is used, and so
 * is the intent to submit, only while this gateway still holds the claim: one that was paused and taken over stops here. A standing
 * credential was recorded by the statement it was minted for.
 */
export async function mintCredential(ports: Ports, authorized: Authorized): Promise<Credential> {
  const { id, connection } = authorized.statement
  const warehouse = ports.connection(connection)?.warehouse
  if (!warehouse) throw new GatewayError('unknown_connection', { detail: 'removed from the configuration' })
  return ports.minter.mint(authorized, ({ id: credential, role, expiresAt, standing }) => {
    const minted = { kind: 'minted', at: ports.clock.now(), credential, role, expiresAt, standing } as const
    return recordSubmitting(ports, warehouse, id, [minted])
  })
}

/** The intent to submit, after what else is to be on record. Rejects with `interrupted` where this gateway holds the claim no more. */
export async function recordSubmitting(
  ports: Ports,
  warehouse: Pick<Warehouse, 'submitId'>,
  id: SessionId,
  before: readonly EventOf<'minted'>[] = [],
): Promise<void> {
  const [at, by] = [ports.clock.now(), ports.gateway]
  const submitting = { kind: 'submitting', at, submitId: warehouse.submitId(id), by } as const
  if (await ports.records.append(id, [...before, submitting], { holder: by })) return
  throw new GatewayError('interrupted', { detail: 'the claim was taken over by another gateway' })
}

/**
 * The credential ends with the statement, whatever became of it; a standing one when it idles, or now where `signal` killed. The record
 * says until when the warehouse takes it all the same, or that a session of it is left there. Never rejects.
 */
export async function endCredential(
  ports: Ports,
  { statement }: Authorized,
  credential: Credential,
  signal: AbortSignal,
): Promise<void> {
  if (signal.reason instanceof GatewayError && signal.reason.code === 'killed') ports.minter.retire(credential)
  const closed = await ports.minter.end(credential)
  const { standing, mintedAt, expiresAt, takenUntilExpiry } = credential
  if (standing) return
  const at = ports.clock.now()
  const ended: EventOf<'ended'> = {
    ...{ kind: 'ended', at, credential: credential.id, milliseconds: at - mintedAt },
    ...(takenUntilExpiry ? { until: expiresAt } : {}),
    ...(closed ? {} : { left: true as const }),
  }
  await ports.records.append(statement.id, [ended]).catch((error: unknown) => {
    ports.log.warn(
      { session: statement.id, code: asGatewayError(error).code },
      'the end of a credential is not on record',
    )
  })
}
