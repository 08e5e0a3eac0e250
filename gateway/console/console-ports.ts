import type { Clock } from '#src/clock.ts'
import type { ConsoleConfig } from '#src/config/config.ts'
import type { Hold } from '#src/hold/hold.ts'
import type { HoldStore } from '#src/hold/hold-store.ts'
import type { ReviewPorts } from '#src/hold/review-hold.ts'
import type { ReviewVerifier } from '#src/hold/seal.ts'
import type { Log } from '#src/ports.ts'
import type { FindPerson, Person } from '#src/principal.ts'
import type { RecordStore } from '#src/record/record-store.ts'

/** What the console calls. What can change while the gateway runs is asked for at every use. */
export interface ConsolePorts {
  readonly settings: () => ConsoleConfig | undefined
  readonly people: () => readonly Person[]
  readonly person: FindPerson
  readonly holds: HoldStore
  readonly verifier: () => ReviewVerifier
  /** Whether the gateway itself made these terms. */
  readonly isGenuine: (hold: Hold) => boolean
  readonly denials: ReviewPorts['denials']
  readonly records: Pick<RecordStore, 'setting' | 'putSetting' | 'link' | 'links' | 'unlink' | 'logAccess'>
  readonly clock: Clock
  readonly log: Log
}
