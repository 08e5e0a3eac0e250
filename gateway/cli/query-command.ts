import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { detectedText } from '#src/show/describe-event.ts'
import { count, duration, rowsText, rowsTouched } from '#src/show/facts.ts'
import { type AgentProfile, loadProfile } from './agent-profile.ts'
import { type Answer, GatewayClient } from './gateway-client.ts'
import { namedSession } from './named-session.ts'
import { CommandError, plain, print, printJson, table } from './terminal.ts'
import { isUnderWay, waitForEnd } from './wait-for-end.ts'

/** `querywarden query "SQL"`: submits, waits where it is held or runs, prints what came of it; `query --cancel ID` ends one. */
export async function queryCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      connection: { type: 'string' },
      purpose: { type: 'string' },
      url: { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
      cancel: { type: 'string' },
    },
  })
  const [sql, ...more] = positionals
  if (values.cancel !== undefined) {
    if (sql !== undefined) throw new CommandError('--cancel takes the id of a session, and no statement.', 2)
    const id = namedSession(values.cancel)
    return endQuery(await new GatewayClient(await loadProfile(values.profile, values.url)).cancel(id), values.json)
  }
  if (!sql || more.length > 0) throw new CommandError('Give exactly one statement, in quotes.', 2)
  const profile = await loadProfile(values.profile, values.url)
  const client = new GatewayClient(profile)
  const body = {
    sql,
    connection: connectionOf(values.connection, profile),
    ...(values.purpose ? { purpose: values.purpose } : {}),
  }
  const first = await client.submit(body, randomUUID())
  if (first.status === 'pending_approval' && !values.json) showHold(first)
  const answer = isUnderWay(first) ? await waitForEnd(client, first) : first
  if (values.json) printJson(answer)
  else showEnd(answer)
  return exitStatus(answer)
}

/** What came of `--cancel`: 0 where the statement was withdrawn, 5 where it was told to end and runs, 1 where it had ended before. */
function endQuery(answer: Answer, json: boolean): number {
  if (json) printJson(answer)
  else if (answer.status === 'succeeded') print(`  it had run before: session ${answer.request_id}`)
  else showEnd(answer)
  if (answer.code === 'cancelled') return 0
  return isUnderWay(answer) ? 5 : 1
}

function connectionOf(named: string | undefined, profile: AgentProfile): string {
  const connection = named ?? profile.connection
  if (!connection) throw new CommandError('No connection: give --connection, or put one into the profile.', 2)
  return connection
}

function showHold({ rule, request_id, summary, estimate }: Answer): void {
  print(`  held by rule ${rule}          session ${request_id}`)
  print(`  ${plain(summary ?? '')}${estimateText(estimate)}`)
  print(`  Ctrl-C leaves it waiting; query --cancel ${request_id} withdraws it`)
}

function estimateText(estimate: Answer['estimate']): string {
  const rows = rowsTouched(estimate)
  return rows === '' ? '' : `      ${rows}`
}

function showEnd(answer: Answer): void {
  switch (answer.status) {
    case 'succeeded':
      showResult(answer)
      return
    case 'denied':
    case 'expired':
    case 'cancelled':
    case 'failed':
      print(`  ${plain(answer.message ?? answer.status)}`)
      if (answer.what_would_pass) print(`  what would pass: ${plain(answer.what_would_pass)}`)
      showSuggestion(answer)
      print(`  session ${answer.request_id}`)
      return
    default:
      print(`  ${answer.status}: session ${answer.request_id}`)
  }
}

/** Line by line: it is somebody's text, and never run from here. */
function showSuggestion({ denied_by, suggested_sql }: Answer): void {
  if (!suggested_sql) return
  print(`  ${plain(denied_by ?? 'the reviewer')} suggests:`)
  for (const row of suggested_sql.split('\n')) print(`    ${plain(row)}`)
}

function showResult(answer: Answer): void {
  const { approved_by = [], affected_rows, credential_milliseconds, columns = [], rows = [] } = answer
  for (const { reviewer, reason, alone } of approved_by)
    print(`  ${alone ? 'released alone' : 'approved'} by ${plain(reviewer)}${reason ? ` ("${plain(reason)}")` : ''}`)
  if (credential_milliseconds !== undefined) {
    print(`  ran as ${answer.role}, credential used for ${duration(credential_milliseconds)}`)
  }
  const replay = `replay: npx querywarden sessions replay ${answer.request_id}`
  if (affected_rows !== undefined) {
    print(`  ${rowsText(affected_rows)} affected          ${replay}`)
  } else {
    print(
      table(
        columns.map(({ name, masked }) => (masked ? `${name} ▒` : name)),
        rows,
      ),
    )
    print(
      `  ${rowsText(answer.row_count ?? 0)}${answer.truncated ? ' (cut at the limit of the rule)' : ''}${maskedText(answer)} · ${duration(answer.milliseconds ?? 0)} · rule ${answer.rule}`,
    )
    print(`  ${replay}`)
  }
  if (answer.detected) print(`  found and masked in values: ${detectedText(answer.detected)}`)
  if (answer.way_back) print(`  way back: ${plain(answer.way_back)}`)
}

function maskedText({ masked_columns = [], next_offset }: Answer): string {
  const masked = masked_columns.length > 0 ? ` · masked: ${masked_columns.join(', ')}` : ''
  return next_offset === undefined ? masked : `${masked} · first ${count(next_offset)} shown`
}

function exitStatus({ status }: Answer): number {
  if (status === 'succeeded') return 0
  if (status === 'failed') return 4
  return 3
}
