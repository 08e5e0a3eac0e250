import { hash } from 'node:crypto'
import { readKinds } from '#src/classify/classification.ts'
import type { SnowflakeConnection } from '#src/config/config.ts'
import type { Decision, Estimate } from '#src/decide/decision.ts'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import { requireInTime } from '#src/execute/in-time.ts'
import type { Execution, Found, RawPage, Warehouse } from '#src/execute/warehouse.ts'
import type { Authorized } from '#src/hold/authorized.ts'
import type { Credential } from '#src/mint/minter.ts'
import { pinnedTo } from '#src/pinned/pinned-so-far.ts'
import { transactionOver } from '#src/pinned/transaction.ts'
import type { SessionId, Statement } from '#src/statement.ts'
import { KnownReadings } from './known-readings.ts'
import { OpenSessions } from './open-sessions.ts'
import { snowflakeCatalog } from './snowflake-catalog.ts'
import { snowflakeColumn } from './snowflake-column.ts'
import { statementFailure } from './snowflake-errors.ts'
import { cancelQuery, findByTag, queryTag } from './snowflake-find.ts'
import { snowflakeEstimate, snowflakeLooks } from './snowflake-look-ups.ts'
import { boundedBy } from './snowflake-parameters.ts'
import { SnowflakePinnedSessions } from './snowflake-pinned-sessions.ts'
import type { SnowflakeSession } from './snowflake-session.ts'
import { withTemporary } from './snowflake-temporary.ts'
import { Refusal } from './snowflake-wire/wire-errors.ts'
import type { WireAnswer } from './snowflake-wire/wire-result.ts'
import type { Submitted } from './snowflake-wire/wire-session.ts'
import type { SubmittedOnce } from './submitted-once.ts'
import { lostPages, noPages, unreadable, untilAborted, whileCancellable } from './until-aborted.ts'
import type { CredentialedWarehouse, WarehouseParts } from './warehouse-sessions.ts'
import { wayBack } from './way-back.ts'

interface SnowflakeParts extends WarehouseParts {
  readonly submitted: SubmittedOnce
}

// Snowflake attaches a request id to one session only, and a statement submitted again comes in another one.
const submission = { idempotentSubmit: false } as const

/** Kinds that answer with rows of a query; what the others answer are remarks, not data. */
const rowKinds = new Set([...readKinds, 'call', 'script', 'other'])

export function snowflakeWarehouse(connection: SnowflakeConnection, parts: SnowflakeParts): CredentialedWarehouse {
  const { reader, seal, submitted, cancelGraceMilliseconds = 10_000 } = parts
  const sessions = new OpenSessions(connection, parts.pausesMilliseconds)
  const { pricePerTiB, pricePerHour } = connection
  const pinnedSessions = new SnowflakePinnedSessions(sessions, seal)
  const estimate: Warehouse['estimate'] = async (statement, classification) =>
    priced(await snowflakeEstimate(sessions, reader, statement, classification), pricePerTiB)
  const readings = new KnownReadings(estimate)

  async function look(session: SnowflakeSession, authorized: Authorized, credential: Credential): Promise<Found> {
    const { statement, classification } = authorized
    const found = await findByTag(session, statement)
    if (found.state === 'absent' && submitted.isUnderWay(statement.id))
      return { state: 'running', warehouseId: snowflakeRequestId(statement.id) }
    if (found.state !== 'done' || !rowKinds.has(classification.kind)) return found
    const answer = await earlierResult(session, found.warehouseId)
    if (!answer) return { ...found, execution: { ...found, columns: [], pages: lostPages() } }
    const rest = pagesOf(sessions, { session, answer }, authorized, credential, AbortSignal.timeout(600_000))
    return { ...found, execution: executionOf(authorized, answer, rest) }
  }

  return {
    dialect: 'snowflake',
    ...submission,
    catalog: snowflakeCatalog(sessions, reader, connection.tags === true),
    estimate,
    ...snowflakeLooks(sessions, reader),
    tables: (statement, classification) => readings.tables(statement, classification),
    pinnedSessions: withTemporary(pinnedSessions),
    async execute(authorized, credential, signal, kept) {
      // In a session of its own it would be committed by itself, a COMMIT would be one of nothing, and a table another one.
      if (pinnedTo(authorized.statement) && !kept)
        throw new GatewayError('integrity', { detail: 'a transaction or temporary tables without their session' })
      const session = kept
        ? await pinnedSessions.enter(kept, authorized.statement)
        : await sessions.for(authorized, credential)
      let execution: Execution | undefined
      try {
        requireInTime(authorized, (await kept?.stillClaimed()) ?? credential, submission)
        if (signal.aborted) throw new GatewayError('cancelled')
        submitted.claim(authorized.statement.id)
        const running = submit(session, authorized)
        submitted.track(authorized.statement.id, running.answer)
        const startedAt = performance.now()
        const answer = await untilEnd(running, authorized, signal, cancelGraceMilliseconds)
        const hours = (performance.now() - startedAt) / 3_600_000
        execution = {
          ...executionOf(authorized, answer, pagesOf(sessions, { session, answer }, authorized, credential, signal)),
          ...(pricePerHour === undefined ? {} : { cost: hours * pricePerHour }),
        }
        return execution
      } catch (error) {
        const { code } = asGatewayError(error)
        throw kept && session.gone && code === 'warehouse_unavailable'
          ? transactionOver('its session has ended')
          : error
      } finally {
        if (!execution?.columns.length) await sessions.finish(authorized, credential)
      }
    },
    async find(authorized, credential) {
      let found: Found | undefined
      try {
        found = await look(await sessions.for(authorized, credential), authorized, credential)
        return found
      } finally {
        if (found?.state !== 'done' || !found.execution?.columns.length) await sessions.finish(authorized, credential)
      }
    },
    cancel: (authorized, credential, warehouseId) => cancel(sessions, authorized, credential, warehouseId),
    submitId: snowflakeRequestId,
    endCredential: credential => sessions.endCredential(credential),
    close: () => sessions.close(),
  }
}

