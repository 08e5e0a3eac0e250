import { GatewayError } from '../errors.ts'
import type { Ports } from '../ports.ts'

/** One that may have a session in a warehouse: what is to be ended when nobody uses it. */
export interface OpenSession {
  readonly id: string
  /** `principalKey` of whose it is. */
  readonly principal: string
  /** Milliseconds since the epoch. */
  readonly openedAt: number
}

type OpenPorts = Pick<Ports, 'records' | 'limits'>

const setting = 'open_transactions'
const attempts = 50
/** Of all principals: the list is one value. */
const maxOpen = 1_000

export async function openPinned({ records }: Pick<Ports, 'records'>): Promise<readonly OpenSession[]> {
  return read(await records.setting(setting))
}

/** Before the pinned session itself, so that none is forgotten. Rejects with `too_many`. */
export function addOpen(ports: OpenPorts, added: OpenSession): Promise<void> {
  return change(ports, open => {
    const others = open.filter(({ id }) => id !== added.id)
    const mine = others.filter(({ principal }) => principal === added.principal).length
    if (mine < ports.limits().transactions && others.length < maxOpen) return [...others, added]
    throw new GatewayError('too_many', {
      message: `${mine} transactions and sessions of this principal are open already.`,
      next: 'Commit or roll back some, or end their sessions.',
    })
  })
}

export function removeOpen(ports: OpenPorts, id: string): Promise<void> {
  return change(ports, open => open.filter(entry => entry.id !== id))
}

type Change = (open: readonly OpenSession[]) => readonly OpenSession[]

/** What changes the list last in this process. */
const latest = new WeakMap<OpenPorts['records'], Promise<void>>()

/** Those of one process follow each other: all at once, each would begin anew for every other. */
function change({ records }: OpenPorts, to: Change): Promise<void> {
  const next = (latest.get(records) ?? Promise.resolve()).catch(() => {}).then(() => swap(records, to))
  latest.set(records, next)
  return next
}

async function swap(records: OpenPorts['records'], to: Change): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = await records.setting(setting)
    if (await records.putSetting(setting, before, JSON.stringify(to(read(before))))) return
  }
  throw new GatewayError('record_unavailable', { detail: 'too many open or end transactions at once' })
}

function read(text: string | undefined): readonly OpenSession[] {
  return text === undefined ? [] : JSON.parse(text)
}
