import { GatewayError } from '../errors.ts'
import type { EventKind, EventOf, SessionRecord, StopEvent } from './event.ts'

export function lastEvent<K extends EventKind>(record: SessionRecord, kind: K): EventOf<K> | undefined {
  return record.events.findLast((event): event is EventOf<K> => event.kind === kind)
}

/** The event that this session must have by now. */
export function findEvent<K extends EventKind>(record: SessionRecord, kind: K): EventOf<K> {
  const event = lastEvent(record, kind)
  if (!event) throw new GatewayError('internal', { detail: `session ${record.id} has no ${kind} event` })
  return event
}

/** Who wanted it ended first. */
export function firstStop(record: SessionRecord): StopEvent | undefined {
  return record.events.find((event): event is StopEvent => event.kind === 'kill' || event.kind === 'withdrawn')
}
