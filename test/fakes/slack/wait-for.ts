import type { SlackState } from './state.ts'

/** Resolves with the first defined answer of `look`, asked now and at every change; rejects after `ms`. */
export function waitFor<T>(state: SlackState, look: () => T | undefined | false, what: string, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const check = () => {
      const found = look()
      if (found === undefined || found === false) return
      finish()
      resolve(found)
    }
    const off = state.onChange(check)
    const timer = setTimeout(() => {
      finish()
      reject(new Error(`no ${what} within ${ms} ms`))
    }, ms)
    // What nobody waits for any more keeps no process.
    timer.unref()
    const finish = () => {
      clearTimeout(timer)
      off()
    }
    check()
  })
}
