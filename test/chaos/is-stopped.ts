import { readFileSync } from 'node:fs'

/** Whether a process stands still, as after SIGSTOP. */
export function isStopped(pid: number | undefined): boolean {
  return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}
