import { parentPort } from 'node:worker_threads'
import bigquery from 'node-sql-parser/build/bigquery.js'
import snowflake from 'node-sql-parser/build/snowflake.js'
import type { Dialect } from '../statement.ts'
import type { Opinion } from './veto.ts'

/** Runs in a worker thread of its own: this parser takes exponential time on some texts. */
const parsers = { snowflake: new snowflake.Parser(), bigquery: new bigquery.Parser() }

function opinion(text: string, dialect: Dialect): Opinion {
  try {
    const { tableList, ast } = parsers[dialect].parse(text, { database: dialect })
    const statements = Array.isArray(ast) ? ast : [ast]
    return { tables: tableList, kinds: statements.map(statement => String(statement?.type)) }
  } catch {
    // What it cannot read counts for nothing.
    return { tables: [], kinds: [] }
  }
}

// The first parse of a grammar is slow; it must not count against the first text's deadline.
for (const dialect of ['snowflake', 'bigquery'] as const) opinion('select a, count(*) from t group by a', dialect)

parentPort?.on('message', ({ id, request }: { id: number; request: { text: string; dialect: Dialect } }) => {
  parentPort?.postMessage({ id, result: opinion(request.text, request.dialect), bytes: 0 })
})
parentPort?.postMessage({ ready: true })
