import { parentPort } from 'node:worker_threads'
import { startParsers } from '#src/classify/judge/parsers.ts'
import { spentMs } from '#src/classify/judge/spent-ms.ts'

/** A worker without the gate: parses whatever it is given, so that a test can trap the parser, keep it busy or hold it up. */
const parsers = await startParsers()

parentPort?.on(
  'message',
  ({ request }: { request: { sql?: string; spin?: true; sleepMs?: number; exit?: true; bytes?: number } }) => {
    if (request.exit) process.exit(1)
    while (request.spin) Math.random()
    if (request.sleepMs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, request.sleepMs)
    try {
      const statements = parsers.first(request.sql ?? 'select 1', 'snowflake').length
      parentPort?.postMessage({ result: statements, bytes: request.bytes ?? 0, spentMs: spentMs() })
    } catch (error) {
      const refused = error instanceof Error && error.name === 'ParserError'
      parentPort?.postMessage(refused ? { result: 0, bytes: 0, spentMs: spentMs() } : { failed: String(error) })
    }
  },
)
parentPort?.postMessage({ ready: true, spentMs: spentMs() })
