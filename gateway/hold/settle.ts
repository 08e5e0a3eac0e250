import { setTimeout as delay } from 'node:timers/promises'
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
import { findPinned } from '#src/pinned/pinned-sessions.ts'
import { pinnedTo } from '#src/pinned/pinned-so-far.ts'
import { run } from '#src/pipeline.ts'
import type { Connection, Ports } from '#src/ports.ts'
import type { SessionRecord, StopEvent } from '#src/record/event.ts'
import { recordFailure } from '#src/record/record-outcome.ts'
import { afterItRan, recordResult } from '#src/record/record-result.ts'
import { findEvent, firstStop, lastEvent } from '#src/record/session-facts.ts'
import { taintWritten } from '#src/record/taint-written.ts'
import type { SessionId } from '#src/statement.ts'
import { noPages } from '../execute/until-aborted.ts'
import { Pauses } from './pauses.ts'

export interface Patience {
  /** How long a gateway may be silent before its claims are taken over. */
  readonly deadMilliseconds: number
  /**
   * A warehouse that has been asked for so long, and has no trace of a statement that another gateway may have sent, will not get it
   * any more. Counted by this gateway's clock alone.
   */
  readonly noTraceMilliseconds: number
}

/** Warehouses asked at the same time. What is resumed is not counted: it may run for long. */
const askedAtOnce = 8
/** Of a gateway that ends: to end a credential takes no longer, where the warehouse answers at all. */
const answeredSoonMilliseconds = 3_000

/**
 * Settles what is claimed but not run by anybody: left by a dead gateway (its claim is taken over first), or by a fault of
 * this one. The warehouse is asked by our own id, and what surely was not sent is resumed.
 */
export class Settler {
  readonly #ports: Ports
  readonly #patience: Patience
  readonly #asking = new Set<Promise<void>>()
  readonly #resumed = new Set<Promise<void>>()
  readonly #pauses: Pauses

  constructor(ports: Ports, patience: Patience) {
    this.#ports = ports
    this.#patience = patience
    this.#pauses = new Pauses(ports)
  }

