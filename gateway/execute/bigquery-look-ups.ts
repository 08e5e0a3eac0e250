import { randomUUID } from 'node:crypto'
import type { Classification } from '#src/classify/classification.ts'
import type { BigQueryConnection } from '#src/config/config.ts'
import type { Estimate } from '#src/decide/decision.ts'
import { GatewayError } from '#src/errors.ts'
import { pageCells } from '#src/execute/page-cells.ts'
import type { Column } from '#src/execute/warehouse.ts'
import { NotCompiled, quotesOnly } from '#src/not-compiled.ts'
import type { Statement } from '#src/statement.ts'
import { type BigQueryApi, BigQueryFailure, isObject, type Json, type OpenApi } from './bigquery-api.ts'
import { getTable } from './bigquery-catalog.ts'
import { bigqueryColumn, schemaFields } from './bigquery-column.ts'
import { awaitJob, insertOrAttach, jobFailure, jobPages } from './bigquery-job.ts'
import { countSqlFor } from './count-sql.ts'
import { queryConfiguration } from './query-configuration.ts'
import { Unanswered } from './until-answered.ts'
import { asReader, type ReaderCredentials } from './warehouse-sessions.ts'

const countBytes = 1024 ** 3
const countMilliseconds = 10_000

interface Look {
  readonly open: OpenApi
  readonly reader: ReaderCredentials
}

/** A dry run by the reader role: BigQuery's own price, and its own list of the tables that would be read. */
export async function bigqueryEstimate(
  connection: BigQueryConnection,
  { open, reader }: Look,
  statement: Statement,
  classification: Classification,
): Promise<Estimate> {
  if (classification.statements !== 1) return {}
  return asReader(reader, async credential => {
    const api = open(credential)
    const statistics = await dryRun(api, connection, statement)
    const plan = statistics ? readStatistics(statistics, connection, classification) : {}
    return { ...plan, ...(await count(api, connection, statement, classification).catch(() => ({}))) }
  })
}

/** The columns of a query, as a dry run by the reader role has them. */
export async function bigqueryDescribe(
  connection: BigQueryConnection,
  { open, reader }: Look,
  statement: Statement,
): Promise<readonly Column[]> {
  return asReader(reader, async credential => {
    const query = (await dryRun(open(credential), connection, statement))?.query
    if (isObject(query) && isObject(query.schema)) return schemaFields(query.schema).map(bigqueryColumn)
    throw new GatewayError('not_permitted', { message: 'BigQuery does not say what the statement would answer with.' })
  })
}

/** `statistics` of a job that is only looked at; nothing where BigQuery says nothing of it, which is not that it reads nothing. */
async function dryRun(
  api: BigQueryApi,
  connection: BigQueryConnection,
  statement: Statement,
): Promise<Json | undefined> {
  const { location } = connection
  const body = {
    ...(location ? { jobReference: { projectId: connection.project, location } } : {}),
    configuration: { dryRun: true, query: queryConfiguration(connection, statement, statement.sql) },
  }
  try {
    const { statistics } = await api.call('POST', 'jobs', { body })
    return isObject(statistics) && isObject(statistics.query) ? statistics : undefined
  } catch (error) {
    // 400 is about the statement, 404 about what it names; anything else is about the reader or the service.
    if (error instanceof Unanswered) return undefined
    if (!(error instanceof BigQueryFailure)) throw error
    const { status, reason, message } = error
    if (status === 400 && saidElsewhere.test(message)) return undefined
    if (status === 400 && reason === 'invalidQuery') throw notCompiled(statement.sql, message)
    if (status === 400) throw jobFailure(reason, message, status)
    if (status === 404) throw notThere(error)
    return undefined
  }
}

/** Said of rights, or by another database (what `EXTERNAL_QUERY` of a view comes to): another time, or for another account, it may run. */
const saidElsewhere = /\bEXTERNAL_QUERY\b|\bAccess Denied\b|\bdoes not have\b.*\bpermission\b|\bPermission denied\b/i

function notCompiled(sql: string, message: string): NotCompiled {
  const detail = 'BigQuery 400 invalidQuery'
  const [, name] = /^(?:Table-valued f|F)unction not found: ([^\s;]+)/.exec(message) ?? []
  if (name !== undefined) {
    // One that is meant instead is another's name.
    const said = message.replace(/; Did you mean [^?]*\?/, '')
    const fault = { about: 'function', functions: [name.replaceAll('`', '')] } as const
    return new NotCompiled(fault, { detail, ...(quotesOnly(sql, said) ? { message: said } : {}) })
  }
  const about = /^Syntax error: /.test(message) ? 'syntax' : 'names'
  // What is said of columns is held back later, where it has to be.
  return new NotCompiled({ about }, { detail, ...(about === 'names' || quotesOnly(sql, message) ? { message } : {}) })
}

