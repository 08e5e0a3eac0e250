import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { Outcome } from '#src/outcome.ts'
import type { ClientSession } from '#src/pinned/client-sessions.ts'
import { transactionOver } from '#src/pinned/transaction.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { principalKey } from '#src/principal.ts'
import { canonicalJson, type SessionId, type Submission, sessionIdOf, sha256 } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { commandJob, type KeptCommand, keepCommand } from './session-command.ts'
import { notFollowed, requireFollowed, sessionText } from './session-text.ts'

type Keyed = Submission & { readonly idempotencyKey: string }

/** What a request in a session comes to. */
type InSession =
  /** A statement, with what of the session it is part of. */
  | { readonly submission: Keyed }
  /** The same request came before. */
  | { readonly outcome: Outcome }
  /** It was about the session itself, and is done. */
  | { readonly command: KeptCommand }

/**
 * What is asked in a session of the client's: one that it opens with this request, or names. Temporary tables are in there, and what
 * is between BEGIN and COMMIT or ROLLBACK; all else goes on as if there were none. Rejects with `invalid_request` for a session that
 * is not its own or has ended, and for what would change the session in a way that is not followed here, with `transaction_over`, and
 * with `too_many`.
 */
export async function inSession(
  journey: Journey,
  principal: Authenticated,
  submission: Keyed,
  createSession: boolean | undefined,
): Promise<InSession> {
  const { sql, idempotencyKey } = submission
  const text = sessionText(sql)
  const aborts = text?.kind === 'abort'
  const named = (aborts ? text.session : undefined) ?? submission.session
  if (named === undefined && !createSession) {
    if (aborts) throw notFollowed('It names no session that it could end.', 'Send it in the session.')
    return { submission }
  }
  const id = sessionIdOf(principalKey(principal), idempotencyKey)
  const opened = named ?? openedBy(principal, idempotencyKey)
  const known = await askedBefore(journey, principal, id, { ...submission, session: opened })
  if (known) return known
  const session = await sessionFor(journey, principal, { ...submission, session: opened }, named === undefined)
  if (aborts) {
    if (session.within) await journey.transactions.abandon(session.within.id)
    await journey.transactions.abandon(opened)
    return { command: await keepCommand(journey, principal, id, { ...submission, session: opened }) }
  }
  try {
    return await inTransaction(journey, principal, id, { ...submission, session: opened }, session)
  } catch (error) {
    if (named === undefined) await journey.transactions.abandon(opened)
    throw error
  }
}

/** In the session that it names, where it names one: for a look at a statement. */
export async function inNamed<S extends Submission>(
  journey: Journey,
  principal: Authenticated,
  submission: S,
): Promise<S> {
  const { session: id, sql } = submission
  if (id === undefined) return submission
  const { within } = await sessionFor(journey, principal, { ...submission, session: id }, false)
  requireFollowed(sql)
  return { ...submission, temporary: id, ...(within && !within.lost ? { transaction: within.id } : {}) }
}

async function inTransaction(
  journey: Journey,
  principal: Authenticated,
  id: SessionId,
  submission: Keyed & { readonly session: string },
  { within }: ClientSession,
): Promise<InSession> {
  const { sql, session, connection } = submission
  const text = sessionText(sql)
  const command = async () => ({ command: await keepCommand(journey, principal, id, submission) })
  if (text?.kind === 'begin') {
    await journey.sessionsByName.begin(principal, connection, session, openedBy(principal, `begun by ${id}`))
    return command()
  }
  if (text?.kind === 'end') {
    if (!within) throw notFollowed('No active transaction found.', 'BEGIN TRANSACTION first.')
    if (await journey.transactions.endedHere(within.id, text.end, id)) {
      await journey.sessionsByName.end(principal, connection, session, within.id)
      return command()
    }
    return { submission: { ...submission, transaction: within.id } }
  }
  requireFollowed(sql)
  if (within?.lost) throw transactionOver()
  return { submission: { ...submission, temporary: session, ...(within ? { transaction: within.id } : {}) } }
}

/** The session, opened where it `opens`, with names that resolve in it as in the request. */
async function sessionFor(
  { sessionsByName, connections }: Journey,
  principal: Authenticated,
  { session: id, connection, schema, parameters, sql }: Submission & { readonly session: string },
  opens: boolean,
): Promise<ClientSession> {
  // As `understand` has it.
  const resolvesIn = schema ?? connections().find(({ name }) => name === connection)?.schema
  if (parameters?.time_zone !== undefined)
    throw notFollowed('A time zone that a session would keep is not followed here.')
  if (opens) return sessionsByName.open(principal, connection, id, resolvesIn)
  const session = await sessionsByName.use(principal, connection, id)
  if (session.schema === resolvesIn || sessionText(sql)) return session
  throw notFollowed(
    `Names without a data set mean ${session.schema ?? 'temporary tables'} in this session, from its beginning.`,
    'Write the data set before the name of the table, or open another session.',
  )
}

async function askedBefore(
  journey: Journey,
  principal: Authenticated,
  id: SessionId,
  { sql, session, binds = [], parameters = {} }: Submission,
): Promise<InSession | undefined> {
  const command = await commandJob(journey, principal, id)
  const outcome = command
    ? undefined
    : await journey.outcome(principal, id, 0, AbortSignal.abort()).catch(unlessUnknown)
  const same = command ?? outcome?.statement
  if (same && (same.sql !== sql || same.session !== session)) throw new GatewayError('idempotency_mismatch')
  const asked = outcome && [outcome.statement.binds, outcome.statement.parameters]
  if (asked && canonicalJson(asked) !== canonicalJson([binds, parameters]))
    throw new GatewayError('idempotency_mismatch')
  return command ? { command } : outcome && { outcome }
}

function unlessUnknown(error: unknown): undefined {
  if (asGatewayError(error).code !== 'unknown_session') throw error
}

/** Follows from the request, so that the same request again opens no second one. That it can be guessed opens nothing. */
function openedBy(principal: Authenticated, key: string): string {
  const hex = sha256(`bigquery session ${principalKey(principal)} ${key}`)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
