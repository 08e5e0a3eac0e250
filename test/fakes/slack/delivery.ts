import type { Fields } from './wire.ts'

export type DeliveryKind = 'interactive' | 'slash_commands' | 'events_api'

/** What became of handing a payload to the app. */
export interface Delivery {
  kind: DeliveryKind
  /** The payload's `type`, the command, or the event's type. */
  what: string
  acked: boolean
  /** Milliseconds until the app acknowledged. */
  latencyMs: number
  /** What the app sent along with its acknowledgement. */
  answer?: Fields | string
  /** Why there was no acknowledgement. */
  failure?: 'timeout' | 'not_connected' | 'http_error' | 'connection_failed'
  /** Zero for the first attempt; only events are tried again. */
  attempt: number
}

/** Slack gives an app three seconds to acknowledge. */
export const ACK_LIMIT_MS = 3_000

export interface Retry {
  attempt: number
  reason: string
}

export interface Courier {
  /** Hands over one payload and resolves once it is acknowledged or given up. */
  send(
    kind: DeliveryKind,
    payload: Fields,
    retry: Retry | undefined,
    twice: boolean,
  ): Promise<Omit<Delivery, 'what' | 'attempt'>>
  stop(): Promise<void>
}
