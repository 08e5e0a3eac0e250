import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

/** The job was not answered; the message says why in words. The worker it ran on is gone. */
export class JudgeLost extends Error {
  /** It took all of the worker's own time that one job may take, and would again. */
  readonly slow: boolean
  constructor(cause: string, slow = false) {
    super(cause)
    this.name = 'JudgeLost'
    this.slow = slow
  }
}

interface PoolOptions {
  /**
   * Module that the worker threads run: says `{ ready, spentMs }`, then answers `{ request }` with `{ result, bytes, spentMs }` or
   * `{ failed }`. `spentMs`: processor time of its thread so far.
   */
  readonly file: URL
  /**
   * Processor time, milliseconds, that a worker takes to warm up before it is ready; it finds it as `workerData`. None without, and
   * less for one that takes the place of another: statements wait for it.
   */
  readonly warmUpMs?: number
  readonly workers: number
  /** For one job, milliseconds of the worker's own processor time: what else the machine does changes no judgement. */
  readonly deadlineMs: number
  /** For one job, milliseconds of any time; what is not answered by then is stuck, or the machine is. */
  readonly stuckMs: number
  /** A worker that holds more memory after a job is replaced. WebAssembly never gives memory back. */
  readonly maxBytes: number
  /** Jobs that may wait; one more is refused at once. */
  readonly maxWaiting: number
}

interface Job {
  readonly request: unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (error: JudgeLost) => void
}

interface Slot {
  readonly worker: Worker
  ready: boolean
  /** Processor time of the worker when it last said so, milliseconds. */
  spentMs: number
  job?: Job
  timer?: NodeJS.Timeout
}

interface Reply {
  readonly ready?: true
  readonly spentMs?: number
  readonly result?: unknown
  readonly failed?: string
  readonly bytes?: number
}

/** What is not up by then is not waited for where all of them shall end. */
const startMs = 5_000

const inMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000

/** Worker threads that judge with a deadline. One that is late, traps, dies or grows too big is replaced by a new one. */
export class JudgePool {
  private readonly options: PoolOptions
  private readonly slots = new Set<Slot>()
  private readonly waiting: Job[] = []
  private readonly whenReady: (() => void)[] = []
  private failedStarts = 0
  private closed = false
  constructor(options: PoolOptions) {
    this.options = options
    for (let index = 0; index < options.workers; index += 1) this.spawn(options.warmUpMs)
  }

  /** Resolves when every worker has started and is warm, or when they cannot start. */
  ready(): Promise<void> {
    return new Promise(resolve => {
      this.whenReady.push(resolve)
      this.tellReady()
    })
  }

  /** Resolves with the worker's result; rejects with JudgeLost, never with anything else. */
  run(request: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new JudgeLost('The judge is shut down.'))
      if (this.waiting.length >= this.options.maxWaiting)
        return reject(new JudgeLost('Too many statements wait to be judged.'))
      while (this.slots.size < this.options.workers) this.spawn()
      this.waiting.push({ request, resolve, reject })
      this.dispatch()
    })
  }

  async close(): Promise<void> {
    this.closed = true
    for (const job of this.waiting.splice(0)) job.reject(new JudgeLost('The judge is shut down.'))
    // V8 can take the whole process down with a thread that is ended while it compiles what it starts with.
    await Promise.race([this.ready(), delay(startMs, undefined, { ref: false })])
    const slots = [...this.slots]
    this.slots.clear()
    this.tellReady()
    for (const slot of slots) this.abandon(slot, 'The judge is shut down.')
    await Promise.all(slots.map(slot => slot.worker.terminate()))
  }

  private tellReady(): void {
    const starting = [...this.slots].some(slot => !slot.ready)
    if (!starting) for (const resolve of this.whenReady.splice(0)) resolve()
  }

  private spawn(warmUpMs = Math.min(this.options.warmUpMs ?? 0, 150)): void {
    const worker = new Worker(this.options.file, {
      // Trees die young: with less room for them, collecting them takes a good part of the time.
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 },
      workerData: warmUpMs,
      stdout: false,
      stderr: false,
    })
    const slot: Slot = { worker, ready: false, spentMs: 0 }
    this.slots.add(slot)
    worker.on('message', (reply: Reply) => this.answered(slot, reply))
    worker.on('error', () => this.replace(slot, 'The judge failed on this text.'))
    worker.on('exit', () => this.replace(slot, 'The judge failed on this text.'))
  }

  private dispatch(): void {
    for (const slot of this.slots) {
      if (!slot.ready || slot.job !== undefined) continue
      const job = this.waiting.shift()
      if (job === undefined) break
      slot.job = job
      slot.worker.ref()
      const since = performance.now()
      slot.timer = setTimeout(() => this.overdue(slot, job, since), this.options.deadlineMs)
      slot.worker.postMessage({ request: job.request })
    }
  }

  /** Asks a worker that has not answered how much of the time was its own. One that does not even tell is not waited for forever. */
  private async overdue(slot: Slot, job: Job, since: number): Promise<void> {
    const { deadlineMs, stuckMs } = this.options
    const late = (slow: boolean) => this.replace(slot, `The judge took longer than ${deadlineMs} ms.`, slow)
    const rest = since + stuckMs - performance.now()
    if (rest <= 0) return late(false)
    slot.timer = setTimeout(late, rest, false)
    const spentMs = await slot.worker.cpuUsage().then(inMs, () => slot.spentMs)
    if (slot.job !== job) return
    clearTimeout(slot.timer)
    const left = deadlineMs - (spentMs - slot.spentMs)
    if (left <= 0) late(true)
    else slot.timer = setTimeout(() => this.overdue(slot, job, since), Math.max(left, deadlineMs / 10))
  }

  private answered(slot: Slot, reply: Reply): void {
    if (!this.slots.has(slot)) return
    slot.spentMs = reply.spentMs ?? slot.spentMs
    if (reply.ready === true) {
      this.failedStarts = 0
      slot.ready = true
      // An idle pool does not keep the process alive; one that is waited for does.
      if (this.waiting.length === 0) slot.worker.unref()
      this.tellReady()
      this.dispatch()
      return
    }
    if (reply.failed !== undefined) {
      this.replace(slot, 'The judge failed on this text.')
      return
    }
    const { job } = slot
    clearTimeout(slot.timer)
    delete slot.job
    slot.worker.unref()
    job?.resolve(reply.result)
    if ((reply.bytes ?? 0) > this.options.maxBytes) this.replace(slot, 'The judge grew too big.')
    else this.dispatch()
  }

  private replace(slot: Slot, cause: string, slow = false): void {
    if (!this.slots.delete(slot)) return
    const started = slot.ready
    this.abandon(slot, cause, slow)
    void slot.worker.terminate()
    if (this.closed) {
      this.tellReady()
      return
    }
    if (!started) this.failedStarts += 1
    if (this.failedStarts > 3) {
      // Starting again and again would only burn the processor; the next job tries once more.
      this.failedStarts = 3
      for (const job of this.waiting.splice(0)) job.reject(new JudgeLost('The judge cannot start.'))
      this.tellReady()
      return
    }
    this.spawn()
  }

  private abandon(slot: Slot, cause: string, slow = false): void {
    clearTimeout(slot.timer)
    slot.job?.reject(new JudgeLost(cause, slow))
    delete slot.job
  }
}
