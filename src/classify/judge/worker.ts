import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { judge } from './judge.ts'
import { startParsers } from './parsers.ts'
import { spentMs } from './spent-ms.ts'
import type { JudgeInput } from './statement-verdict.ts'
import { warmUp } from './warm-up.ts'

/** Runs in a worker thread: judges one text at a time. An error that is no refusal of a parser ends the thread's use. */
const parsers = await startParsers()

warmUp(workerData, (sql, dialect) => judge(parsers, { sql, dialect, context: {}, catalog: new Map() }))

parentPort?.on('message', ({ request }: { request: JudgeInput }) => {
  try {
    const result = judge(parsers, request)
    const { used_heap_size: heap, external_memory: external } = getHeapStatistics()
    parentPort?.postMessage({ result, bytes: heap + external, spentMs: spentMs() })
  } catch (error) {
    parentPort?.postMessage({ failed: error instanceof Error ? error.message : String(error) })
  }
})
parentPort?.postMessage({ ready: true, spentMs: spentMs() })
