import { asGatewayError, GatewayError } from '#src/errors.ts'
import { executedBefore } from '#src/execute/execute-statement.ts'
import { requireNoNewTaint, requireSameSchema } from '#src/execute/same-schema.ts'
import type { Found } from '#src/execute/warehouse.ts'
import { reauthorize } from '#src/hold/authorize.ts'
import type { Authorized } from '#src/hold/authorized.ts'
import { followRecord } from '#src/hold/end-hold.ts'
import { runBy } from '#src/hold/review.ts'
import { stopped } from '#src/hold/stop.ts'
import { mask } from '#src/mask/mask.ts'
import type { MaskedResult } from '#src/mask/masked.ts'
import type { Credential } from '#src/mint/minter.ts'
import { run } from '#src/pipeline.ts'
import type { Connection, Ports } from '#src/ports.ts'
import type { SessionRecord } from '#src/record/event.ts'
import { recordFailure } from '#src/record/record-outcome.ts'
import { recordResult } from '#src/record/record-result.ts'
import { findEvent, firstStop, lastEvent } from '#src/record/session-facts.ts'
import { taintWritten } from '#src/record/taint-written.ts'
import type { SessionId } from '#src/statement.ts'
import { noPages } from './execute/until-aborted.ts'

export interface Patience {
  /** How long a gateway may be silent before its claims are taken over. */
  readonly deadMilliseconds: number
  /** After this long without a trace in the warehouse, a statement that may have been sent surely was not. */
  readonly noTraceMilliseconds: number
}

const never = new AbortController().signal

/**
 * Settles what is claimed but not run by anybody: left by a dead gateway (its claim is taken over first), or by a fault of
 * this one. What surely was not sent is resumed; of all else the warehouse is asked by our own id.
 */
export async function settle(ports: Ports, patience: Patience): Promise<void> {
  for (const { id, holder } of await ports.records.inState(['claimed', 'unknown'])) {
    if (ports.running.has(id)) continue
    const mine =
      holder === ports.gateway ||
      (holder && (await ports.records.takeOver(id, holder, ports.gateway, patience.deadMilliseconds)))
    if (mine && !ports.running.has(id)) await settleOne(ports, id, patience)
  }
}

async function settleOne(ports: Ports, id: SessionId, patience: Patience): Promise<void> {
  const end = new AbortController()
  ports.running.set(id, end)
  try {
    const record = await ports.records.session(id)
    if (record?.state === 'claimed' || record?.state === 'unknown') await conclude(ports, record, patience, end.signal)
  } catch (error) {
    const { code, detail } = asGatewayError(error)
    ports.log.warn({ session: id, code, detail }, 'not settled yet')
  } finally {
    ports.running.delete(id)
  }
  await followRecord(ports, id)
}

async function conclude(
  ports: Ports,
  record: SessionRecord,
  { noTraceMilliseconds }: Patience,
  signal: AbortSignal,
): Promise<void> {
  const authorized = reauthorize(record)
  const submitting = lastEvent(record, 'submitting')
  const stop = firstStop(record)
  const nothingRan = () => recordFailure(ports, authorized, stop ? stopped(stop) : neverRan(), never)
  const mayResume = async () => !stop && (await isStillApproved(ports, record))
  if (!submitting && authorized.approved) {
    if (await mayResume()) await run(ports, authorized, signal)
    else await nothingRan()
    return
  }
  const connection = ports.connection(authorized.statement.connection)
  if (!connection) throw new GatewayError('unknown_connection', { detail: 'removed from the configuration' })
  const { warehouse } = connection
  let mayRepeat = false
  const credential = await ports.minter.mint(authorized)
  try {
    const found = await warehouse.find(authorized, credential)
    const sentAt = submitting?.at ?? findEvent(record, 'claimed').at
    if (stop && found.state === 'failed') {
      await recordFailure(ports, authorized, stopped(stop), never)
      return
    }
    if (stop && found.state === 'running') return await warehouse.cancel(authorized, credential, found.warehouseId)
    if (found.state !== 'absent') return await closeAs(ports, connection, authorized, found, credential, sentAt)
    // The warehouse itself refuses a second statement of the same id, so submitting again is not blind.
    mayRepeat = warehouse.idempotentSubmit && (await mayResume())
    if (ports.clock.now() - sentAt < noTraceMilliseconds && !mayRepeat) return
  } finally {
    await ports.minter.end(credential)
  }
  if (mayRepeat) await run(ports, authorized, signal)
  else await nothingRan()
}

/**
 * Whether people approved it while it waited, and that still counts. Of what ran under a grant its agent may have been told that
 * nothing ran, and have submitted it again.
 */
async function isStillApproved(ports: Ports, record: SessionRecord): Promise<boolean> {
  const held = lastEvent(record, 'held')
  return held !== undefined && (await ports.holds.now()) < runBy(held.terms, findEvent(record, 'claimed').reviews)
}

function neverRan(): GatewayError {
  return new GatewayError('warehouse_unavailable', {
    message: 'The statement was not submitted in time. Nothing ran.',
    next: 'Submit the statement again.',
  })
}

async function closeAs(
  ports: Ports,
  connection: Connection,
  authorized: Authorized,
  found: Exclude<Found, { state: 'absent' }>,
  credential: Credential,
  startedAt: number,
): Promise<void> {
  if (found.state === 'running') return
  await taintWritten(ports, authorized)
  if (found.state === 'failed') {
    await recordFailure(ports, authorized, new GatewayError('warehouse_error', { message: found.message }), never)
    return
  }
  try {
    // What a write has written stands, whatever its tables are now; rows may still be kept back.
    if (authorized.classification.harmless) {
      await requireSameSchema(connection, authorized)
      await requireNoNewTaint(ports, authorized)
    }
  } catch (error) {
    if (asGatewayError(error).code !== 'schema_changed') throw error
    await recordFailure(ports, authorized, error, never)
    return
  }
  const execution = found.execution ?? {
    warehouseId: found.warehouseId,
    columns: [],
    pages: noPages(),
    ...(found.affectedRows === undefined ? {} : { affectedRows: found.affectedRows }),
  }
  const executed = executedBefore(authorized, execution, startedAt)
  const planned = found.execution ? mask(executed, ports.maskKey()) : noRows()
  await recordResult(ports, executed, planned, credential)
}

function noRows(): MaskedResult {
  return { columns: [], masks: [], pages: noPages(), detected: () => [] }
}
