import { GoogleError } from '../google/google-error.ts'
import { type Engine, notFound } from './engine.ts'
import type { TableName } from './google-sql.ts'
import { type Job, location, referenceOf } from './job.ts'
import type { Call } from './job-methods.ts'
import type { Jobs } from './jobs.ts'
import { denied, type Permissions } from './permissions.ts'
import { logicalBytes } from './query-plan.ts'
import { pageOf, pageRequest } from './result-pages.ts'
import type { Field } from './schema.ts'

interface Catalog {
  readonly engine: Engine
  readonly jobs: Jobs
  readonly permissions: Permissions
  /** Policy tags by `dataset.table.column`. */
  readonly policyTags: Readonly<Record<string, readonly string[]>>
  /** Partitions and clusters by `dataset.table`, as the API has them. */
  readonly layouts: Readonly<Record<string, object>>
}

/** Datasets, tables and their rows. https://cloud.google.com/bigquery/docs/reference/rest/v2/tables */
export function tableMethods(catalog: Catalog) {
  const { engine, permissions } = catalog
  return {
    'datasets.list': async ({ project, principal }: Call) => {
      const visible = (await engine.datasets()).filter(dataset => permissions.canSeeDataset(principal, dataset))
      return {
        kind: 'bigquery#datasetList',
        datasets: project === engine.project ? visible.map(id => dataset(project, id)) : [],
      }
    },
    'datasets.get': async ({ project, first, principal }: Call) => {
      await demandDataset(catalog, project, first, principal)
      return { ...dataset(project, first), creationTime: '1700000000000', lastModifiedTime: '1700000000000' }
    },
    'tables.list': async ({ project, first, principal, request }: Call) => {
      await demandDataset(catalog, project, first, principal)
      const all = await engine.listed(first)
      const start = Number(request.query.get('pageToken') ?? 0)
      const end = start + Number(request.query.get('maxResults') ?? 50)
      const tables = all.slice(start, end).map(({ name, type, created }) => ({
        kind: 'bigquery#table',
        ...identity({ project, dataset: first, table: name }),
        type,
        creationTime: String(created),
      }))
      const more = end < all.length ? { nextPageToken: String(end) } : {}
      return { kind: 'bigquery#tableList', tables, totalItems: all.length, ...more }
    },
    'tables.get': async (call: Call) => {
      const name = tableOf(call)
      const stored = resultAt(catalog, name, call.principal)
      const { schema, rows, type, query } = stored
        ? { schema: stored.result?.schema ?? [], rows: stored.result?.rows.count ?? 0, type: 'TABLE', query: undefined }
        : await readable(catalog, name, call.principal)
      return {
        kind: 'bigquery#table',
        ...identity(name),
        type,
        ...(query === undefined ? {} : { view: { query, useLegacySql: false } }),
        location,
        ...(stored ? {} : catalog.layouts[`${name.dataset}.${name.table}`]),
        schema: { fields: stored ? schema : schema.map(field => tagged(catalog, name, field)) },
        numRows: String(rows),
        numBytes: String(logicalBytes(schema, rows)),
        creationTime: '1700000000000',
        lastModifiedTime: '1700000000000',
      }
    },
    'tabledata.list': async (call: Call) => {
      const job = resultAt(catalog, tableOf(call), call.principal) ?? (await scan(catalog, call))
      return {
        kind: 'bigquery#tableDataList',
        etag: `"${job.id}"`,
        ...pageOf(job, pageRequest(call.request.query, job)),
      }
    },
  }
}

/** A table's own rows are read as a query's are, so that paging is the same. */
async function scan({ engine, jobs, permissions }: Catalog, call: Call): Promise<Job> {
  const name = tableOf(call)
  if (!(await engine.has(name))) throw notFound(name)
  permissions.demandRead(call.principal, name)
  return jobs.scan(name, call.principal)
}

async function readable({ engine, permissions }: Catalog, name: TableName, principal: string) {
  if (permissions.canRead(principal, name)) return engine.table(name)
  const text = `${name.project}:${name.dataset}.${name.table}`
  throw denied(`Table ${text}: Permission bigquery.tables.get denied on table ${text} (or it may not exist).`)
}

/** The job whose anonymous result table this is. Only its owner may see it. */
function resultAt({ jobs }: Catalog, { dataset, table }: TableName, principal: string): Job | undefined {
  if (!dataset.startsWith('_')) return undefined
  const job = jobs.all().find(one => one.destination.dataset === dataset && one.destination.table === table)
  if (job?.principal === principal && job.result) return job
  throw denied(`Dataset ${dataset}: User does not have permission to access it, or perhaps it does not exist.`)
}

async function demandDataset({ engine, permissions }: Catalog, project: string, id: string, principal: string) {
  if (!permissions.canSeeDataset(principal, id)) {
    throw denied(
      `Dataset ${project}:${id}: Permission bigquery.datasets.get denied on dataset ${project}:${id} (or it may not exist).`,
    )
  }
  if (project !== engine.project || !(await engine.datasets()).includes(id)) {
    throw new GoogleError(404, `Not found: Dataset ${project}:${id}`, 'notFound')
  }
}

function tagged({ policyTags }: Catalog, { dataset, table }: TableName, field: Field): Field {
  const names = policyTags[`${dataset}.${table}.${field.name}`]
  return names ? { ...field, policyTags: { names } } : field
}

function tableOf({ project, first, second }: Call): TableName {
  if (second.includes('*')) throw new GoogleError(400, `Invalid table ID "${second}".`, 'invalid')
  return { project, dataset: first, table: second }
}

function identity(name: TableName) {
  return { id: `${name.project}:${name.dataset}.${name.table}`, tableReference: referenceOf(name) }
}

function dataset(projectId: string, datasetId: string) {
  return {
    kind: 'bigquery#dataset',
    id: `${projectId}:${datasetId}`,
    datasetReference: { projectId, datasetId },
    location,
  }
}
