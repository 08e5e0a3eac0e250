import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import { isReason } from '#src/hold/review.ts'
import { endLink } from '#src/record/end-link.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { withRecords } from './open-records.ts'
import { CommandError, plain, print, printJson } from './terminal.ts'

const options = {
  config: { type: 'string' },
  reason: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

const wrongUse = 'Use: links list [--json], or links revoke PERSON --reason TEXT'

/** `querywarden links list|revoke`: whose Slack accounts were linked by signing in, straight from the record store. */
export async function linksCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const [verb, person, ...more] = positionals
  if (verb === 'list' && person === undefined) return withRecords(values, records => list(records, values.json))
  if (verb !== 'revoke' || person === undefined || more.length > 0) throw new CommandError(wrongUse, 2)
  if (!isReason(values.reason)) throw new CommandError('Say why with --reason, in 3 to 500 characters.', 2)
  const reason = values.reason?.trim() ?? ''
  return withRecords(values, records => revoke(records, person, reason))
}

async function list(records: RecordStore, json: boolean): Promise<number> {
  const links = await records.links()
  if (json) printJson(links)
  else if (links.length === 0) print('  no Slack account is linked by signing in')
  else
    for (const { person, team, user, at } of links)
      print(`  ${plain(person)}  ${plain(`${team}/${user}`)}  since ${new Date(at).toISOString().slice(0, 16)}Z`)
  return 0
}

/** Who may read the configuration's secrets may do this; it is kept who it was, and why. */
async function revoke(records: RecordStore, person: string, reason: string): Promise<number> {
  const link = (await records.links()).find(link => link.person === person)
  const ended = link && (await endLink(records, link, { at: Date.now(), by: userInfo().username, reason }))
  const account = link ? `${link.team}/${link.user}` : ''
  print(
    ended
      ? `  ${plain(account)} is nobody's account from now on; what it has approved already stays approved`
      : `  no Slack account is linked to ${plain(person)}`,
  )
  return ended ? 0 : 1
}
