import { GoogleError } from '../google/google-error.ts'
import { type Engine, notFound, type Weight } from './engine.ts'
import { type TableName, type TranslatedStatement, translate, unique } from './google-sql.ts'
import { invalidQuery } from './google-sql-tokens.ts'
import type { Permissions } from './permissions.ts'
import type { QueryParameter } from './query-parameters.ts'
import type { Field } from './schema.ts'
import type { LakeSession } from './sessions.ts'
import { defineWildcards } from './wildcard-tables.ts'

/** `configuration.query` of a job, as far as the stand-in reads it. */
export interface QueryConfiguration {
  readonly query: string
  readonly useLegacySql?: boolean
  readonly defaultDataset?: { readonly projectId?: string; readonly datasetId: string }
  readonly queryParameters?: readonly QueryParameter[]
  readonly maximumBytesBilled?: string
  readonly createSession?: boolean
  readonly connectionProperties?: readonly { readonly key: string; readonly value: string }[]
  readonly destinationTable?: { readonly projectId: string; readonly datasetId: string; readonly tableId: string }
}

/** What BigQuery knows about a query before it runs. */
export interface QueryPlan {
  readonly statements: readonly TranslatedStatement[]
  readonly statementType: string
  readonly schema: readonly Field[] | undefined
  readonly referencedTables: readonly TableName[]
  readonly target: TableName | undefined
  readonly bytes: number
  readonly accuracy: Weight['accuracy']
}

const widths: Readonly<Record<string, number>> = { BOOLEAN: 1, STRING: 12, BYTES: 12, NUMERIC: 16, BIGNUMERIC: 32 }
const minimumBilledBytes = 10 * 1024 * 1024

/** Parses, resolves and authorises, in the order of the real service; throws its refusals. */
export async function planQuery(
  configuration: QueryConfiguration,
  principal: string,
  engine: Engine,
  permissions: Permissions,
  session?: LakeSession,
): Promise<QueryPlan> {
  const { query, useLegacySql = true, defaultDataset, queryParameters = [], maximumBytesBilled } = configuration
  if (useLegacySql || /^\s*#legacysql\b/i.test(query)) {
    throw invalidQuery('Legacy SQL is not known to this stand-in: set useLegacySql to false.')
  }
  await defineWildcards(query, engine, defaultDataset?.datasetId)
  const statements = translate(query, {
    project: engine.project,
    defaultDataset: defaultDataset?.datasetId,
    parameters: queryParameters,
    snapshots: engine.snapshots,
    session: session && { dataset: session.dataset, tables: await engine.tables(session.dataset) },
  })
  for (const statement of statements) await authorize(statement, principal, engine, permissions)
  const { destinationTable: into } = configuration
  if (into) {
    const table = { project: into.projectId, dataset: into.datasetId, table: into.tableId }
    permissions.demandWrite(principal, table, 'CREATE_TABLE')
  }
  const [only] = statements.length === 1 ? statements : []
  // A later statement of a script may need what an earlier one makes.
  const schema = only && (await engine.describe(only))
  const scanned = only?.type === 'SELECT' ? await engine.scanned(only) : []
  const { bytes, accuracy } = await weightOf(statements, engine)
  if (maximumBytesBilled !== undefined && billed(bytes) > Number(maximumBytesBilled)) {
    throw new GoogleError(
      400,
      `Query exceeded limit for bytes billed: ${maximumBytesBilled}. ${billed(bytes)} or higher required.`,
      'bytesBilledLimitExceeded',
    )
  }
  return {
    statements,
    statementType: only?.type ?? 'SCRIPT',
    schema,
    referencedTables: unique([...statements.flatMap(({ reads }) => reads), ...scanned]),
    target: only?.writes,
    bytes,
    accuracy,
  }
}

/** On-demand billing: 10 MiB at least, in whole MiB; nothing for nothing. */
export function billed(bytes: number): number {
  if (bytes === 0) return 0
  return Math.max(minimumBilledBytes, Math.ceil(bytes / 1024 ** 2) * 1024 ** 2)
}

/** Logical bytes of columns of a table, by fixed widths. */
export function logicalBytes(
  schema: readonly Field[],
  rows: number,
  words: ReadonlySet<string> = new Set(['*']),
): number {
  const read = schema.filter(field => words.has('*') || words.has(field.name.toLowerCase()))
  return rows * read.reduce((sum, field) => sum + (widths[field.type] ?? 8), 0)
}

async function authorize(
  { type, reads, writes, ifExists }: TranslatedStatement,
  principal: string,
  engine: Engine,
  permissions: Permissions,
): Promise<void> {
  for (const table of reads) {
    permissions.demandRead(principal, table)
    if (!(await engine.has(table))) throw notFound(table)
  }
  if (!writes) return
  permissions.demandWrite(principal, writes, type)
  const mustExist = !type.startsWith('CREATE') && !type.endsWith('_SCHEMA') && type !== 'LOAD_DATA' && !ifExists
  if (mustExist && !(await engine.has(writes))) throw notFound(writes)
}

async function weightOf(statements: readonly TranslatedStatement[], engine: Engine): Promise<Weight> {
  let bytes = 0
  let accuracy: Weight['accuracy'] = 'PRECISE'
  for (const { reads, words } of statements) {
    for (const name of reads) {
      const { schema, rows } = await engine.extent(name)
      const said = engine.weights.get(`${name.dataset}.${name.table}`)
      bytes += said?.bytes ?? logicalBytes(schema, rows, words)
      if (said) accuracy = said.accuracy
    }
  }
  return { bytes, accuracy }
}
