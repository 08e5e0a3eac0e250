import { GatewayError } from '../errors.ts'
import type { Ports } from '../ports.ts'
import type { StopEvent } from '../record/event.ts'
import type { SessionId } from '../statement.ts'
import { cancelHold, followRecord } from './end-hold.ts'

/*
 * Ends a statement, whichever gateway runs it: the wish is durable first, in the session itself, and the gateway that holds
 * its claim looks for such wishes. It races with the statement's own end, and the record says who came first.
 */

/** What a stopped statement's agent reads. */
export function stopped(stop: StopEvent): GatewayError {
  if (stop.kind === 'withdrawn') return withdrawnWhileRunning()
  return new GatewayError('killed', {
    message: `On-call staff (${stop.by}) killed the statement: "${stop.reason}"`,
    next: 'Do not submit it again before you have spoken with them.',
  })
}

export function withdrawnWhileRunning(): GatewayError {
  return new GatewayError('cancelled', {
    message: 'The statement was withdrawn while it ran, and cancelled in the warehouse.',
  })
}

/** What a kill came upon: what waited will never run, what runs is told to end, what had ended stays as it is. */
type KillReach = 'waiting' | 'running' | 'ended'

/** Somebody on call wants it ended. */
export async function killStatement(ports: Ports, id: SessionId, by: string, reason: string): Promise<KillReach> {
  const at = ports.clock.now()
  const kill = { kind: 'kill', at, by, reason } as const
  const { code, message, next } = stopped(kill)
  const denied = { kind: 'denied', at, code, message, ...(next ? { next } : {}) } as const
  if (await ports.records.conclude(id, ['held'], 'denied', [kill, denied])) {
    await followRecord(ports, id)
    return 'waiting'
  }
  return (await stopRunning(ports, id, kill)) ? 'running' : 'ended'
}

/** Its agent wants it ended. */
export async function withdrawStatement(ports: Ports, id: SessionId, by: string): Promise<void> {
  if (!(await cancelHold(ports, id, by))) await stopRunning(ports, id, { kind: 'withdrawn', at: ports.clock.now(), by })
}

/** Ends what this gateway runs and somebody wants ended, wherever they said so. */
export async function endStopped(ports: Ports): Promise<void> {
  if (ports.running.size === 0) return
  for (const { id, stop } of await ports.records.stops([...ports.running.keys()])) {
    ports.running.get(id)?.abort(stopped(stop))
  }
}

/** False where it had ended. */
async function stopRunning(ports: Ports, id: SessionId, stop: StopEvent): Promise<boolean> {
  const record = await ports.records.session(id)
  if (record?.state !== 'claimed' && record?.state !== 'unknown') return false
  await ports.records.append(id, [stop])
  ports.running.get(id)?.abort(stopped(stop))
  return true
}
