import { nameContext } from '#src/classify/name-context.ts'
import { GatewayError } from '#src/errors.ts'
import type { Submission } from '#src/statement.ts'
import type { ConnectionFacts } from '../../journey/journey.ts'
import { bindValues } from './binds.ts'
import { connectionOf } from './connection-of-account.ts'
import { unsupportedHere } from './envelope.ts'
import { askedParameters } from './parameters.ts'
import { requestIdOf } from './query-request.ts'
import { sessionCommand } from './session-command.ts'
import { splitStatements } from './split-statements.ts'

export type ApiBody = Readonly<Record<string, unknown>>

const known = new Set(['statement', 'timeout', 'database', 'schema', 'warehouse', 'role', 'bindings', 'parameters'])

interface Asked {
  readonly account: string | undefined
  readonly requestId: string
}

/** The statement of a request, complete in itself. Throws for what is not taken here. */
export function submissionOfApi(
  connections: readonly ConnectionFacts[],
  body: ApiBody,
  { account, requestId }: Asked,
): Submission & { readonly idempotencyKey: string } {
  const stranger = Object.keys(body).find(field => !known.has(field))
  if (stranger !== undefined)
    throw unsupportedHere(`A field of the request is not known here: ${stranger.slice(0, 64)}.`)
  const sql = textOf(body, 'statement')
  if (sql === undefined) throw unsupportedHere('The request holds no statement.')
  // Without effect: the policy limits how long it runs, and people how long it waits.
  if (!['undefined', 'number'].includes(typeof body.timeout)) throw unsupportedHere('The timeout is no number.')
  const connection = onlyConnection(connections, account)
  requireUsual(body, connection)
  if (splitStatements(sql).length > 1) throw unsupportedHere('Send one statement at a time.')
  if (sessionCommand(sql))
    throw unsupportedHere('There is no session here. Set database, schema and parameters beside the statement.')
  const { kept, purpose, autocommit = true } = askedParameters(body.parameters)
  if (!autocommit) throw unsupportedHere('There are no transactions here: each statement stands for itself.')
  const database = textOf(body, 'database') ?? connection.database
  const schema = textOf(body, 'schema') ?? (database === connection.database ? connection.schema : 'PUBLIC')
  const binds = bindValues(body.bindings)
  return {
    ...{ connection: connection.name, sql, parameters: kept, door: 'snowflake' },
    ...(binds.length > 0 ? { binds } : {}),
    ...nameContext({ database, schema }),
    ...(purpose ? { purpose } : {}),
    idempotencyKey: `snowflake-api ${requestIdOf(requestId, {})}`,
  }
}

/** The API names no account but in its host: with several connections behind one host, `?account=` says which is meant. */
function onlyConnection(connections: readonly ConnectionFacts[], account: string | undefined): ConnectionFacts {
  const [only, ...others] = connections.filter(({ dialect }) => dialect === 'snowflake')
  if (account === undefined && only && others.length === 0) return only
  return connectionOf(connections, account)
}

function requireUsual(body: ApiBody, { virtualWarehouse }: ConnectionFacts): void {
  if (textOf(body, 'role') !== undefined)
    throw unsupportedHere('Roles are chosen by the policy, one for each statement. Leave the role out.')
  const warehouse = textOf(body, 'warehouse')?.toUpperCase()
  if (warehouse !== undefined && warehouse !== virtualWarehouse?.toUpperCase())
    throw unsupportedHere('Statements run on the virtual warehouse of the connection. Leave the warehouse out.')
}

function textOf(body: ApiBody, field: string): string | undefined {
  const value = body[field]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return value
  throw new GatewayError('invalid_request', { message: `The ${field} is no text.` })
}
