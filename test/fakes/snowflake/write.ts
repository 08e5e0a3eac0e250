import type { DuckDBMaterializedResult } from '@duckdb/node-api'
import { quotedTable } from './database.ts'
import { type Running, requireAccess } from './query.ts'
import { plainResult, type Result, statementType, statusResult, type WriteCounts } from './result.ts'
import { fullName, parseStatement, type TableName } from './roles.ts'
import { missingObject, syntaxError } from './snowflake-error.ts'
import { namePattern } from './sql-text.ts'
import { toDuckDb, travel } from './translate.ts'

type Verb = 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE' | 'TRUNCATE'

const target = new RegExp(
  `^(?:INSERT\\s+(OVERWRITE\\s+)?INTO|UPDATE|DELETE\\s+FROM|MERGE\\s+INTO|TRUNCATE(?:\\s+TABLE)?(?:\\s+IF\\s+EXISTS)?)\\s+(${namePattern})`,
)

const none: WriteCounts = { numRowsInserted: 0, numRowsUpdated: 0, numRowsDeleted: 0, numDmlDuplicates: 0 }

/** Adds up what MERGE did from its RETURNING clause. */
function mergeCounts(data: DuckDBMaterializedResult): WriteCounts {
  const counts = { INSERT: 0, UPDATE: 0, DELETE: 0 }
  for (let vector = 0; vector < data.chunkCount; vector++) {
    for (const action of data.getChunk(vector).getColumnValues(0)) {
      if (action === 'INSERT' || action === 'UPDATE' || action === 'DELETE') counts[action]++
    }
  }
  return { ...none, numRowsInserted: counts.INSERT, numRowsUpdated: counts.UPDATE, numRowsDeleted: counts.DELETE }
}

async function execute(verb: Verb, running: Running, overwritten: TableName | undefined): Promise<WriteCounts> {
  const { connection } = running.session
  const sql = toDuckDb(travel(running.sql.replace(/^INSERT\s+OVERWRITE\b/, 'INSERT'), running.session))
  if (overwritten !== undefined) await connection.run(`DELETE FROM ${quotedTable(overwritten)}`)
  let counts = none
  for (const row of running.values) {
    const data = await connection.run(verb === 'MERGE' ? `${sql} RETURNING merge_action` : sql, [...row])
    if (verb === 'MERGE') return mergeCounts(data)
    if (verb === 'INSERT') counts = { ...none, numRowsInserted: counts.numRowsInserted + data.rowsChanged }
    if (verb === 'UPDATE') counts = { ...none, numRowsUpdated: counts.numRowsUpdated + data.rowsChanged }
    if (verb === 'DELETE') counts = { ...none, numRowsDeleted: counts.numRowsDeleted + data.rowsChanged }
  }
  return counts
}

/** The columns of counts that Snowflake answers a write with. */
function countColumns(verb: Verb, sql: string, counts: WriteCounts): readonly string[] {
  const inserted = `${counts.numRowsInserted} AS "number of rows inserted"`
  const updated = `${counts.numRowsUpdated} AS "number of rows updated"`
  const deleted = `${counts.numRowsDeleted} AS "number of rows deleted"`
  if (verb === 'INSERT') return [inserted]
  if (verb === 'UPDATE') return [updated, '0 AS "number of multi-joined rows updated"']
  if (verb === 'DELETE') return [deleted]
  const actions = [
    [/\bTHEN\s+INSERT\b/, inserted],
    [/\bTHEN\s+UPDATE\b/, updated],
    [/\bTHEN\s+DELETE\b/, deleted],
  ] as const
  return actions.filter(([clause]) => clause.test(sql)).map(([, column]) => column)
}

/** INSERT, UPDATE, DELETE, MERGE and TRUNCATE. The table is kept as it was, for Time Travel. */
export async function runWrite(running: Running): Promise<Result> {
  const { session, database, sql, queryId } = running
  const match = target.exec(sql)
  const verb = /^\w+/.exec(sql)?.[0] as Verb
  if (match?.[2] === undefined) throw syntaxError(`syntax error line 1 at position 0 unexpected '${verb}'.`)
  const name = session.resolve(match[2])
  await requireAccess(running, parseStatement(sql), { name, need: 'write' })
  const found = await database.find(name, session.connection, session.isTemporary(name))
  if (!found || (await database.isView(name, session.connection))) throw missingObject('Table', fullName(name))
  const type = verb === 'TRUNCATE' ? statementType.definition : statementType[verb.toLowerCase() as 'insert']
  let counts = none
  if (!running.describeOnly) {
    const overwritten = match[1] === undefined ? undefined : name
    let kept: Promise<void> | undefined
    const write = async () => {
      kept ??= session.isTemporary(name) ? Promise.resolve() : database.keep(queryId, name)
      await kept
      return execute(verb, running, overwritten)
    }
    // A transaction keeps its place until it ends: waiting in line for it could wait forever.
    const alone = !session.inTransaction && session.parameters.get('AUTOCOMMIT') !== false
    counts = alone ? await database.exclusively(write) : await session.writing(write)
  }
  if (verb === 'TRUNCATE') return statusResult(session.connection, type)
  const columns = countColumns(verb, sql, counts)
  const result = await plainResult(
    session.connection,
    `SELECT ${columns.join(', ')} ${running.describeOnly ? 'LIMIT 0' : ''}`,
    type,
  )
  return { ...result, counts }
}
