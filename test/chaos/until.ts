import { setTimeout as sleep } from 'node:timers/promises'

/** Looks again and again until there is an answer: for what other processes do. Rejects after `milliseconds`. */
export async function until<T>(
  look: () => T | Promise<T>,
  what: string,
  milliseconds = 60_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + milliseconds
  for (;;) {
    const found = await look()
    if (found) return found as NonNullable<Exclude<T, false>>
    if (performance.now() > end) throw new Error(`no ${what} within ${milliseconds} ms`)
    await sleep(20)
  }
}
