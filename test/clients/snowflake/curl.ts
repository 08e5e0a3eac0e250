import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Input, Login, Step } from './step.ts'

// One scenario as a line of JSON on standard input, what came of each of its steps as JSON on standard output. What is asked is
// asked by curl of the SQL API, as a shell script would, which repeats what got no answer; only its JSON is read here.

const execute = promisify(execFile)

interface Column {
  readonly name: string
  readonly type: string
}
type Data = readonly (readonly (string | null)[])[]
interface Answer {
  readonly code: string
  readonly sqlState?: string
  readonly message: string
  readonly statementHandle: string
  readonly resultSetMetaData?: { readonly rowType: readonly Column[]; readonly partitionInfo: readonly object[] }
  readonly data?: Data
}

const waits = new Set(['333333', '333334'])
const done = '090001'
const folder = mkdtempSync(join(tmpdir(), 'curl-'))

async function curl({ host, port, token, timeoutSeconds = 60 }: Login, path: string, body?: object): Promise<Answer> {
  // In a file, for an answer that broke off is written anew.
  const file = join(folder, randomUUID())
  const sent = body ? ['--header', 'content-type: application/json', '--data', JSON.stringify(body)] : []
  await execute('curl', [
    ...['--silent', '--show-error', '--compressed', '--output', file, '--max-time', String(timeoutSeconds)],
    ...['--retry', '50', '--retry-all-errors', '--retry-delay', '1'],
    ...['--header', `authorization: Bearer ${token}`, ...sent, `http://${host}:${port}/api/v2/statements${path}`],
  ])
  return JSON.parse(readFileSync(file, 'utf8'))
}

function bindings(values: readonly (string | number)[]): object {
  const bind = (value: string | number) => ({
    type: typeof value === 'number' ? 'FIXED' : 'TEXT',
    value: String(value),
  })
  return Object.fromEntries(values.map((value, at) => [at + 1, bind(value)]))
}

async function submitted(login: Login, { sql, binds = [], detached, cancelled }: Step): Promise<Answer> {
  const query = new URLSearchParams({ requestId: randomUUID(), account: login.account })
  if (detached || cancelled) query.set('async', 'true')
  return curl(login, `?${query}`, { statement: sql, ...(binds.length > 0 ? { bindings: bindings(binds) } : {}) })
}

/** Of an earlier statement, where a driver would ask with RESULT_SCAN: by its handle. */
const scan = /^select \* from table\(result_scan\('\{last\}'\)\)$/

async function ask(login: Login, step: Step, last: string): Promise<object> {
  if (/^(?:use|alter session)\b/i.test(step.sql)) return { untried: 'there are no sessions' }
  if (step.many) return { untried: 'it binds the values of one row' }
  let answer = scan.test(step.sql) ? await curl(login, `/${last}`) : await submitted(login, step)
  if (step.cancelled) {
    await standardInputEnds
    await curl(login, `/${answer.statementHandle}/cancel`, {})
  }
  while (waits.has(answer.code)) answer = await curl(login, `/${answer.statementHandle}`)
  const { code, sqlState = null, message, statementHandle: id } = answer
  if (code !== done) return { code, sqlState, message }
  const rows = await rowsOf(login, answer)
  return { rows, count: rows.length, id }
}

async function rowsOf(login: Login, { resultSetMetaData: said, data = [], statementHandle }: Answer) {
  const { rowType = [], partitionInfo = [] } = said ?? {}
  const parts: Data[] = [data]
  for (let part = 1; part < partitionInfo.length; part++)
    parts.push((await curl(login, `/${statementHandle}?partition=${part}`)).data ?? [])
  return parts.flat().map(row => Object.fromEntries(rowType.map((column, at) => [column.name, plain(row[at], column)])))
}

function plain(text: string | null | undefined, { type }: Column): unknown {
  if (text === null || text === undefined) return null
  const moment = (milliseconds: number) => new Date(milliseconds).toISOString()
  switch (type) {
    case 'fixed':
    case 'real':
      return Number(text)
    case 'boolean':
      return text === 'true'
    case 'date':
      return moment(Number(text) * 86_400_000).slice(0, 10)
    case 'time':
      return moment(Number(text) * 1_000).slice(11, 19)
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz':
      return moment(Number(text.split(' ')[0]) * 1_000).slice(0, 19)
    default:
      return text
  }
}

async function play(login: Login, steps: readonly Step[]): Promise<object[]> {
  const answers: object[] = []
  let last = ''
  // There is no login: what it would have told, any statement tells.
  for (const step of steps.length > 0 ? steps : [{ sql: 'select 1 as one' }]) {
    const answer = await ask(login, step, last)
    if ('id' in answer) last = String(answer.id)
    answers.push(answer)
  }
  return answers
}

const input = createInterface(process.stdin)
const standardInputEnds = new Promise<void>(resolve => input.once('close', resolve))
input.once('line', async line => {
  const { login, steps, beside }: Input = JSON.parse(line)
  const played = await Promise.all([steps, ...(beside ? [beside] : [])].map(part => play(login, part)))
  rmSync(folder, { recursive: true })
  process.stdout.write(JSON.stringify(played.flat()))
})
