import { GatewayError } from '#src/errors.ts'
import type { RawPage } from '#src/execute/warehouse.ts'

/**
 * The pages until `signal` ends them: with `cancelled`, or with `limit_exceeded` where it was a timeout. Who reads them hears of it
 * too: what fails then, fails for that.
 */
export async function* untilAborted(pages: AsyncIterable<RawPage>, signal: AbortSignal): AsyncGenerator<RawPage> {
  try {
    for await (const page of pages) {
      signal.throwIfAborted()
      yield page
    }
  } catch (error) {
    throw signal.aborted ? stopped(signal) : error
  }
}

function stopped({ reason }: AbortSignal): GatewayError {
  return reason instanceof DOMException && reason.name === 'TimeoutError'
    ? new GatewayError('limit_exceeded', { message: 'The result was not read within the time limit.' })
    : new GatewayError('cancelled')
}

interface Cancelling {
  readonly signal: AbortSignal
  /** What may pass between the two. */
  readonly graceMilliseconds: number
  cancel(): void
  giveUp(): void
}

/** Cancels when `signal` aborts, and still waits: what was cancelled may have finished, and only its own end says so. */
export async function whileCancellable<T>(
  { signal, graceMilliseconds, cancel, giveUp }: Cancelling,
  untilEnd: () => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const stop = () => {
    cancel()
    timer = setTimeout(giveUp, graceMilliseconds)
  }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await untilEnd()
  } finally {
    signal.removeEventListener('abort', stop)
    clearTimeout(timer)
  }
}

/** The rows of a statement whose result is there no more. */
export const lostPages = (): AsyncIterable<never> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(unreadable('kept no more')) }),
})

export function unreadable(detail: string): GatewayError {
  return new GatewayError('warehouse_unavailable', { message: 'The result could not be read to its end.', detail })
}

/** The rows of a statement that returns none. */
export async function* noPages(): AsyncGenerator<never> {}
