import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { FakeSlack } from '#test/fakes/slack/fake-slack.ts'
import { findLeaks } from '#test/stand/leaks.ts'
import type { Stand } from '#test/stand/stand.ts'

const root = join(import.meta.dirname, '..', '..')

interface Expected {
  readonly sizes: { readonly customers: number; readonly orders: number }
  /** Rows with status 'test'. */
  readonly deleted: number
}

/** The demo without a person: the same commands, real clicks on the local Slack. True where every step did what it should. */
export async function runUnattended(stand: Stand, { sizes, deleted }: Expected): Promise<boolean> {
  const transcript = new Transcript(stand)
  await transcript.command('a harmless query answers at once, masked', [
    ...['query', 'select id, email, city from shop.customers limit 3'],
  ])
  transcript.expect('e-mails are masked', /c\*\*\*@\*\*\*\.example/)

  const remove = "delete from shop.orders where status = 'test'"
  const purpose = ['--purpose', 'remove test orders before the audit']
  for (const connection of ['shop', 'lake']) {
    const waiting = transcript.command(`a DELETE waits for a person (${connection})`, [
      ...['query', remove, ...purpose, '--connection', connection],
    ])
    const clicked = await clickApprove(stand.slack, connection)
    await waiting
    transcript.note(`Approve was clicked by oncall-1 on the card "${clicked}"`)
    transcript.expect('it was held by the rule', /held by rule writes-need-a-person/)
    transcript.expect(`${deleted} rows were removed`, new RegExp(`${deleted.toLocaleString('en-US')} rows`))
    const id = /sessions replay (\S+)/.exec(transcript.last)?.[1] ?? 'none'
    await transcript.command('the recorded session replays, each stage with its time', ['sessions', 'replay', id])
    transcript.expect('the replay names who approved', /approved by oncall-1/)
    transcript.expect('the replay names the credential', /credential .* minted as AGENT_WRITER/)
  }
  await transcript.command('an unload is refused', ['query', 'copy into @export from shop.customers'], 3)
  transcript.expect('with the rule’s name', /refused by rule no-unload/)
  const exported = "export data options (uri = 'gs://elsewhere/*.csv', format = 'CSV') as select * from shop.customers"
  await transcript.command('so is EXPORT DATA', ['query', exported, '--connection', 'lake'], 3)
  transcript.expect('with the rule’s name', /refused by rule no-unload/)

  await checkWarehouses(stand, transcript, remove, sizes.orders - deleted)
  const leaks = await findLeaks(stand, transcript.text)
  transcript.check(
    `no raw e-mail, phone or card number in ${leaks.looked} places (responses, logs, cards, recordings)`,
    leaks.found.length === 0,
    leaks.found.join('; '),
  )
  transcript.end()
  return transcript.ok
}

async function checkWarehouses(
  { snowflake, bigquery }: Stand,
  transcript: Transcript,
  sql: string,
  left: number,
): Promise<void> {
  const ran = snowflake.statements().filter(statement => statement.sqlText === sql)
  const times = ran.reduce((sum, { executions }) => sum + executions, 0)
  transcript.check('Snowflake ran the DELETE exactly once, byte for byte', times === 1, `${times} times`)
  transcript.check(
    'BigQuery ran the DELETE exactly once, byte for byte',
    bigquery.timesExecuted(sql) === 1,
    `${bigquery.timesExecuted(sql)} times`,
  )
  const live = snowflake.sessions().filter(({ role, endedAt }) => role === 'AGENT_WRITER' && endedAt === undefined)
  transcript.check('the credential’s session was ended', live.length === 0, `${live.length} still open`)
  const rows = await snowflake.database.admin.runAndReadAll('select count(*) from "DEMO"."SHOP"."ORDERS"')
  const count = Number(rows.getRows()[0]?.[0])
  transcript.check(`${left.toLocaleString('en-US')} orders are left`, count === left, `${count} are left`)
  transcript.check('nothing was unloaded or exported', bigquery.moved.length === 0, `${bigquery.moved.length} moved`)
}

/** As a person does: waits for the card that is not decided yet, and presses its button. */
async function clickApprove(slack: FakeSlack, connection: string): Promise<string> {
  const open = await slack.waitFor(
    () =>
      slack
        .messages('C0APPROVALS')
        .find(
          message =>
            !message.threadTs && approveButton(message.blocks) && JSON.stringify(message.blocks).includes(connection),
        ),
    `card for ${connection}`,
    30_000,
  )
  const action = approveButton(open.blocks)
  await fetch(`${slack.url}/_control/click`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'U0ONCALL1', channel: open.channel, ts: open.ts, action_id: action, confirm: 'yes' }),
  })
  return open.text
}

/** The `action_id` of the button that says Approve. */
function approveButton(blocks: unknown): string | undefined {
  const elements = (blocks as { elements?: { action_id?: string; text?: { text?: string } }[] }[] | undefined)?.flatMap(
    block => block.elements ?? [],
  )
  return elements?.find(element => element.text?.text === 'Approve')?.action_id
}

/** Prints what happens as it happens, keeps it for the leak search, and counts what went wrong. */
class Transcript {
  text = ''
  last = ''
  #failed = 0
  readonly #stand: Stand
  readonly #since = performance.now()

  constructor(stand: Stand) {
    this.#stand = stand
  }

  get ok(): boolean {
    return this.#failed === 0
  }

  async command(what: string, args: readonly string[], status = 0): Promise<void> {
    const shown = args.map(arg => (/^[\w./@-]+$/.test(arg) ? arg : `"${arg}"`)).join(' ')
    this.#say(`\n${this.#time()}  ${what}\n  $ npx querywarden ${shown}`)
    const began = performance.now()
    const { output, code } = await runCli(args, this.#stand)
    this.last = output
    this.#say(output.trimEnd())
    this.check(
      `exit status ${status}, ${Math.round(performance.now() - began)} ms`,
      code === status,
      `exit status ${code}`,
    )
  }

  expect(what: string, pattern: RegExp): void {
    this.check(what, pattern.test(this.last), `not in the output: ${pattern}`)
  }

  check(what: string, ok: boolean, otherwise: string): void {
    if (!ok) this.#failed++
    this.#say(`  ${ok ? '✔' : '✖'} ${what}${ok ? '' : `: ${otherwise}`}`)
  }

  note(text: string): void {
    this.#say(`  ${text}`)
  }

  end(): void {
    this.#say(
      this.ok ? `\n${this.#time()}  every step did what it should` : `\n${this.#time()}  ${this.#failed} checks failed`,
    )
  }

  #time(): string {
    return `[${((performance.now() - this.#since) / 1000).toFixed(1).padStart(5)} s]`
  }

  #say(text: string): void {
    this.text += `${text}\n`
    console.log(text)
  }
}

function runCli(args: readonly string[], stand: Stand): Promise<{ output: string; code: number | null }> {
  const env = {
    ...process.env,
    QUERYWARDEN_PROFILE: join(stand.folder, 'agent.json'),
    QUERYWARDEN_CONFIG: stand.config,
    ...stand.env,
  }
  const child = spawn(process.execPath, ['gateway/cli/main.ts', ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  return new Promise(resolve => child.on('close', code => resolve({ output, code })))
}
