import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { approversName, stageOf } from '#src/decide/approvers.ts'
import { detectedText } from '#src/show/describe-event.ts'
import { count, duration, rowsText, rowsTouched } from '#src/show/facts.ts'
import { type AgentProfile, loadProfile } from './agent-profile.ts'
import { type Answer, GatewayClient } from './gateway-client.ts'
import { CommandError, clockTime, plain, print, printJson, table, WaitingLine } from './terminal.ts'

const waitSeconds = 20

/** `querywarden query "SQL"`: submits, waits for people where it is held, prints what came of it. */
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
      cancel: { type: 'boolean', default: false },
    },
  })
  const [sql, ...more] = positionals
  if (!sql || more.length > 0) throw new CommandError('Give exactly one statement, in quotes.', 2)
  const profile = await loadProfile(values.profile, values.url)
  const client = new GatewayClient(profile)
  const body = {
    sql,
    connection: connectionOf(values.connection, profile),
    ...(values.purpose ? { purpose: values.purpose } : {}),
  }
  let answer = await client.submit(body, randomUUID())
  if (answer.status === 'pending_approval') {
    if (!values.json) showHold(answer, values.cancel)
    answer = values.cancel ? await client.cancel(answer.request_id ?? '') : await waitForPeople(client, answer)
  }
  if (values.json) printJson(answer)
  else showEnd(answer)
  return exitStatus(answer)
}

function connectionOf(named: string | undefined, profile: AgentProfile): string {
  const connection = named ?? profile.connection
  if (!connection) throw new CommandError('No connection: give --connection, or put one into the profile.', 2)
  return connection
}

async function waitForPeople(client: GatewayClient, first: Answer): Promise<Answer> {
  const line = new WaitingLine()
  const since = Date.now()
  let answer = first
  const tick = () => line.show(waitingText(answer, Date.now() - since))
  tick()
  const timer = setInterval(tick, 1000)
  try {
    while (answer.status === 'pending_approval' || answer.status === 'running') {
      answer = await client.wait(first.request_id ?? '', waitSeconds)
    }
    return answer
  } finally {
    clearInterval(timer)
    line.clear()
  }
}

function waitingText({ status, approval }: Answer, milliseconds: number): string {
  const elapsed = elapsedText(milliseconds)
  if (status === 'running' || !approval) return `  running … ${elapsed}`
  const { waiting_for, expires_at } = approval
  const now = Math.min(...waiting_for.map(stageOf))
  const who = waiting_for
    .filter(asked => stageOf(asked) === now)
    .map(asked => `${asked.people === 1 ? 'one' : `${asked.people - asked.given} more`} of ${approversName(asked)}`)
    .join(' and ')
  return `  waiting for ${who} … ${elapsed}   expires ${clockTime(Date.parse(expires_at))}`
}

/** `04:07`, and after an hour `1:04:07`: people may take that long. */
function elapsedText(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000)
  return `${hours > 0 ? `${hours}:` : ''}${new Date(milliseconds).toISOString().slice(14, 19)}`
}

function showHold({ rule, request_id, summary, estimate }: Answer, withdrawn: boolean): void {
  print(`  held by rule ${rule}          session ${request_id}`)
  print(`  ${plain(summary ?? '')}${estimateText(estimate)}`)
  if (!withdrawn) print('  Ctrl-C leaves it waiting; the same with --cancel withdraws it')
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
    print(`  ran as ${answer.role}, credential lived ${duration(credential_milliseconds)}`)
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
  return status === 'pending_approval' || status === 'running' ? 5 : 3
}
