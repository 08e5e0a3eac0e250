import { GatewayError } from '../errors.ts'
import type { Ports } from '../ports.ts'
import type { Principal } from '../principal.ts'

/** Somebody on call wants every statement of an agent to be looked at by people. */
export interface Pause {
  /** The agent's name or its subject. */
  readonly agent: string
  /** `Person.id`. */
  readonly by: string
  readonly reason: string
  /** Milliseconds since the epoch; without an end it lasts until somebody resumes the agent. */
  readonly at: number
  readonly until?: number
}

type PausePorts = Pick<Ports, 'records' | 'clock'>

const setting = 'paused_agents'
const attempts = 8
const maxPauses = 1_000

/** The pauses in force, oldest first. Rejects with `record_unavailable`. */
export async function pauses(ports: PausePorts): Promise<readonly Pause[]> {
  return inForce(ports, await ports.records.setting(setting))
}

/** Asked at every statement: a pause that was answered for counts for the next one, on every gateway. */
export async function pauseOf(
  ports: PausePorts,
  { name, subject }: Pick<Principal, 'name' | 'subject'>,
): Promise<Pause | undefined> {
  return (await pauses(ports)).find(({ agent }) => agent === name || agent === subject)
}

/** Takes the place of an earlier pause of the same agent. Rejects with `conflict` where others always came first. */
export async function pauseAgent(ports: PausePorts, pause: Pause): Promise<void> {
  await change(ports, all => [...all.filter(({ agent }) => agent !== pause.agent), pause])
}

/** False where it was not paused. */
export async function resumeAgent(ports: PausePorts, agent: string): Promise<boolean> {
  let found = false
  await change(ports, all => {
    found = all.some(pause => pause.agent === agent)
    return all.filter(pause => pause.agent !== agent)
  })
  return found
}

async function change(ports: PausePorts, to: (all: readonly Pause[]) => readonly Pause[]): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await ports.records.setting(setting)
    const after = to(inForce(ports, before))
    if (after.length > maxPauses) throw new GatewayError('too_many', { message: 'Too many agents are paused already.' })
    if (await ports.records.putSetting(setting, before, JSON.stringify(after))) return
  }
  throw new GatewayError('conflict')
}

function inForce({ clock }: PausePorts, stored: string | undefined): readonly Pause[] {
  const all: readonly Pause[] = stored === undefined ? [] : JSON.parse(stored)
  return all.filter(({ until }) => until === undefined || clock.now() < until)
}