  /** Begins with all that is due, until `stop`; a long one keeps no other waiting. */
  async settle(stop?: AbortSignal): Promise<void> {
    const { records, running } = this.#ports
    const open = await records.inState(['claimed', 'unknown'])
    this.#pauses.forgetAllBut(open)
    await this.#pauses.cutShort()
    for (const { id, holder } of open) {
      if (running.has(id) || !this.#pauses.isOver(id)) continue
      while (this.#asking.size >= askedAtOnce) await Promise.race(this.#asking)
      if (stop?.aborted) return
      if (holder !== undefined && (await this.#isMine(id, holder)) && !running.has(id) && !stop?.aborted)
        remember(this.#asking, this.#settleOne(id, stop))
    }
  }

  /** Resolves when all that was resumed has ended; what a warehouse does not answer soon, another gateway asks again. */
  async landed(): Promise<void> {
    await Promise.race([Promise.all(this.#asking), delay(answeredSoonMilliseconds, undefined, { ref: false })])
    await Promise.all(this.#resumed)
  }

  async #isMine(id: SessionId, holder: string): Promise<boolean> {
    const { gateway, records } = this.#ports
    return holder === gateway || records.takeOver(id, holder, gateway, this.#patience.deadMilliseconds)
  }

  /** What is resumed goes on by itself, and is not begun after `stop`. Never rejects. */
  async #settleOne(id: SessionId, stop: AbortSignal | undefined): Promise<void> {
    const { clock, running } = this.#ports
    const end = new AbortController()
    running.set(id, end)
    const since = this.#pauses.since(id) ?? clock.now()
    const isLate = clock.now() - since >= this.#patience.noTraceMilliseconds
    const next = await this.#attempt(id, since, () => ask(this.#ports, id, isLate))
    if (!next || stop?.aborted) return this.#leave(id)
    const resumed = this.#attempt(id, since, async () => void (await run(this.#ports, next, end.signal)))
    remember(
      this.#resumed,
      resumed.then(() => this.#leave(id)),
    )
  }

  /** Resolves to what is to be resumed. What is not settled yet comes again. Never rejects. */
  async #attempt(
    id: SessionId,
    since: number,
    work: () => Promise<Authorized | 'wait' | undefined>,
  ): Promise<Authorized | undefined> {
    try {
      const next = await work()
      if (next === 'wait') this.#pauses.begin(id, since, 'waiting')
      else if (next) return next
      else this.#pauses.forget(id)
    } catch (error) {
      const { code, detail } = asGatewayError(error)
      this.#ports.log.warn({ session: id, code, detail }, 'not settled yet')
      this.#pauses.begin(id, since, 'failed')
    }
    return undefined
  }

  async #leave(id: SessionId): Promise<void> {
    this.#ports.running.delete(id)
    await followRecord(this.#ports, id)
  }
}

function remember<T>(all: Set<Promise<T>>, promise: Promise<T>): void {
  all.add(promise)
  void promise.finally(() => all.delete(promise))
}

/**
 * Closes the session where its outcome is known by now; resolves to what is to be run again, because nothing of it ran, or to `wait`
 * where it is to be asked for again. `isLate`: what is not in the warehouse by now will not come.
 */
async function ask(ports: Ports, id: SessionId, isLate: boolean): Promise<Authorized | 'wait' | undefined> {
  const record = await ports.records.session(id)
  if (record?.state !== 'claimed' && record?.state !== 'unknown') return undefined
  const authorized = reauthorize(record)
  const stop = firstStop(record)
  const next = await nextOf(ports, record, authorized, stop, isLate)
  if (next === 'end it') await fail(ports, authorized, stop ? stopped(stop) : neverRan())
  if (next === 'resume') return authorized
  return next === 'wait' ? next : undefined
}

/** Undefined where it is closed. */
async function nextOf(
  ports: Ports,
  record: SessionRecord,
  authorized: Authorized,
  stop: StopEvent | undefined,
  isLate: boolean,
): Promise<'resume' | 'end it' | 'wait' | undefined> {
  const submitting = lastEvent(record, 'submitting')
  // As far as this record knows, which may have been restored: that of an hour ago does not know what was sent since.
  const unsent = !submitting && authorized.approved
  const connection = ports.connection(authorized.statement.connection)
  if (!connection) throw new GatewayError('unknown_connection', { detail: 'removed from the configuration' })
  const { warehouse } = connection
  const credential = await ports.minter.mint(authorized)
  try {
    const { begun, sealed } = await keptSession(ports, authorized)
    const found: Found = begun ? await warehouse.find(authorized, credential, sealed) : { state: 'absent' }
    const sentAt = submitting?.at ?? findEvent(record, 'claimed').at
    if (found.state === 'running') {
      if (stop) await warehouse.cancel(authorized, credential, found.warehouseId, sealed)
      return 'wait'
    }
    if (found.state !== 'absent') {
      if (stop && found.state === 'failed') await fail(ports, authorized, stopped(stop))
      else await closeAs(ports, connection, authorized, found, credential, sentAt)
      return undefined
    }
    // The warehouse itself refuses a second statement of the same id, so submitting again is not blind.
    const mayResume = (unsent || warehouse.idempotentSubmit) && !stop
    if (mayResume && (await isStillApproved(ports, record))) return 'resume'
    return unsent || isLate ? 'end it' : 'wait'
  } finally {
    await ports.minter.end(credential)
  }
}

/** Not `begun`: nothing was submitted, since a session is kept before that, and not after the transaction's end. */
async function keptSession(
  ports: Ports,
  { statement }: Authorized,
): Promise<{ readonly begun: boolean; readonly sealed?: string | undefined }> {
  const to = pinnedTo(statement)
  const pinned = to && (await findPinned(ports, to.id))?.pinned
  const sealed = pinned?.session ?? pinned?.former
  return { begun: !pinned || sealed !== undefined, sealed }
}

/** Rejects with `error` itself where the session cannot be closed with it: then it is to be asked for again. */
async function fail(ports: Ports, authorized: Authorized, error: unknown): Promise<void> {
  const { status } = await recordFailure(ports, authorized, error)
  if (status === 'pending') throw error
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
  found: Extract<Found, { state: 'done' | 'failed' }>,
  credential: Credential,
  startedAt: number,
): Promise<void> {
  await taintWritten(ports, authorized)
  if (found.state === 'failed') return fail(ports, authorized, found.error)
  try {
    // What a write has written stands, whatever its tables are now; rows may still be kept back.
    if (authorized.classification.harmless) {
      await requireSameSchema(connection, authorized)
      await requireNoNewTaint(ports, authorized)
    }
  } catch (error) {
    if (asGatewayError(error).code !== 'schema_changed') throw error
    return fail(ports, authorized, error)
  }
  const execution = found.execution ?? {
    warehouseId: found.warehouseId,
    columns: [],
    pages: noPages(),
    ...(found.affectedRows === undefined ? {} : { affectedRows: found.affectedRows }),
  }
  const executed = executedBefore(authorized, execution, startedAt)
  try {
    await afterItRan(ports, executed, async () => {
      const masked = found.execution ? mask(executed, ports.maskKey()) : noRows()
      return recordResult(ports, executed, masked, credential)
    })
  } catch (error) {
    // Rows that did not come now would not come later; what only cannot be recorded right now stays as it is.
    await fail(ports, authorized, error)
  }
}

function noRows(): MaskedResult {
  return { columns: [], masks: [], pages: noPages(), detected: () => [] }
}
