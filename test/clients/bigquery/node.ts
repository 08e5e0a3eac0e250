import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { BigQuery, type Query, type QueryResultsOptions } from '@google-cloud/bigquery'
import { OAuth2Client } from 'google-auth-library'
import type { Login, Move, Step } from './step.ts'

// One scenario as JSON on standard input, what came of each of its steps as JSON on standard output.

function clientOf({ url, project, token }: Login): BigQuery {
  if (process.argv[2] === 'file')
    return new BigQuery({ projectId: project, apiEndpoint: url, keyFilename: credentialFile(url, token) })
  const authClient = new OAuth2Client({ credentials: { access_token: token } })
  return new BigQuery({ projectId: project, apiEndpoint: url, authClient })
}

function credentialFile(url: string, token: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-credential-'))
  process.once('exit', () => rmSync(folder, { recursive: true }))
  const [subject, file] = [join(folder, 'token'), join(folder, 'credential.json')]
  writeFileSync(subject, token)
  const credential = {
    type: 'external_account',
    audience: '//querywarden/agents',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${url}/sts/v1/token`,
    credential_source: { file: subject, format: { type: 'text' } },
    universe_domain: 'googleapis.com',
  }
  writeFileSync(file, JSON.stringify(credential))
  return file
}

function queryOf({ sql, parameters = [] }: Step): Query {
  if (parameters.length === 0) return { query: sql }
  const entries = (of: (type: string, value: unknown) => unknown) =>
    Object.fromEntries(parameters.map(([name, type, value]) => [name, of(type, value)]))
  return {
    query: sql,
    params: entries((_type, value) => value),
    types: entries((type, value) => (Array.isArray(value) ? [type] : type)),
  } as Query
}

function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('hex').toUpperCase()
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  if ('c' in value && 'e' in value && 's' in value) return Number(value)
  if ('value' in value) return String(value.value).replace(/(?:\.\d+)?Z$/, '')
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}

async function ask(client: BigQuery, step: Step): Promise<object> {
  const query = queryOf(step)
  const [dataset = '', name = ''] = (step.insert ?? step.load ?? step.list ?? step.into ?? '').split('.').slice(-2)
  const table = client.dataset(dataset).table(name)
  if (step.insert) return table.insert([{ id: 1 }])
  if (step.load) return table.load(import.meta.filename, { format: 'CSV' })
  if (step.move) return moved(client, step.move)
  if (step.tables) {
    const [tables] = await client.dataset(step.tables).getTables()
    return { rows: tables.map(({ id, metadata }) => ({ name: id, type: metadata.type })) }
  }
  if (step.list) return { rows: (await inPages(next => table.getRows(next), step.pageSize)).map(plain) }
  if (step.how === 'query_and_wait' && !step.pageSize) {
    const [rows] = await client.query(query)
    return { rows: rows.map(plain) }
  }
  const destination = step.into ? { destination: table } : {}
  const within =
    step.session === 'open'
      ? { createSession: true }
      : session === undefined
        ? {}
        : { connectionProperties: [{ key: 'session_id', value: session }] }
  const asked = { ...query, ...destination, ...within, ...(step.dryRun ? { dryRun: true } : {}) }
  const [job] = await client.createQueryJob(asked)
  if (step.dryRun) return { rows: [], count: Number(job.metadata.statistics.totalBytesProcessed) }
  if (step.cancel) await job.cancel()
  const paged = (next: QueryResultsOptions) => job.getQueryResults(next)
  const rows = step.pageSize ? await inPages(paged, step.pageSize) : (await job.getQueryResults())[0]
  const [{ statistics }] = await job.getMetadata()
  if (step.session === 'open') session = statistics.sessionInfo.sessionId
  return { rows: rows.map(plain), count: Number(statistics.query.numDmlAffectedRows) }
}

/** Files of Cloud Storage are named by another library, so of the helpers only the one that copies is of use. */
async function moved(client: BigQuery, { kind, from, to }: Move): Promise<object> {
  const table = (name: string) => {
    const [projectId = '', dataset = '', id = ''] = name.split('.')
    return client.dataset(dataset, { projectId }).table(id)
  }
  const reference = (name: string) => {
    const [projectId = '', datasetId = '', tableId = ''] = name.split('.')
    return { projectId, datasetId, tableId }
  }
  const extract = { sourceTable: reference(from), destinationUris: [to] }
  const load = { sourceUris: [from], destinationTable: reference(to), autodetect: true }
  const [job] =
    kind === 'copy'
      ? await table(from).createCopyJob(table(to))
      : await client.createJob({ configuration: kind === 'extract' ? { extract } : { load } })
  await job.promise()
  const [{ configuration }] = await job.getMetadata()
  return { rows: [{ kind: configuration.jobType.toLowerCase() }] }
}

type Paged = (next: QueryResultsOptions) => Promise<readonly unknown[]>

async function inPages(page: Paged, maxResults = 1_000): Promise<unknown[]> {
  const rows: unknown[] = []
  let next: QueryResultsOptions | null = { maxResults, autoPaginate: false }
  while (next) {
    const answer = await page(next)
    rows.push(...(answer[0] as unknown[]))
    next = (answer[1] as QueryResultsOptions | null | undefined) ?? null
  }
  return rows
}

function refusal(error: unknown): object {
  const { code = 0, message, errors } = error as Error & { code?: number; errors?: { reason?: string }[] }
  return { code, reason: errors?.[0]?.reason ?? null, message }
}

let session: string | undefined
const { login, steps } = (await json(process.stdin)) as { login: Login; steps: readonly Step[] }
const client = clientOf(login)
const answers: object[] = []
for (const step of steps) answers.push(await ask(client, step).catch(refusal))
process.stdout.write(JSON.stringify(answers))
