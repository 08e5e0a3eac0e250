import type { DriverContext, DriverSession } from '#src/authenticate/driver-sessions.ts'
import { nameContext } from '#src/classify/name-context.ts'
import { GatewayError } from '#src/errors.ts'
import type { Submission } from '#src/statement.ts'
import { bindValues } from './binds.ts'
import { unsupportedHere } from './envelope.ts'
import { type AskedParameters, askedParameters } from './parameters.ts'
import type { ResultFormat } from './result-format.ts'
import { splitStatements } from './split-statements.ts'

export type QueryBody = Readonly<Record<string, unknown>>

/** What drivers send with a statement. Anything else could change what it means, and nobody would have seen it. */
const known = new Set([
  ...['sqlText', 'sequenceId', 'asyncExec', 'describeOnly', 'isInternal', 'bindings', 'parameters', 'requestId'],
  ...['queryContextDTO', 'querySubmissionTime', 'describedJobId', 'disableOfflineChunks', 'isResend'],
])

/** What is neither true nor false would be taken for false: a statement that was to be described would run. */
const flags = ['describeOnly', 'asyncExec']

const refusedFields = new Map([
  ['bindStage', 'Values cannot be bound by way of a stage. Bind them in the request.'],
  ['dataframeAst', 'Only SQL text is run here, no data frame program.'],
])

/** A statement as its driver asked for it. */
export interface AskedQuery {
  /** What was set beside it. */
  readonly asked: AskedParameters
  /** The statements of its text: more than one only where that was asked for. */
  readonly texts: readonly string[]
  readonly submission: Submission & { readonly idempotencyKey: string }
  /** It alone asked not to be committed. */
  readonly uncommitted: boolean
  /** The one that the rows of this statement alone are asked for in. */
  readonly format: ResultFormat | undefined
}

/** The statement of a request, as read in its session. Throws for what is not taken here. */
export function askedQuery({ id, context }: DriverSession, body: QueryBody, requestId: string): AskedQuery {
  for (const [field, value] of Object.entries(body)) {
    if (known.has(field) || value === null || value === '') continue
    throw unsupportedHere(
      refusedFields.get(field) ?? `A field of the request is not known here: ${field.slice(0, 64)}.`,
    )
  }
  const unclear = flags.find(flag => !['undefined', 'boolean'].includes(typeof (body[flag] ?? undefined)))
  if (unclear) throw unsupportedHere(`${unclear} is true or false.`)
  if (typeof body.sqlText !== 'string') throw unsupportedHere('The request holds no SQL text.')
  const asked = askedParameters(body.parameters)
  refuseCommitting(context, asked)
  const { resultFormat: format, statementCount = context.statementCount ?? 1 } = asked
  const binds = bindValues(body.bindings)
  const submission = {
    ...submissionIn(context, asked, body.sqlText, idempotencyKeyOf(id, requestId)),
    ...(binds.length > 0 ? { binds } : {}),
  }
  const texts = splitStatements(body.sqlText)
  if (statementCount !== 0 && texts.length !== statementCount)
    throw unsupportedHere(
      `Actual statement count ${texts.length} did not match the desired statement count ${statementCount}. Send one at a time, or set MULTI_STATEMENT_COUNT.`,
    )
  if (texts.length > 1 && binds.length > 0) throw unsupportedHere('Values are bound to one statement at a time.')
  return { submission, asked, texts, uncommitted: isUncommitted(context, asked), format }
}

/** One statement as read in a session, with what its request set for it alone. */
export function submissionIn(
  { connection, database, schema, parameters, transaction, temporary, ...context }: DriverContext,
  { kept, purpose = context.purpose, resultFormat = context.resultFormat }: AskedParameters,
  sql: string,
  idempotencyKey: string,
): AskedQuery['submission'] {
  return {
    ...{ connection, sql, parameters: { ...parameters, ...kept } },
    ...nameContext({ database, schema }),
    ...(purpose ? { purpose } : {}),
    ...(resultFormat === 'arrow' ? { resultFormat } : {}),
    ...(transaction ? { transaction: transaction.id } : {}),
    ...(temporary === undefined ? {} : { temporary }),
    ...{ door: 'snowflake', idempotencyKey },
  }
}

/** Whether AUTOCOMMIT is off for this statement and not for its session, where nobody would commit it. */
export function isUncommitted({ transaction }: DriverContext, { autocommit = true }: AskedParameters): boolean {
  return !autocommit && transaction === undefined
}

/**
 * On for one statement while it is off for the session, AUTOCOMMIT would commit in Snowflake what is open there, which nobody was
 * asked about.
 */
export function refuseCommitting({ transaction }: DriverContext, { autocommit }: AskedParameters): void {
  if (!autocommit || !transaction?.always) return
  throw unsupportedHere(
    'AUTOCOMMIT is off for the session, and cannot be on for a statement alone. Nothing ran. Send COMMIT, or switch AUTOCOMMIT on for the session.',
  )
}

/** A driver names its statement itself, and repeats the name when it asks again. */
export function requestIdOf(parameter: unknown, body: QueryBody): string {
  const requestId = parameter ?? body.requestId
  if (typeof requestId === 'string' && /^[\w-]{8,64}$/.test(requestId)) return requestId.toLowerCase()
  throw new GatewayError('invalid_request', { message: 'The request has no usable requestId.' })
}

export function idempotencyKeyOf(session: string, requestId: string): string {
  return `snowflake ${session} ${requestId}`
}
