import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import { isReason } from '#src/hold/review.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { lastEvent } from '#src/record/session-facts.ts'
import { parseSessionId, type SessionId } from '#src/statement.ts'
import { withRecords } from './open-records.ts'
import { CommandError, plain, print, printJson } from './terminal.ts'

const options = {
  config: { type: 'string' },
  reason: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

const wrongUse = 'Use: grants list [--json], or grants revoke ID --reason TEXT'

/** `querywarden grants list|revoke`: shapes that run without asking, straight from the record store. */
export async function grantsCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const [verb, text, ...more] = positionals
  if (verb === 'list' && text === undefined) return withRecords(values, records => list(records, values.json))
  const id = parseSessionId(text ?? '')
  if (verb !== 'revoke' || !id || more.length > 0) throw new CommandError(wrongUse, 2)
  if (!isReason(values.reason)) throw new CommandError('Say why with --reason, in 3 to 500 characters.', 2)
  const reason = values.reason?.trim() ?? ''
  return withRecords(values, records => revoke(records, id, reason))
}

async function list(records: RecordStore, json: boolean): Promise<number> {
  const stored = await records.grants({ liveAt: Date.now() })
  if (json) printJson(stored.map(({ grant, used }) => ({ ...grant, used })))
  else if (stored.length === 0) print('  no grant is in force')
  else for (const { grant, used } of stored) await show(records, grant, used)
  return 0
}

async function show(
  records: RecordStore,
  { id, until, uses, by }: { id: SessionId; until: number; uses: number; by: readonly string[] },
  used: number,
): Promise<void> {
  const record = await records.session(id)
  const terms = record && lastEvent(record, 'held')?.terms
  const agent = terms?.statement.principal.name ?? 'unknown'
  const end = `${new Date(until).toISOString().slice(0, 16)}Z`
  print(`  ${id}  ${plain(agent)}  ${uses - used} of ${uses} left, until ${end}, of ${plain(by.join(' and '))}`)
  print(`    ${plain(terms?.grantable?.shape ?? '').slice(0, 300)}`)
}

/** Who may read the configuration's secrets may do this; it is kept who it was, and why. */
async function revoke(records: RecordStore, id: SessionId, reason: string): Promise<number> {
  const event = { kind: 'revoked', at: Date.now(), by: userInfo().username, reason } as const
  const revoked = await records.revokeGrant(id, event)
  print(revoked ? `  ${id} is revoked: such statements wait for people again` : `  there is no grant ${id} any more`)
  return revoked ? 0 : 1
}
