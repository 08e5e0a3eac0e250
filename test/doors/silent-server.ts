import type { FastifyInstance } from 'fastify'
import type { Journey } from '#gateway/journey/journey.ts'
import { buildServer } from '#gateway/server.ts'
import { systemClock } from '#src/clock.ts'
import type { Authenticated } from '#src/pipeline.ts'

/** The server of the product with nothing behind it but `some`: for what it says of itself. Everybody is welcome, nothing else is called. */
export function silentServer(some: Partial<Journey> = {}): Promise<FastifyInstance> {
  const nothing = () => {
    throw new Error('not called')
  }
  const somebody = { issuer: 'https://issuer.example', subject: 'agent-1', name: 'Agent 1', groups: [] }
  return buildServer({
    journey: {
      clock: systemClock,
      stopping: false,
      authenticate: async () => somebody as unknown as Authenticated,
      ...{ submit: nothing, start: nothing, outcome: nothing, cancel: nothing, explain: nothing, describe: nothing },
      ...{ onceThere: nothing, understand: nothing, refuse: nothing },
      ...{ sessions: nothing, connections: nothing, sqlBytes: nothing, protectedResource: nothing },
      objects: { schemas: nothing, tables: nothing, table: nothing },
      sessionsByName: { open: nothing, use: nothing, begin: nothing, end: nothing },
      transactions: { state: nothing, endedHere: nothing, abandon: nothing },
      drivers: {
        open: nothing,
        resume: nothing,
        renew: nothing,
        change: nothing,
        end: nothing,
        remember: nothing,
        recall: nothing,
        ticket: nothing,
        admit: nothing,
      },
      ...some,
    },
    oncall: {
      authenticate: nothing,
      asker: nothing,
      forBot: {
        links: nothing,
        invite: nothing,
        unlink: nothing,
        told: nothing,
        releases: nothing,
        announced: nothing,
        denied: nothing,
      },
      operations: {
        find: nothing,
        show: nothing,
        read: nothing,
        rows: nothing,
        why: nothing,
        pending: nothing,
        kill: nothing,
        pause: nothing,
        resume: nothing,
        grants: nothing,
        revoke: nothing,
        home: nothing,
        reviews: nothing,
        close: nothing,
      },
    },
    health: { ready: nothing, drain: nothing },
    jwks: nothing,
    url: 'http://gateway.invalid',
    maxSqlBytes: 1_000,
    log: { info: nothing, warn() {}, error: nothing },
  })
}
