import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Keeper } from '#gateway/hold/keeper.ts'
import type { Flights } from '#gateway/journey/flights.ts'
import { createJourney } from '#gateway/journey/journey.ts'
import { Secret } from '#src/config/secret.ts'
import { GatewayError } from '#src/errors.ts'
import type { Authenticated } from '#src/pipeline.ts'
import type { Ports } from '#src/ports.ts'
import type { SessionEvent } from '#src/record/event.ts'
import { sampleHold } from '#test/contracts/sample-hold.ts'

test('what is held is said to be held, under its id, also where the hold store is gone by then', async () => {
  const { id, terms, mac } = sampleHold()
  const { statement, classification, decision } = terms
  const events = [
    { kind: 'received', at: 1, statement },
    { kind: 'classified', at: 1, classification },
    { kind: 'decided', at: 1, decision },
    { kind: 'held', at: 1, terms, mac },
  ] as unknown as readonly SessionEvent[]
  const gone = () => Promise.reject(new GatewayError('holds_unavailable'))
  const ports = {
    clock: { now: () => Date.now() },
    log: { warn() {} },
    holdKey: new Secret('0'.repeat(64)),
    holds: { touch: gone, fetch: gone },
    records: { session: async () => ({ id, state: 'held', events }), setting: async () => undefined },
  } as unknown as Ports
  const keeper = { look: async () => {}, changed: async () => {}, stopping: true } as unknown as Keeper
  const flights = { find: () => undefined } as unknown as Flights
  const site = { url: 'http://127.0.0.1', issuers: () => [] }
  const journey = createJourney(ports, { keeper, flights, site })
  const outcome = await journey.outcome(statement.principal as Authenticated, id, 1_000, new AbortController().signal)
  assert.deepEqual([outcome.status, outcome.id], ['pending', id])
})