async function* pagesOf(
  sessions: OpenSessions,
  { session, answer }: { session: SnowflakeSession; answer: WireAnswer },
  authorized: Authorized,
  credential: Credential,
  signal: AbortSignal,
) {
  try {
    yield* untilAborted(session.pages(answer, signal), signal)
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw unreadable('a page that could not be read')
  } finally {
    await sessions.finish(authorized, credential)
  }
}

/** Undefined where Snowflake says no: it keeps results for a day. */
async function earlierResult(session: SnowflakeSession, queryId: string): Promise<WireAnswer | undefined> {
  try {
    return await session.result(queryId)
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

function priced(estimate: Estimate, pricePerTiB: number | undefined): Estimate {
  if (estimate.bytes === undefined || pricePerTiB === undefined) return estimate
  return { ...estimate, cost: (estimate.bytes / 1024 ** 4) * pricePerTiB }
}

async function cancel(
  sessions: OpenSessions,
  authorized: Authorized,
  credential: Credential,
  warehouseId: string,
): Promise<void> {
  try {
    await cancelQuery(await sessions.for(authorized, credential), warehouseId)
  } finally {
    await sessions.finish(authorized, credential)
  }
}

function submit(session: SnowflakeSession, { statement, decision, classification }: Authorized) {
  const { resultFormat } = statement
  return session.submit({
    ...(resultFormat && rowKinds.has(classification.kind) ? { resultFormat } : {}),
    sqlText: statement.sql,
    binds: statement.binds,
    requestId: snowflakeRequestId(statement.id),
    parameters: boundedBy(statement, {
      QUERY_TAG: queryTag(statement.id),
      STATEMENT_TIMEOUT_IN_SECONDS: Math.max(1, Math.ceil(decision.limits.seconds)),
      ROWS_PER_RESULTSET: rowsOf(statement, decision),
      MULTI_STATEMENT_COUNT: 1,
    }),
  })
}

/** One more than may leave, so that the pipeline can tell a cut result from a whole one, unless its agent wants fewer. */
function rowsOf({ parameters }: Statement, { limits }: Decision): number {
  const wanted = Number(parameters.ROWS_PER_RESULTSET ?? 0)
  return wanted > 0 ? Math.min(wanted, limits.rows + 1) : limits.rows + 1
}

/** Waits for the statement's own end. */
async function untilEnd(
  running: Submitted,
  { classification }: Authorized,
  signal: AbortSignal,
  graceMilliseconds: number,
): Promise<WireAnswer> {
  const { promise: lost, reject } = Promise.withResolvers<never>()
  const unanswered = () =>
    reject(new GatewayError('outcome_unknown', { detail: 'cancelled, and Snowflake did not answer' }))
  const cancelling = { signal, graceMilliseconds, cancel: () => running.cancel(), giveUp: unanswered }
  try {
    return await whileCancellable(cancelling, () => Promise.race([running.answer, lost]))
  } catch (error) {
    const mayWrite = !readKinds.includes(classification.kind)
    throw statementFailure(error, { cancelledByUs: signal.aborted, mayWrite })
  }
}

function executionOf(
  { statement, classification }: Authorized,
  { queryId, written, columns }: WireAnswer,
  pages: AsyncIterable<RawPage>,
): Execution {
  const returnsRows = written === undefined && rowKinds.has(classification.kind)
  const back = pinnedTo(statement) ? undefined : wayBack(statement, classification, `before(statement => '${queryId}')`)
  return {
    warehouseId: queryId,
    columns: returnsRows ? columns.map(snowflakeColumn) : [],
    pages: returnsRows ? pages : noPages(),
    ...(written === undefined ? {} : { affectedRows: written }),
    ...(back ? { wayBack: back } : {}),
  }
}

/** The session id as the UUID that Snowflake wants: SHA-256, marked as a name-based UUID (RFC 9562, version 8). */
export function snowflakeRequestId(id: SessionId): string {
  const bytes = hash('sha256', `querywarden:${id}`, 'buffer').subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
