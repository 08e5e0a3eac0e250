import { Worker } from 'node:worker_threads'
import { GatewayError } from '../errors.ts'
import type { RecordOperations } from './sqlite-record-operations.ts'
import type { Answer, Call } from './sqlite-record-worker.ts'

const answerMilliseconds = 9_000
const watchMilliseconds = 500
/** Calls that may wait; past that the disk is not keeping up, and more would only fill the memory. */
const maxWaiting = 20_000

interface Waiting {
  /** Milliseconds of `performance.now`. */
  readonly since: number
  resolve(value: unknown): void
  reject(error: GatewayError): void
}

/** The near end of `sqlite-record-worker.ts`. A thread that died is started again by the next call. */
export class SqliteRecordThread {
  readonly #start: () => Worker
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #ready: Promise<void> | undefined
  #outgoing: Call[] = []
  #lastId = 0
  #closed = false

  constructor(path: string, role: 'writer' | 'reader') {
    const script = new URL('./sqlite-record-worker.ts', import.meta.url)
    this.#start = () => new Worker(script, { workerData: { path, role }, name: `record ${role}` })
  }

  /** Resolves when the file is open; rejects with `record_unavailable` where it cannot be opened. */
  ready(): Promise<void> {
    this.#worker ??= this.#launch()
    return this.#ready ?? Promise.reject(unavailable('not started'))
  }

  call<Name extends keyof RecordOperations>(
    name: Name,
    ...values: Parameters<RecordOperations[Name]>
  ): Promise<ReturnType<RecordOperations[Name]>> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(unavailable('the record store is closed'))
      if (this.#waiting.size >= maxWaiting) return reject(unavailable('too many writes wait'))
      const id = ++this.#lastId
      const settle = (value: unknown) => resolve(value as ReturnType<RecordOperations[Name]>)
      this.#waiting.set(id, { since: performance.now(), resolve: settle, reject })
      if (this.#outgoing.push({ id, name, values }) === 1) queueMicrotask(() => this.#send())
    })
  }

  /** Finishes what was called before. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const worker = this.#worker
    if (!worker) return
    await new Promise<void>(resolve => {
      const deadline = setTimeout(() => worker.terminate(), answerMilliseconds)
      worker.once('exit', () => {
        clearTimeout(deadline)
        resolve()
      })
      worker.ref()
      queueMicrotask(() => worker.postMessage('close'))
    })
  }

  #send(): void {
    const batch = this.#outgoing
    this.#outgoing = []
    this.#worker ??= this.#launch()
    this.#worker.ref()
    this.#worker.postMessage(batch)
  }

  #launch(): Worker {
    const worker = this.#start()
    const watch = setInterval(() => this.#failOverdue(), watchMilliseconds).unref()
    this.#ready = new Promise((resolve, reject) => {
      worker.on('message', (message: 'ready' | readonly Answer[]) => {
        if (message === 'ready') resolve()
        this.#settle(message === 'ready' ? [] : message)
      })
      worker.on('error', error => reject(unavailable(error.message)))
      worker.on('exit', () => {
        clearInterval(watch)
        reject(unavailable('the record thread ended'))
        if (this.#worker === worker) this.#worker = undefined
        this.#fail([...this.#waiting.keys()], 'the record thread ended')
      })
    })
    this.#ready.catch(() => undefined)
    return worker
  }

  #settle(answers: readonly Answer[]): void {
    for (const answer of answers) {
      const waiting = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if ('failure' in answer) waiting?.reject(unavailable(answer.failure))
      else waiting?.resolve(answer.value)
    }
    if (this.#waiting.size === 0) this.#worker?.unref()
  }

  /** Calls are kept in the order they came: the first that is young enough ends the search. */
  #failOverdue(): void {
    const overdue: number[] = []
    for (const [id, { since }] of this.#waiting) {
      if (performance.now() - since < answerMilliseconds) break
      overdue.push(id)
    }
    this.#fail(overdue, 'no answer in time')
  }

  #fail(ids: readonly number[], detail: string): void {
    for (const id of ids) {
      this.#waiting.get(id)?.reject(unavailable(detail))
      this.#waiting.delete(id)
    }
  }
}

function unavailable(detail: string): GatewayError {
  return new GatewayError('record_unavailable', { detail })
}
