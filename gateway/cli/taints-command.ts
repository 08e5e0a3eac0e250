import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import type { RecordsConfig } from '#src/config/config.ts'
import { sameWarehouse } from '#src/decide/same-warehouse.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { withRecords } from './open-records.ts'
import { CommandError, plain, print, printJson } from './terminal.ts'

const options = {
  config: { type: 'string' },
  connection: { type: 'string' },
  reason: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const
type Values = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>['values']

/** `querywarden taints list|clear`: columns that were written from sensitive ones, straight from the record store. */
export async function taintsCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const [verb, table, ...more] = positionals
  const listing = verb === 'list' && table === undefined
  if (!listing && (verb !== 'clear' || table === undefined || more.length > 0)) throw new CommandError(wrongUse, 2)
  return withRecords(values, (records, { connections }) =>
    listing ? list(records, connections, values) : clear(records, connections, table ?? '', values),
  )
}

const wrongUse = 'Use: taints list [--connection NAME] [--json], or taints clear TABLE --connection NAME --reason TEXT'

type Connections = RecordsConfig['connections']

function alike(name: string, all: Connections): readonly string[] {
  return sameWarehouse(
    name,
    Object.entries(all).map(([each, config]) => ({
      ...{ name: each, dialect: config.kind },
      account: config.account,
    })),
  )
}

async function list(records: RecordStore, all: Connections, { connection, json }: Values): Promise<number> {
  const taints = await records.taints(connection === undefined ? {} : { connections: alike(connection, all) })
  if (json) printJson(taints)
  else if (taints.length === 0) print('  no column is sensitive because of what was written into it')
  else
    for (const { connection: name, column, class: kind, mask, session, at } of taints)
      print(
        `  ${plain(name)}  ${plain(column)}  ${plain(kind)} (${mask})  since ${new Date(at).toISOString().slice(0, 16)}Z by ${session}`,
      )
  return 0
}

/** Who may read the configuration's secrets may do this; it is kept who it was, and why. */
async function clear(
  records: RecordStore,
  all: Connections,
  table: string,
  { connection, reason = '' }: Values,
): Promise<number> {
  const names = Object.keys(all)
  const only = names.length === 1 ? names[0] : undefined
  const name = connection ?? only
  if (name === undefined || !names.includes(name))
    throw new CommandError(`Name the connection with --connection: ${names.join(', ')}.`, 2)
  if (reason.trim() === '' || reason.length > 500)
    throw new CommandError('Say why with --reason, in at most 500 characters.', 2)
  const connections = alike(name, all)
  const cleared = await records.clearTaints({
    ...{ connections, table, reason },
    by: userInfo().username,
    at: Date.now(),
  })
  const left = await records.taints({ connections, tables: [table] })
  const sessions = [...new Set(left.map(({ session }) => session))].join(', ')
  if (left.length > 0)
    print(
      `  ${plain(table)} stays sensitive: ${sessions} has not ended, and may write to it; clear it again after that`,
    )
  else if (cleared) print(`  ${plain(table)} is as sensitive as the policy says, no more (${connections.join(', ')})`)
  else print(`  ${plain(table)} has no taints`)
  return cleared && left.length === 0 ? 0 : 1
}
