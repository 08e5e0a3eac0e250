import type { DriverSession } from '#src/authenticate/driver-sessions.ts'
import { GatewayError } from '#src/errors.ts'
import type { Submission } from '#src/statement.ts'
import { bindValues } from './binds.ts'
import { unsupportedHere } from './envelope.ts'
import { askedParameters } from './parameters.ts'
import type { ResultFormat } from './result-format.ts'

export type QueryBody = Readonly<Record<string, unknown>>

/** What drivers send with a statement. Anything else could change what it means, and nobody would have seen it. */
const known = new Set([
  ...['sqlText', 'sequenceId', 'asyncExec', 'describeOnly', 'isInternal', 'bindings', 'parameters', 'requestId'],
  ...['queryContextDTO', 'querySubmissionTime', 'describedJobId', 'disableOfflineChunks', 'isResend'],
])

const refusedFields: Readonly<Record<string, string>> = {
  bindStage: 'Values cannot be bound by way of a stage. Bind them in the request.',
  dataframeAst: 'Only SQL text is run here, no data frame program.',
}

/** A statement as its driver asked for it. */
export interface AskedQuery {
  readonly submission: Submission & { readonly idempotencyKey: string }
  /** It would be part of a transaction. */
  readonly transactional: boolean
  /** The one that the rows of this statement alone are asked for in. */
  readonly format: ResultFormat | undefined
}

/** The statement of a request, as read in its session. Throws for what is not taken here. */
export function askedQuery({ id, context }: DriverSession, body: QueryBody, requestId: string): AskedQuery {
  for (const [field, value] of Object.entries(body)) {
    if (known.has(field) || value === null || value === '') continue
    throw unsupportedHere(refusedFields[field] ?? `A field of the request is not known here: ${field.slice(0, 64)}.`)
  }
  if (typeof body.sqlText !== 'string') throw unsupportedHere('The request holds no SQL text.')
  const asked = askedParameters(recordOf(body.parameters))
  const { kept, purpose = context.purpose, autocommit = true, resultFormat: format } = asked
  const { connection, database, schema } = context
  const binds = bindValues(body.bindings)
  const submission = {
    ...{ connection, sql: body.sqlText, parameters: { ...context.parameters, ...kept } },
    ...(binds.length > 0 ? { binds } : {}),
    ...(database === undefined ? {} : { database }),
    ...(schema === undefined ? {} : { schema }),
    ...(purpose === undefined ? {} : { purpose }),
    ...{ door: 'snowflake' as const, idempotencyKey: idempotencyKeyOf(id, requestId) },
  }
  return { submission, transactional: !autocommit || context.transaction !== undefined, format }
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

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
