import { execFile } from 'node:child_process'
import { json } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type { Login, Move, Step } from './step.ts'

// One scenario as JSON on standard input, what came of each of its steps as JSON on standard output. What is asked is asked
// by curl, as a shell script would; only its JSON is read here.

const execute = promisify(execFile)

interface Field {
  readonly name: string
  readonly type: string
  readonly mode: string
  readonly fields?: readonly Field[]
}
interface Answer {
  readonly error?: { readonly code: number; readonly message: string; readonly errors: readonly { reason: string }[] }
  readonly jobReference: { readonly jobId: string; readonly location: string }
  readonly configuration: { readonly jobType: string }
  readonly jobComplete: boolean
  readonly schema?: { readonly fields: readonly Field[] }
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[]
  readonly pageToken?: string
  readonly numDmlAffectedRows?: string
  readonly statistics: { readonly totalBytesProcessed: string }
}

/** A refusal of the API, thrown as the answer that it is. */
class Refused extends Error {
  readonly answer: object

  constructor({ code, message, errors }: NonNullable<Answer['error']>) {
    super(message)
    this.answer = { code, reason: errors[0]?.reason ?? null, message }
  }
}

async function curl(words: readonly string[]): Promise<unknown> {
  const { stdout } = await execute('curl', ['--silent', '--show-error', ...words], { maxBuffer: 1 << 27 })
  return JSON.parse(stdout)
}