/** BigQuery says 403 of what is there and not for the reader, so this is not there for anybody. */
function notThere({ reason, message }: BigQueryFailure): NotCompiled {
  const [, name = ''] = /^Not found: (?:Table|Dataset) (\S+) was not found in location \S+$/.exec(message) ?? []
  const { warehouse } = jobFailure(reason, message)
  return new NotCompiled({ about: 'object', object: name.replace(':', '.') }, { message, warehouse })
}

/** A dry run of which nothing but its refusal is wanted. */
export async function bigqueryCompile(
  connection: BigQueryConnection,
  { open, reader }: Look,
  statement: Statement,
): Promise<void> {
  await asReader(reader, credential => dryRun(open(credential), connection, statement))
}

/** On-demand price of a TiB, US dollars. */
const listPrice = 6.25

export function priceOfScan({ pricePerTiB = listPrice }: BigQueryConnection, bytes: number): number {
  return (bytes / 1024 ** 4) * pricePerTiB
}

/**
 * Of more tables than this the list has not all, by the API's own words (its description of 2024; later ones say nothing). A list that
 * may have been cut says nothing of what is behind its end, or fifty tables beside a hidden one would hide it.
 */
const tablesNamed = 50
const guesses = new Set(['LOWER_BOUND', 'UNKNOWN'])

function readStatistics(statistics: Json, connection: BigQueryConnection, classification: Classification): Estimate {
  const query = isObject(statistics.query) ? statistics.query : {}
  const bytes = Number(query.totalBytesProcessed ?? statistics.totalBytesProcessed ?? Number.NaN)
  const tables = referencedTables(statistics, classification)
  // Of tables outside BigQuery it says only that it is more, often more than nothing.
  const known = Number.isFinite(bytes) && !guesses.has(String(query.totalBytesProcessedAccuracy))
  const priced = known ? { bytes, cost: priceOfScan(connection, bytes) } : {}
  return { ...(tables ? { tables } : {}), ...priced }
}

/** Tables that a dry run names; nothing where it says nothing, or may not have said all. */
export function referencedTables(statistics: unknown, { reads }: Classification): readonly string[] | undefined {
  const query = isObject(statistics) ? statistics.query : undefined
  if (!isObject(query)) return undefined
  const tables = (Array.isArray(query.referencedTables) ? query.referencedTables : []).filter(isObject).map(tableName)
  return tables.length > tablesNamed || Math.max(tables.length, reads.length) < tablesNamed ? tables : undefined
}

function tableName({ projectId, datasetId, tableId }: Json): string {
  return `${projectId}.${datasetId}.${tableId}`
}

/** Counts what a DELETE or UPDATE would touch, for at most ten seconds and one GiB. */
async function count(
  api: BigQueryApi,
  connection: BigQueryConnection,
  statement: Statement,
  classification: Classification,
): Promise<Estimate> {
  const { writes } = classification
  const countSql = countSqlFor(statement, classification)
  if (!countSql) return {}
  const place = { id: `qw_count_${randomUUID()}`, location: connection.location }
  await insertOrAttach(api, place, {
    jobReference: {
      projectId: connection.project,
      jobId: place.id,
      ...(place.location ? { location: place.location } : {}),
    },
    configuration: {
      jobTimeoutMs: String(countMilliseconds),
      query: { ...queryConfiguration(connection, statement, countSql), maximumBytesBilled: String(countBytes) },
    },
  })
  const results = await awaitJob(api, place, AbortSignal.timeout(countMilliseconds))
  const counted = await jobPages(api, place, results).next()
  const columns = schemaFields(results.answer.schema).map(bigqueryColumn)
  const rows = Number(counted.done ? Number.NaN : pageCells(counted.value, columns)[0]?.[0])
  if (!Number.isSafeInteger(rows)) return {}
  const table = await getTable(api, connection, writes[0] ?? '').catch(() => undefined)
  const tableRows = Number(table?.numRows ?? Number.NaN)
  return { rows, counted: true, ...(Number.isSafeInteger(tableRows) ? { tableRows } : {}) }
}
