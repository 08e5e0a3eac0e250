import { readdirSync, readFileSync } from 'node:fs'
import { setInterval } from 'node:timers'

const mebibyte = 1024 * 1024

/** Resident memory of a process in MiB; `undefined` where the system has no `/proc`. */
export function residentMiB(pid: number): number | undefined {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kibibytes === undefined ? undefined : (Number(kibibytes) * 1024) / mebibyte
  } catch {
    return undefined
  }
}

/** What a process has used of the processors so far, all its threads, in seconds; `undefined` where the system has no `/proc`. */
export function processorSeconds(pid: number): number | undefined {
  try {
    const [, ticks = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
    const [user, system] = ticks.split(' ').slice(11, 13)
    return (Number(user) + Number(system)) / ticksPerSecond
  } catch {
    return undefined
  }
}
/** Of `/proc`, on every Linux. */
const ticksPerSecond = 100

/** The same in milliseconds, by the names of its threads; empty where the system has no `/proc`. Threads that have ended are missing. */
export function threadMilliseconds(pid: number): ReadonlyMap<string, number> {
  const spent = new Map<string, number>()
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
      const name = readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim()
      spent.set(name, (spent.get(name) ?? 0) + Number(nanoseconds) / 1e6)
    }
  } catch {
    return new Map()
  }
  return spent
}

/** Looks at a process until it is asked for the most that it saw. */
export function watchMemory(pid: number): () => number | undefined {
  let most = residentMiB(pid)
  const timer = setInterval(() => {
    const now = residentMiB(pid)
    if (now !== undefined) most = Math.max(most ?? 0, now)
  }, 50)
  return () => {
    clearInterval(timer)
    return most
  }
}