/** RFC 8693, for the hour that the token of a credential file lasts. */
async function exchanged(url: string, token: string): Promise<string> {
  const type = 'urn:ietf:params:oauth:token-type'
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: `${type}:access_token`,
    subject_token_type: `${type}:jwt`,
    subject_token: token,
  }
  const words = Object.entries(form).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`])
  const said = (await curl([...words, `${url}/sts/v1/token`])) as Record<string, string>
  if (!said.access_token) {
    const [code, reason = null, message = ''] = [400, said.error, said.error_description]
    throw new Refused({ code, message, errors: [{ reason: reason ?? '' }] })
  }
  return said.access_token
}

async function ask({ url, project, token }: Login, path: string, body?: object, root = ''): Promise<Answer> {
  const sent = body ? ['--header', 'content-type: application/json', '--data', JSON.stringify(body)] : []
  const bearer = ['--header', `authorization: Bearer ${token}`, '--compressed']
  const answer = (await curl([...bearer, ...sent, `${url}${root}/bigquery/v2/projects/${project}/${path}`])) as Answer
  if (answer.error) throw new Refused(answer.error)
  return answer
}

function queryOf({ sql, parameters = [] }: Step): object {
  const queryParameters = parameters.map(([name, type, value]) => ({
    name,
    parameterType: Array.isArray(value) ? { type: 'ARRAY', arrayType: { type } } : { type },
    parameterValue: Array.isArray(value)
      ? { arrayValues: value.map(each => ({ value: String(each) })) }
      : { value: String(value) },
  }))
  const named = parameters.length > 0 ? { parameterMode: 'NAMED', queryParameters } : {}
  return { query: sql, useLegacySql: false, ...named }
}

async function answer(login: Login, step: Step): Promise<object> {
  if (step.insert) {
    const [dataset, table] = step.insert.split('.').slice(-2)
    return ask(login, `datasets/${dataset}/tables/${table}/insertAll`, { rows: [{ json: { id: 1 } }] })
  }
  const load = { configuration: { load: { sourceFormat: 'CSV' } } }
  if (step.load) return ask(login, 'jobs?uploadType=resumable', load, '/upload')
  if (step.move) return moved(login, step, step.move)
  if (step.list) return listed(login, step, step.list)
  const query = { ...queryOf(step), ...(step.into ? { destinationTable: reference(step.into) } : {}) }
  const maxResults = step.pageSize ? { maxResults: step.pageSize } : {}
  if (step.how === 'query_and_wait')
    return rowsOf(login, step, await ask(login, 'queries', { ...query, ...maxResults }))
  const job = await ask(login, 'jobs', { configuration: { query, ...(step.dryRun ? { dryRun: true } : {}) } })
  if (step.dryRun) return { rows: [], count: Number(job.statistics.totalBytesProcessed) }
  const { jobId } = job.jobReference
  if (step.cancel) await ask(login, `jobs/${jobId}/cancel`, {})
  return rowsOf(login, step, { ...job, jobComplete: false })
}

function reference(name: string): object {
  const [projectId, datasetId, tableId] = name.split('.')
  return { projectId, datasetId, tableId }
}

function configurationOf({ kind, from, to }: Move): object {
  if (kind === 'copy') return { copy: { sourceTable: reference(from), destinationTable: reference(to) } }
  if (kind === 'extract') return { extract: { sourceTable: reference(from), destinationUris: [to] } }
  return { load: { sourceUris: [from], destinationTable: reference(to), autodetect: true } }
}

async function listed(login: Login, { pageSize = 1_000 }: Step, name: string): Promise<object> {
  const [dataset, table] = name.split('.').slice(-2)
  const path = `datasets/${dataset}/tables/${table}`
  const fields = (await ask(login, path)).schema?.fields ?? []
  const rows: unknown[] = []
  for (let next: string | undefined = ''; next !== undefined; ) {
    const page = await ask(login, `${path}/data?maxResults=${pageSize}${next ? `&pageToken=${next}` : ''}`)
    rows.push(...(page.rows ?? []).map(({ f }) => record(f, fields)))
    next = page.pageToken
  }
  return { rows }
}

async function moved(login: Login, step: Step, move: Move): Promise<object> {
  const job = await ask(login, 'jobs', { configuration: configurationOf(move) })
  await rowsOf(login, step, { ...job, jobComplete: false })
  const { configuration } = await ask(login, `jobs/${job.jobReference.jobId}`)
  return { rows: [{ kind: configuration.jobType.toLowerCase() }] }
}

/** Asks on while it waits, and then for page after page. */
async function rowsOf(login: Login, step: Step, first: Answer): Promise<object> {
  const { jobId, location } = first.jobReference
  const rows: unknown[] = []
  const limit = step.pageSize ? `&maxResults=${step.pageSize}` : ''
  for (let page = first; ; ) {
    const fields = page.schema?.fields ?? []
    rows.push(...(page.rows ?? []).map(({ f }) => record(f, fields)))
    if (page.jobComplete && !page.pageToken) return { rows, count: Number(page.numDmlAffectedRows) }
    const next = page.pageToken ? `&pageToken=${page.pageToken}` : ''
    page = await ask(login, `queries/${jobId}?location=${location}${limit}${next}`)
  }
}

function record(cells: readonly { readonly v: unknown }[], fields: readonly Field[]): object {
  return Object.fromEntries(fields.map((field, at) => [field.name, plain(cells[at]?.v, field)]))
}

function plain(value: unknown, field: Field): unknown {
  if (field.mode === 'REPEATED')
    return (value as { v: unknown }[]).map(({ v }) => plain(v, { ...field, mode: 'NULLABLE' }))
  if (value === null) return null
  switch (field.type) {
    case 'RECORD':
    case 'STRUCT':
      return record((value as { f: { v: unknown }[] }).f, field.fields ?? [])
    case 'INTEGER':
    case 'INT64':
    case 'FLOAT':
    case 'FLOAT64':
    case 'NUMERIC':
      return Number(value)
    case 'BOOLEAN':
    case 'BOOL':
      return value === 'true'
    case 'BYTES':
      return Buffer.from(String(value), 'base64').toString('hex').toUpperCase()
    case 'TIMESTAMP':
      return new Date(Number(value) * 1_000).toISOString().slice(0, 19)
    default:
      return value
  }
}

const { login, steps } = (await json(process.stdin)) as { login: Login; steps: readonly Step[] }
const refusal = (error: unknown) => {
  if (error instanceof Refused) return error.answer
  throw error
}
const answers: object[] = []
for (const step of steps) {
  const opened = process.argv[2] === 'file' ? exchanged(login.url, login.token) : login.token
  answers.push(
    await Promise.resolve(opened)
      .then(token => answer({ ...login, token }, step))
      .catch(refusal),
  )
}
process.stdout.write(JSON.stringify(answers))
