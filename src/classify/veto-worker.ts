import { parentPort, workerData } from 'node:worker_threads'
import bigquery from 'node-sql-parser/build/bigquery.js'
import snowflake from 'node-sql-parser/build/snowflake.js'
import type { Dialect } from '../statement.ts'
import { canonicalText, gate } from './gate.ts'
import { spentMs } from './spent-ms.ts'
import { isWorthAsking, noOpinion, type Opinion, unexplained } from './veto.ts'
import { warmUp } from './warm-up.ts'
import { withoutPlainParts } from './without-plain-parts.ts'

/** Runs in a worker thread of its own: this parser takes exponential time on some texts. */
const parsers = { snowflake: new snowflake.Parser(), bigquery: new bigquery.Parser() }

function opinion(sql: string, dialect: Dialect): Opinion {
  const passage = gate(sql, dialect)
  const statement = passage.passed && passage.statements.length === 1 ? passage.statements[0] : undefined
  if (statement === undefined || !isWorthAsking(statement, dialect)) return noOpinion
  try {
    const { tableList, ast } = parsers[dialect].parse(canonicalText(withoutPlainParts(statement.tokens)), {
      database: dialect,
    })
    const statements = Array.isArray(ast) ? ast : [ast]
    return {
      tables: unexplained(statement, tableList),
      kinds: statements.map(one => String(one?.type)),
    }
  } catch {
    // What it cannot read counts for nothing.
    return noOpinion
  }
}

warmUp(workerData, opinion)

parentPort?.on('message', ({ request }: { request: { sql: string; dialect: Dialect } }) => {
  parentPort?.postMessage({ result: opinion(request.sql, request.dialect), spentMs: spentMs() })
})
parentPort?.postMessage({ ready: true, spentMs: spentMs() })
