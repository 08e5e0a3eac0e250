import { parseArgs } from 'node:util'
import { needed } from '#src/error-sentence.ts'
import type { SessionRecord } from '#src/record/event.ts'
import { FolderRecordingStore } from '#src/record/folder-recording-store.ts'
import type { RecordStore, SessionQuery } from '#src/record/record-store.ts'
import { cut } from '#src/show/cut.ts'
import { ending, foundText, subjectOf } from '#src/show/session-words.ts'
import { stateMarks } from '#src/show/state-marks.ts'
import { stateNamed, stateNames } from '#src/show/state-words.ts'
import { namedSession } from './named-session.ts'
import { withRecords } from './open-records.ts'
import { showSession } from './show-session.ts'
import { sinceMilliseconds } from './since.ts'
import { CommandError, plain, print, printJson, printWrapped, terminalWidth } from './terminal.ts'

const options = {
  config: { type: 'string' },
  json: { type: 'boolean', default: false },
  agent: { type: 'string' },
  table: { type: 'string' },
  rule: { type: 'string' },
  state: { type: 'string' },
  text: { type: 'string' },
  since: { type: 'string' },
  limit: { type: 'string' },
} as const

/** `querywarden sessions find | show ID | replay ID`: from the record store and the recordings of the configuration. */
export async function sessionsCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const [verb, id, ...more] = positionals
  const wellUsed = verb === 'find' ? !id : (verb === 'show' || verb === 'replay') && id
  if (!wellUsed || more.length > 0) throw new CommandError('Use: sessions find | show ID | replay ID', 2)
  const session = id && namedSession(id)
  const query = queryOf(values)
  return withRecords(values, async (records, { stores }) => {
    if (!session) return find(records, query, values.json)
    const record = await records.session(session)
    if (!record) throw new CommandError(`There is no session ${session}.`)
    if (values.json) printJson(record)
    else if (verb === 'show') await showSession(record)
    else await replay(record, stores.recordings)
    return 0
  })
}

async function replay(record: SessionRecord, folder: string): Promise<void> {
  const recordings = await needed('stores.recordings', FolderRecordingStore.open(folder))
  try {
    await showSession(record, recordings)
  } finally {
    await recordings.close()
  }
}

async function find(
  records: { find(query: SessionQuery): Promise<readonly Found[]> },
  query: SessionQuery,
  json: boolean,
): Promise<number> {
  const found = await records.find(query)
  if (json) {
    printJson(found)
    return 0
  }
  print(`  ${foundText(found)}${found.length > 1 ? ' · newest first' : ''}`)
  for (const session of found) showFound(session)
  return 0
}

/** One line, or two where the terminal is narrower than that. */
function showFound(session: Found): void {
  const head = `  ${stateMarks[session.state]} ${new Date(session.receivedAt).toISOString().slice(5, 16).replace('T', ' ')}`
  const [agent, what, became] = [plain(session.agent), plain(subjectOf(session)), ending(session)]
  const line = `${head}  ${agent.padEnd(16)}  ${cut(what, 48).padEnd(48)}  ${became.padEnd(28)}  ${session.id}`
  if (line.length <= terminalWidth()) print(line)
  else {
    print(`${head}  ${session.id}  ${agent}`)
    printWrapped('      ', `${what} · ${became}`)
  }
}

type Found = Awaited<ReturnType<RecordStore['find']>>[number]

function queryOf(values: { readonly [name: string]: string | boolean | undefined }): SessionQuery {
  const texts = ['agent', 'table', 'rule', 'text'] as const
  const query: Record<string, unknown> = {}
  for (const name of texts) if (values[name] !== undefined) query[name] = values[name]
  if (values.state !== undefined) {
    query.state = stateNamed(String(values.state))
    if (!query.state) throw new CommandError(`--state: one of ${stateNames}`, 2)
  }
  if (values.since !== undefined) query.since = Date.now() - sinceMilliseconds(String(values.since))
  if (values.limit !== undefined) query.limit = limitOf(String(values.limit))
  return query
}

function limitOf(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new CommandError('--limit: 1 to 1000', 2)
  return limit
}
