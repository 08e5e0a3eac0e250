import type { DriverContext } from '#src/authenticate/driver-sessions.ts'
import { usualParameters } from '#src/execute/snowflake-parameters.ts'
import { unsupportedHere } from './envelope.ts'
import { choosesFormat, formatOf, type ResultFormat } from './result-format.ts'

type ParameterValue = string | number | boolean
type Parameters = Readonly<Record<string, ParameterValue>>

const format = (value: ParameterValue) => typeof value === 'string' && /^[\w\s:.,/+"-]{0,64}$/.test(value)
const oneOf = (values: readonly ParameterValue[]) => (value: ParameterValue) =>
  values.some(allowed => String(allowed) === String(value))

/** Parameters that change what a statement says or how its answer reads: kept, shown to approvers, part of the digest. */
const kept: Readonly<Record<string, (value: ParameterValue) => boolean>> = {
  TIMEZONE: value => typeof value === 'string' && /^[\w/+-]{1,64}$/.test(value),
  DATE_INPUT_FORMAT: format,
  TIME_INPUT_FORMAT: format,
  TIMESTAMP_INPUT_FORMAT: format,
  DATE_OUTPUT_FORMAT: format,
  TIME_OUTPUT_FORMAT: format,
  TIMESTAMP_OUTPUT_FORMAT: format,
  TIMESTAMP_NTZ_OUTPUT_FORMAT: format,
  TIMESTAMP_LTZ_OUTPUT_FORMAT: format,
  TIMESTAMP_TZ_OUTPUT_FORMAT: format,
  BINARY_OUTPUT_FORMAT: oneOf(['HEX', 'BASE64']),
  // How objects and arrays are written in an answer; a mask takes the place of the value however it is written.
  JSON_INDENT: value => /^(?:\d|1[0-6])$/.test(String(value)),
  STRICT_JSON_OUTPUT: oneOf([true, false]),
  WEEK_START: oneOf([0, 1, 2, 3, 4, 5, 6, 7]),
  WEEK_OF_YEAR_POLICY: oneOf([0, 1]),
  // Fewer rows than the policy lets pass, never more; 0 for no such wish.
  ROWS_PER_RESULTSET: value => /^\d{1,10}$/.test(String(value)),
}

/** What is taken without effect: what clients say of themselves or see to themselves (QUERY_TIMEOUT), and limits, which the policy sets. */
const withoutEffect =
  /^(?:_SNOWFLAKE\.INTERNAL\.\w+|CLIENT_\w+|(?:JDBC|ODBC|GO|PYTHON|C_API|JS)_\w+|USE_CACHED_RESULT|ABORT_DETACHED_QUERY|QUERY_TIMEOUT|STATEMENT_TIMEOUT_IN_SECONDS|STATEMENT_QUEUED_TIMEOUT_IN_SECONDS|_PLAN_UUID|NEW_SQL_FORMAT)$/

/** What a client asked for, sorted out. */
export interface AskedParameters {
  readonly kept: Parameters
  /** The client's QUERY_TAG: its own words about what it does. Empty: it says nothing any more. */
  readonly purpose?: string
  readonly autocommit?: boolean
  readonly resultFormat?: ResultFormat
  /** How many statements a text holds; 0 for any number. */
  readonly statementCount?: number
}

/** Rejects what is not allowed by name: a parameter that were dropped silently would change what the agent believes it did. */
export function askedParameters(asked: unknown): AskedParameters {
  const found: Record<string, ParameterValue> = {}
  let purpose: string | undefined
  let autocommit: boolean | undefined
  let resultFormat: ResultFormat | undefined
  let statementCount: number | undefined
  for (const [given, value] of Object.entries(recordOf(asked))) {
    const name = given.toUpperCase()
    if (value === null) continue
    if (choosesFormat(name)) {
      resultFormat = formatOf(value)
      if (!resultFormat) throw unsupportedHere(`${shown(name)} is JSON or ARROW.`)
      continue
    }
    if (withoutEffect.test(name)) continue
    if (!isParameterValue(value)) throw unsupportedHere(`Parameter ${shown(name)} has no plain value.`)
    if (name === 'QUERY_TAG') purpose = String(value).slice(0, 2000)
    else if (name === 'AUTOCOMMIT') autocommit = /^(?:true|1|on)$/i.test(String(value))
    else if (name === 'MULTI_STATEMENT_COUNT') statementCount = statementCountOf(value)
    else if (kept[name]?.(value)) found[name] = value
    else throw unsupportedHere(`Parameter ${shown(name)} cannot be set to that through this gateway.`)
  }
  return {
    kept: found,
    ...(purpose === undefined ? {} : { purpose }),
    ...(autocommit === undefined ? {} : { autocommit }),
    ...(resultFormat ? { resultFormat } : {}),
    ...(statementCount === undefined ? {} : { statementCount }),
  }
}

function recordOf(asked: unknown): Readonly<Record<string, unknown>> {
  if (asked === undefined || asked === null || asked === '') return {}
  if (typeof asked === 'object' && !Array.isArray(asked)) return asked as Readonly<Record<string, unknown>>
  throw unsupportedHere('The parameters are no object.')
}

function isParameterValue(value: unknown): value is ParameterValue {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

function statementCountOf(value: ParameterValue): number {
  if (/^\d{1,3}$/.test(String(value))) return Number(value)
  throw unsupportedHere('MULTI_STATEMENT_COUNT is a number of statements; 0 for any.')
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 64))
}

/** What drivers are told at login and with each answer. Values that keep them from uploading binds and sending telemetry. */
const told: Parameters = {
  ...usualParameters,
  CLIENT_SESSION_KEEP_ALIVE: false,
  CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY: 3600,
  // Beyond it drivers upload bind values to a stage, with credentials for it.
  CLIENT_STAGE_ARRAY_BINDING_THRESHOLD: 2_147_483_647,
  CLIENT_PREFETCH_THREADS: 4,
  CLIENT_RESULT_CHUNK_SIZE: 16,
  CLIENT_MEMORY_LIMIT: 1536,
  CLIENT_TELEMETRY_ENABLED: false,
  CLIENT_DISABLE_INCIDENTS: true,
  CLIENT_VALIDATE_DEFAULT_PARAMETERS: false,
  CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX: false,
  CLIENT_RESULT_COLUMN_CASE_INSENSITIVE: false,
  CLIENT_HONOR_CLIENT_TZ_FOR_TIMESTAMP_NTZ: true,
  CLIENT_TIMESTAMP_TYPE_MAPPING: 'TIMESTAMP_LTZ',
  JDBC_TREAT_DECIMAL_AS_INT: true,
  JDBC_ENABLE_PUT_GET: false,
  QUERY_CONTEXT_CACHE_SIZE: 0,
  SERVICE_NAME: '',
  ENABLE_STAGE_S3_PRIVATELINK_FOR_US_EAST_1: false,
}

/** What a session's driver is to take for its parameters. */
export function toldParameters({
  parameters,
  transaction,
}: Pick<DriverContext, 'parameters' | 'transaction'>): { readonly name: string; readonly value: ParameterValue }[] {
  const all = { AUTOCOMMIT: !transaction?.always, ...told, ...parameters }
  return Object.entries(all).map(([name, value]) => ({ name, value }))
}
