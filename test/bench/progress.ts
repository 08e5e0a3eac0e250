import { setInterval } from 'node:timers'

const quietMilliseconds = 2_000
/** Where nobody watches, so that a log stays short. */
const loggedMilliseconds = 30_000

/** Says on standard error how far something is, as long as it takes; whatever is over in two seconds says nothing. */
export async function withProgress<T>(
  name: string,
  work: () => Promise<T>,
  facts: () => string = () => '',
): Promise<T> {
  const { stderr } = process
  const since = performance.now()
  const show = () => {
    const line = `${name} … ${((performance.now() - since) / 1_000).toFixed(0)} s${facts()}`
    stderr.write(stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`)
  }
  const timer = setInterval(show, stderr.isTTY ? quietMilliseconds : loggedMilliseconds)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    if (stderr.isTTY) stderr.write('\r\x1b[K')
  }
}
