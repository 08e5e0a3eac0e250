import { GatewayError } from '../errors.ts'
import type { Ports } from '../ports.ts'
import type { EventOf } from '../record/event.ts'
import type { SessionId } from '../statement.ts'
import { followRecord } from './end-hold.ts'

/** What a killed statement's agent reads. */
export function killed({ by, reason }: Pick<EventOf<'kill'>, 'by' | 'reason'>): GatewayError {
  return new GatewayError('killed', {
    message: `On-call staff (${by}) killed the statement: "${reason}"`,
    next: 'Do not submit it again before you have spoken with them.',
  })
}

/** What a kill came upon: what waited will never run, what runs is told to end, what had ended stays as it is. */
export type KillReach = 'waiting' | 'running' | 'ended'

/**
 * Ends a statement, whichever gateway runs it: the wish is durable first, in the session itself, and the gateway that holds
 * its claim looks for such wishes. It races with the statement's own end, and the record says who came first.
 */
export async function killStatement(ports: Ports, id: SessionId, by: string, reason: string): Promise<KillReach> {
  const at = ports.clock.now()
  const kill = { kind: 'kill', at, by, reason } as const
  const error = killed(kill)
  const denied = { kind: 'denied', at, code: error.code, message: error.message } as const
  const closing = [kill, { ...denied, ...(error.next ? { next: error.next } : {}) }]
  if (await ports.records.conclude(id, ['held'], 'denied', closing)) {
    await followRecord(ports, id)
    return 'waiting'
  }
  const record = await ports.records.session(id)
  if (record?.state !== 'claimed' && record?.state !== 'unknown') return 'ended'
  await ports.records.append(id, [kill])
  ports.running.get(id)?.abort(error)
  return 'running'
}

/** Ends what this gateway runs and somebody wants ended, wherever they said so. */
export async function endKilled(ports: Ports): Promise<void> {
  if (ports.running.size === 0) return
  for (const { id, kill } of await ports.records.kills([...ports.running.keys()])) {
    ports.running.get(id)?.abort(killed(kill))
  }
}
