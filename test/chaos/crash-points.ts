import { GatewayError } from '#src/errors.ts'
import type { Authorized } from '#src/hold/authorized.ts'
import type { Connection, Ports } from '#src/ports.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import type { RecordingStore } from '#src/record/recording-store.ts'

/** Moments of the journey at which a process may die, in their order; `random` is any call of a port. */
export const crashPoints = [
  'after_hold',
  'after_decide',
  'after_claim',
  'after_submit_event',
  'after_result',
  'mid_record',
  'after_record',
  'after_completed',
  'before_release',
  'random',
] as const
export type CrashPoint = (typeof crashPoints)[number]

/** Never resolves: nothing more of this process may happen. */
function crash(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}

/** Dies the first time it gets to this point. */
export function crashingAt(at: Exclude<CrashPoint, 'random'>): (ports: Ports) => Ports {
  return interrupted(at, crash)
}

/** Stands still the first time it gets to this point, as a machine that is suspended does, until somebody sends SIGCONT. */
export function pausingAt(at: Exclude<CrashPoint, 'random'>): (ports: Ports) => Ports {
  let paused = false
  return interrupted(at, async () => {
    if (!paused) process.kill(process.pid, 'SIGSTOP')
    paused = true
  })
}

/** Loses the answer of the record store the first time it gets to this point: what was asked for is done. */
export function losingAt(at: Exclude<CrashPoint, 'random'>): (ports: Ports) => Ports {
  let lost = false
  return interrupted(at, async () => {
    if (lost) return
    lost = true
    throw new GatewayError('record_unavailable')
  })
}

function interrupted(at: Exclude<CrashPoint, 'random'>, interrupt: () => Promise<void>): (ports: Ports) => Ports {
  const reached = (point: CrashPoint, really = true) => (really && point === at ? interrupt() : undefined)
  const records = (store: RecordStore): Partial<RecordStore> => ({
    async open(session, ...rest) {
      const opened = await store.open(session, ...rest)
      await reached('after_hold', opened && session.state === 'held')
      await reached('after_claim', opened && session.state === 'claimed')
      return opened
    },
    async claim(...asked) {
      await reached('after_decide')
      const claimed = await store.claim(...asked)
      await reached('after_claim', claimed)
      return claimed
    },
    async append(id, events, options) {
      const appended = await store.append(id, events, options)
      await reached(
        'after_submit_event',
        events.some(({ kind }) => kind === 'submitting'),
      )
      return appended
    },
    async conclude(id, from, to, ...rest) {
      await reached('after_record', to === 'completed')
      const concluded = await store.conclude(id, from, to, ...rest)
      await reached('after_completed', to === 'completed')
      return concluded
    },
    async session(id) {
      const record = await store.session(id)
      await reached('before_release', record?.state === 'completed')
      return record
    },
  })
  const recordings = (store: RecordingStore): Partial<RecordingStore> => ({
    async put(id, page, rows) {
      const frame = await store.put(id, page, rows)
      await reached('mid_record')
      return frame
    },
  })
  const connection = (opened: Connection): Connection => ({
    ...opened,
    warehouse: instead(opened.warehouse, {
      async execute(authorized: Authorized, credential, signal, session) {
        const execution = await opened.warehouse.execute(authorized, credential, signal, session)
        await reached('after_result')
        return execution
      },
    }),
  })
  return ports => ({
    ...ports,
    records: instead(ports.records, records(ports.records)),
    recordings: instead(ports.recordings, recordings(ports.recordings)),
    connection: name => {
      const opened = ports.connection(name)
      return opened && connection(opened)
    },
  })
}

/** Dies at the n-th call of the stores, the minter or a warehouse since the first statement, before or after it is done. */
export function crashingAtCall(n: number): (ports: Ports) => Ports {
  let calls = 0
  let begun = false
  const counted = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        if (name === 'changes' || name === 'submitId') return value.bind(target)
        return (...args: unknown[]) => {
          begun ||= name === 'open'
          if (begun) calls++
          if (calls === n) return crash()
          const answer: unknown = value.apply(target, args)
          return begun && calls === n - 1 && answer instanceof Promise ? answer.then(crash) : answer
        }
      },
    })
  return ports => ({
    ...ports,
    records: counted(ports.records),
    holds: counted(ports.holds),
    recordings: counted(ports.recordings),
    minter: counted(ports.minter),
    connection: name => {
      const opened = ports.connection(name)
      return opened && { ...opened, warehouse: counted(opened.warehouse) }
    },
  })
}

/** The port, with some of its methods replaced. */
function instead<T extends object>(port: T, methods: Partial<T>): T {
  return new Proxy(port, {
    get(target, name) {
      const value = Reflect.get(name in methods ? methods : target, name)
      return typeof value === 'function' ? value.bind(name in methods ? methods : target) : value
    },
  })
}
