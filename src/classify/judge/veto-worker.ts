import { parentPort, workerData } from 'node:worker_threads'
import bigquery from 'node-sql-parser/build/bigquery.js'
import snowflake from 'node-sql-parser/build/snowflake.js'
import { LruCache } from '../../lru-cache.ts'
import type { Dialect } from '../../statement.ts'
import { canonicalText, gate } from '../gate.ts'
import { withoutPlainParts } from '../text/without-plain-parts.ts'
import { spentMs } from './spent-ms.ts'
import { isWorthAsking, noOpinion, type Opinion, unexplained } from './veto.ts'
import { warmUp } from './warm-up.ts'

/** Runs in a worker thread of its own: this parser takes exponential time on some texts. */
const parsers = { snowflake: new snowflake.Parser(), bigquery: new bigquery.Parser() }

function opinion(sql: string, dialect: Dialect, read = parsed): Opinion {
  const passage = gate(sql, dialect)
  const statement = passage.passed && passage.statements.length === 1 ? passage.statements[0] : undefined
  if (statement === undefined || !isWorthAsking(statement, dialect)) return noOpinion
  const { tables, kinds } = read(canonicalText(withoutPlainParts(statement.tokens)), dialect)
  return { tables: unexplained(statement, tables), kinds }
}

/** What the parser made of texts, by exactly what it was shown of them. */
const known = { snowflake: new LruCache<Opinion>(500), bigquery: new LruCache<Opinion>(500) }

function parsed(text: string, dialect: Dialect): Opinion {
  const before = known[dialect].get(text)
  if (before) return before
  const opinion = parse(text, dialect)
  known[dialect].set(text, opinion)
  return opinion
}

function parse(text: string, dialect: Dialect): Opinion {
  try {
    const { tableList, ast } = parsers[dialect].parse(text, { database: dialect })
    const statements = Array.isArray(ast) ? ast : [ast]
    return { tables: tableList, kinds: statements.map(one => String(one?.type)) }
  } catch {
    // What it cannot read counts for nothing.
    return noOpinion
  }
}

// What is remembered would leave the parser cold.
warmUp(workerData, (sql, dialect) => opinion(sql, dialect, parse))

parentPort?.on('message', ({ request }: { request: { sql: string; dialect: Dialect } }) => {
  parentPort?.postMessage({ result: opinion(request.sql, request.dialect), spentMs: spentMs() })
})
parentPort?.postMessage({ ready: true, spentMs: spentMs() })
