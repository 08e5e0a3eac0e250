import { literal } from './database.ts'
import { type Running, requireAccess } from './query.ts'
import { plainResult, type Result, statementType } from './result.ts'
import { parseStatement } from './roles.ts'
import { syntaxError, unsupported } from './snowflake-error.ts'
import { namePattern } from './sql-text.ts'
import { toDuckDb, travel } from './translate.ts'

interface PlanNode {
  readonly name: string
  readonly children: readonly PlanNode[]
  readonly extra_info: { readonly Table?: string; readonly Projections?: string | readonly string[] }
}

/** A micro-partition of Snowflake holds 50 to 500 MB before compression; about 16 MB after it. */
const partitionBytes = 16 * 1024 * 1024

/** The plan's scans as Snowflake shows them: base tables behind views, and the columns read from each. */
async function operationsOf(
  plan: readonly PlanNode[],
  { database, session }: Running,
): Promise<readonly Record<string, unknown>[]> {
  const operations: Record<string, unknown>[] = [{ id: 0, operation: 'Result', expressions: [] }]
  const visit = async (node: PlanNode, parent: number): Promise<void> => {
    const id = operations.length
    const { Table: table, Projections: projections = [] } = node.extra_info
    if (table === undefined) {
      operations.push({ id, parentOperators: [parent], operation: operationName(node.name) })
    } else {
      const { bytes } = await database.size(table)
      const partitions = Math.max(1, Math.ceil(bytes / partitionBytes))
      operations.push({
        id,
        parentOperators: [parent],
        operation: 'TableScan',
        objects: [session.fullNameOf(table)],
        expressions: [projections].flat().filter(column => column !== ''),
        partitionsTotal: partitions,
        partitionsAssigned: partitions,
        bytesAssigned: bytes,
      })
    }
    for (const child of node.children) await visit(child, id)
  }
  for (const node of plan) await visit(node, 0)
  return operations
}

const operationName = (duckDbName: string) =>
  duckDbName
    .trim()
    .toLowerCase()
    .replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())

const sum = (operations: readonly Record<string, unknown>[], key: string) =>
  operations.reduce((total, operation) => total + Number(operation[key] ?? 0), 0)

const otherStatements =
  /^(?:CREATE|ALTER|DROP|UNDROP|TRUNCATE|GRANT|REVOKE|COPY|CALL|EXECUTE|SHOW|DESC|DESCRIBE|USE|BEGIN)$/i

/** `EXPLAIN USING JSON`: one cell, by DuckDB's optimized plan. Needs the rights of the explained statement. */
export async function runExplain(running: Running): Promise<Result> {
  const { session, sql } = running
  const [, statement] = /^EXPLAIN\s+(?:USING\s+JSON\s+)?(.+)$/s.exec(sql) ?? []
  if (statement === undefined || /^EXPLAIN\s+USING\s+(?!JSON)/.test(sql)) throw unsupported('EXPLAIN in this format')
  if (!/^(?:SELECT|WITH|\(|INSERT|UPDATE|DELETE|MERGE|CREATE\s+(?:OR\s+REPLACE\s+)?TABLE)/.test(statement)) {
    const [word = ''] = statement.split(/\s+/)
    if (otherStatements.test(word)) throw unsupported(`EXPLAIN ${word}`)
    throw syntaxError(`syntax error line 1 at position ${sql.indexOf(word)} unexpected '${word}'.`)
  }
  if (/\bIDENTIFIER\s*\(\s*\?/.test(statement)) throw unsupported('EXPLAIN of a table that a value names')
  await requireAccess(
    running,
    parseStatement(statement.replace(/^CREATE\b.*?\bAS\b/s, '')),
    writeTarget(running, statement),
  )
  const reader = await session.connection.runAndReadAll(
    `EXPLAIN (FORMAT JSON) ${toDuckDb(travel(statement, session))}`,
    [...(running.values[0] ?? [])],
  )
  const plan = JSON.parse(String(reader.getRowsJS()[0]?.[1] ?? '[]')) as readonly PlanNode[]
  const operations = await operationsOf(plan, running)
  const global = {
    partitionsTotal: sum(operations, 'partitionsTotal'),
    partitionsAssigned: sum(operations, 'partitionsAssigned'),
    bytesAssigned: sum(operations, 'bytesAssigned'),
  }
  const text = JSON.stringify({ GlobalStats: global, Operations: [operations] })
  return plainResult(session.connection, `SELECT ${literal(text)} AS "content"`, statementType.select)
}

function writeTarget({ session }: Running, statement: string) {
  const [, text] =
    new RegExp(`^(?:INSERT\\s+(?:OVERWRITE\\s+)?INTO|UPDATE|DELETE\\s+FROM|MERGE\\s+INTO)\\s+(${namePattern})`).exec(
      statement,
    ) ?? []
  return text === undefined ? undefined : { name: session.resolve(text), need: 'write' as const }
}
