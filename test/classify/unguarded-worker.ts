import { parentPort } from 'node:worker_threads'
import { startParsers } from '#src/classify/parsers.ts'

/** A worker without the gate: parses whatever it is given, so that a test can trap the parser or keep it busy. */
const parsers = await startParsers()

parentPort?.on(
  'message',
  ({ id, request }: { id: number; request: { sql?: string; spin?: true; exit?: true; bytes?: number } }) => {
    if (request.exit) process.exit(1)
    while (request.spin) Math.random()
    try {
      const statements = parsers.first(request.sql ?? 'select 1', 'snowflake').length
      parentPort?.postMessage({ id, result: statements, bytes: request.bytes ?? 0 })
    } catch (error) {
      const refused = error instanceof Error && error.name === 'ParserError'
      parentPort?.postMessage(refused ? { id, result: 0, bytes: 0 } : { id, failed: String(error) })
    }
  },
)
parentPort?.postMessage({ ready: true })
