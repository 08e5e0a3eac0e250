import { asGatewayError } from '#src/errors.ts'
import type { Ports } from '#src/ports.ts'

interface Readiness {
  readonly ready: boolean
  readonly problems: readonly string[]
}

export interface Health {
  ready(): Promise<Readiness>
  /** From now on not ready: load balancers stop sending. */
  drain(): void
}

/** Anybody may ask, and asking writes to the record store: what was found counts for so long. */
const rememberedMilliseconds = 1_000

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
  const probes = () =>
    Promise.all([
      probe('record store', () => ports.records.heartbeat(ports.gateway)),
      probe('hold store', () => ports.holds.now()),
    ])
  let probed: ReturnType<typeof probes> | undefined
  const forget = () => {
    probed = undefined
  }
  return {
    drain() {
      draining = true
    },
    async ready() {
      probed ??= probes().finally(() => setTimeout(forget, rememberedMilliseconds).unref())
      const found = await probed
      const problems = [...(draining ? ['draining'] : []), ...found.filter(problem => problem !== undefined)]
      return { ready: problems.length === 0, problems }
    },
  }
}
