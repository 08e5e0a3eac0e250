import { leadingReading } from '#src/classify/leading-tokens.ts'
import { statementTokens } from '#src/classify/statement-tokens.ts'
import { isWord, type Token } from '#src/classify/token.ts'
import { GatewayError } from '#src/errors.ts'
import type { Authenticated } from '#src/pipeline.ts'
import { principalKey } from '#src/principal.ts'
import { type Submission, sessionIdOf, sha256 } from '#src/statement.ts'
import { createsTemporary } from '#src/transaction/temporary-tables.ts'
import type { Journey } from '../../journey.ts'
import { commandJob, type KeptCommand, keepCommand } from './session-command.ts'

type Keyed = Submission & { readonly idempotencyKey: string }

export interface InSession<S extends Submission> {
  readonly submission: S
  /** It was about the session itself, and is done. */
  readonly command?: KeptCommand
}

/**
 * What is asked in a session of the client's: one that it opens with this request, or names. Temporary tables are in there; all
 * else goes on as if there were none. Rejects with `invalid_request` for a session that is not its own or has ended, and for what
 * would change the session in a way that is not followed here, and with `too_many`.
 */
export async function inSession(
  journey: Journey,
  principal: Authenticated,
  submission: Keyed,
  createSession: boolean | undefined,
): Promise<InSession<Keyed>> {
  const { session: named, sql, connection, idempotencyKey } = submission
  const aborts = abortedSession(sql)
  if (named === undefined && !createSession && !aborts) return { submission }
  const id = sessionIdOf(principalKey(principal), idempotencyKey)
  const done = await commandJob(journey, principal, id)
  if (done) return { submission, command: done }
  if (aborts) {
    const session = aborts.session ?? named
    if (createSession || session === undefined) throw notFollowed('It names no session that it could end.')
    await journey.sessionsByName.use(principal, connection, session)
    await journey.transactions.abandon(session)
    return { submission, command: await keepCommand(journey, principal, id, { ...submission, session }) }
  }
  if (!createSession) return { submission: await inNamed(journey, principal, submission) }
  requireFollowed(sql)
  const opened = sessionIdFor(principal, idempotencyKey)
  await journey.sessionsByName.open(principal, connection, opened, schemaOf(journey, submission))
  return { submission: { ...submission, session: opened, temporary: opened } }
}

/** In the session that it names, where it names one. */
export async function inNamed<S extends Submission>(
  journey: Journey,
  principal: Authenticated,
  submission: S,
): Promise<S> {
  const { session: id, connection, sql } = submission
  if (id === undefined) return submission
  const session = await journey.sessionsByName.use(principal, connection, id)
  requireFollowed(sql)
  if (schemaOf(journey, submission) !== session.schema)
    throw notFollowed(
      `Names without a data set mean ${session.schema === undefined ? 'temporary tables' : session.schema} in this session, from its beginning.`,
      'Write the data set before the name of the table, or open another session.',
    )
  return { ...submission, temporary: id }
}

/** What names without a data set resolve in, as `understand` has it. */
function schemaOf(journey: Journey, { connection, schema }: Submission): string | undefined {
  return schema ?? journey.connections().find(({ name }) => name === connection)?.schema
}

/** Follows from the request, so that the same request again opens no second one. Not to be guessed is not what protects it. */
function sessionIdFor(principal: Authenticated, idempotencyKey: string): string {
  const hex = sha256(`bigquery session ${principalKey(principal)} ${idempotencyKey}`)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

/** `CALL BQ.ABORT_SESSION()`, and of which session where it says so. */
function abortedSession(sql: string): { readonly session?: string } | undefined {
  if (sql.length > 1_000 || !/abort_session/i.test(sql)) return undefined
  const [call, bq, dot, abort, open, ...rest] = statementTokens(sql, 'bigquery') ?? []
  const named = isWord(call, 'CALL') && isWord(bq, 'BQ') && isWord(dot, '.') && isWord(abort, 'ABORT_SESSION')
  if (!named || !isWord(open, '(')) return undefined
  const [first, second, ...more] = rest
  if (isWord(first, ')') && !second) return {}
  return first?.kind === 'string' && isWord(second, ')') && more.length === 0 ? { session: first.value } : undefined
}

/** What a session would keep besides temporary tables: those after it would mean something else than they say. */
const changing = new Set(['session', 'script', 'transaction', 'call', 'use'])

function requireFollowed(sql: string): void {
  const tokens = statementTokens(sql, 'bigquery')
  const several = tokens?.some(token => isWord(token, ';'))
  const creates = createsTemporary({ sql, dialect: 'bigquery' })
  if (
    tokens &&
    !several &&
    !changing.has(leadingReading(tokens, 'bigquery').kind) &&
    (!creates || createsTable(tokens))
  )
    return
  throw notFollowed(
    several
      ? 'A script in a session is not followed here.'
      : 'Of what a session keeps only temporary tables are followed here: no variables, settings, functions or transactions.',
  )
}

const createsTable = (tokens: readonly Token[]) => tokens.slice(0, 5).some(token => isWord(token, 'TABLE'))

function notFollowed(
  message: string,
  next = 'Send it without the session, where it means what it says.',
): GatewayError {
  return new GatewayError('invalid_request', { message, next })
}
