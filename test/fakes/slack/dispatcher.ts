import type { Courier, Delivery, DeliveryKind, Retry } from './delivery.ts'
import type { Faults } from './faults.ts'
import type { SlackState } from './state.ts'
import type { Fields } from './wire.ts'

/** Slack tries an event again at once, after a minute and after five; interactions and commands never. */
const EVENT_RETRIES_MS = [0, 60_000, 300_000]

/** Hands payloads to the app and keeps the record of how each went. */
export class Dispatcher {
  readonly deliveries: Delivery[] = []
  readonly #courier: Courier
  readonly #faults: Faults
  readonly #state: SlackState
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #retriesMs: number[]

  constructor(courier: Courier, faults: Faults, state: SlackState, retriesMs = EVENT_RETRIES_MS) {
    this.#courier = courier
    this.#faults = faults
    this.#state = state
    this.#retriesMs = retriesMs
  }

  async deliver(kind: DeliveryKind, what: string, payload: Fields): Promise<Delivery> {
    return this.#attempt(kind, what, payload, undefined)
  }

  async #attempt(kind: DeliveryKind, what: string, payload: Fields, retry: Retry | undefined): Promise<Delivery> {
    const outcome = await this.#courier.send(kind, payload, retry, this.#faults.takeDuplicate())
    const delivery = { ...outcome, what, attempt: retry?.attempt ?? 0 }
    this.deliveries.push(delivery)
    this.#state.changed()
    return delivery
  }

  /** Sends an event of the Events API and, when it is not acknowledged, again as Slack does. */
  async event(event: Fields): Promise<Delivery> {
    const { team, app, verificationToken } = this.#state.workspace
    const payload: Fields = {
      token: verificationToken,
      team_id: team.id,
      context_team_id: team.id,
      context_enterprise_id: null,
      api_app_id: app.id,
      type: 'event_callback',
      event_id: this.#state.newId('Ev'),
      event_time: Math.floor(this.#state.now() / 1000),
      authorizations: [{ team_id: team.id, enterprise_id: null, user_id: app.botUserId, is_bot: true }],
      event: { event_ts: this.#state.nextTs(), ...event },
    }
    const what = String(event.type)
    const first = await this.#attempt('events_api', what, payload, undefined)
    if (!first.acked) this.#retryLater(what, payload, 1, first)
    return first
  }

  #retryLater(what: string, payload: Fields, attempt: number, failed: Delivery): void {
    const delay = this.#retriesMs[attempt - 1]
    if (delay === undefined) return
    const reasons = { timeout: 'http_timeout', http_error: 'http_error' } as Record<string, string>
    const reason = reasons[failed.failure ?? ''] ?? 'connection_failed'
    const timer = setTimeout(async () => {
      this.#timers.delete(timer)
      const again = await this.#attempt('events_api', what, payload, { attempt, reason })
      if (!again.acked) this.#retryLater(what, payload, attempt + 1, again)
    }, delay)
    timer.unref()
    this.#timers.add(timer)
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    await this.#courier.stop()
  }
}
