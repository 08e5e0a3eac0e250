import { asGatewayError } from '#src/errors.ts'
import type { Ports } from '#src/ports.ts'

export interface Readiness {
  readonly ready: boolean
  readonly problems: readonly string[]
  /** Statements that somebody released alone and nobody has reviewed; for alarms. Absent where the record cannot tell. */
  readonly openReviews?: number
}

export interface Health {
  ready(): Promise<Readiness>
  /** From now on not ready: load balancers stop sending. */
  drain(): void
}

/** Ready means: a statement that came now could be recorded and held. Slack and warehouses are not asked. */
export function createHealth(ports: Ports): Health {
  let draining = false
  const probe = async (name: string, work: () => Promise<unknown>): Promise<string | undefined> => {
    try {
      await work()
      return undefined
    } catch (error) {
      return `${name}: ${asGatewayError(error).code}`
    }
  }
  return {
    drain() {
      draining = true
    },
    async ready() {
      const found = await Promise.all([
        probe('record store', () => ports.records.heartbeat(ports.gateway)),
        probe('hold store', () => ports.holds.now()),
      ])
      const problems = [...(draining ? ['draining'] : []), ...found.filter(problem => problem !== undefined)]
      const open = await ports.records.openReviews().catch(() => undefined)
      return { ready: problems.length === 0, problems, ...(open && { openReviews: open.length }) }
    },
  }
}
