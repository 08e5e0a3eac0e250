import type { FastifyInstance } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Journey } from '../../journey.ts'
import { principalOf } from '../request.ts'
import { count } from './page-request.ts'
import { connectionOf, locationOf } from './place.ts'
import { tableSchema } from './result-page.ts'

type Project = { readonly project: string }
type Dataset = Project & { readonly dataset: string }
type Table = Dataset & { readonly table: string }
interface ListQuery {
  readonly maxResults?: string
  readonly pageToken?: string
}

const maxTables = 50
const hidden = { schema: { hide: true } } as const

/**
 * What there is, read-only, of what policy lets this agent see: names, columns and their types. No descriptions, definitions of
 * views, access lists or labels. https://cloud.google.com/bigquery/docs/reference/rest/v2/tables
 */
export function metadataRoutes(app: FastifyInstance, journey: Journey): void {
  app.get('/projects', hidden, async () => {
    const lakes = journey.connections().filter(({ dialect }) => dialect === 'bigquery')
    const projects = lakes.map(({ name: id }, at) => ({
      ...{ kind: 'bigquery#project', id, numericId: String(at + 1) },
      ...{ projectReference: { projectId: id }, friendlyName: id },
    }))
    return { kind: 'bigquery#projectList', etag: 'projects', projects, totalItems: projects.length }
  })
  app.get<{ Params: Project }>('/projects/:project/datasets', hidden, async request => {
    const { project } = request.params
    const connection = connectionOf(journey, project)
    const schemas = await journey.objects.schemas(principalOf(request), connection.name)
    const datasets = schemas.map(dataset => datasetOf({ project, dataset }, locationOf(connection)))
    return { kind: 'bigquery#datasetList', etag: 'datasets', datasets }
  })
  app.get<{ Params: Dataset }>('/projects/:project/datasets/:dataset', hidden, async request => {
    const { project, dataset } = request.params
    const connection = connectionOf(journey, project)
    const [seen] = await journey.objects.tables(principalOf(request), connection.name, dataset, { limit: 1 })
    if (!seen) throw notFound(`Dataset ${project}:${dataset}`)
    return datasetOf(request.params, locationOf(connection))
  })
  app.get<{ Params: Dataset; Querystring: ListQuery }>(
    '/projects/:project/datasets/:dataset/tables',
    hidden,
    async request => {
      const { project, dataset } = request.params
      const { maxResults, pageToken } = request.query
      const limit = Math.min(count(maxResults, maxTables), maxTables)
      const after = pageToken === undefined ? undefined : Buffer.from(pageToken, 'base64url').toString()
      const connection = connectionOf(journey, project)
      const names = await journey.objects.tables(principalOf(request), connection.name, dataset, { limit, after })
      if (names.length === 0 && !after && limit > 0) throw notFound(`Dataset ${project}:${dataset}`)
      const last = names.length === limit ? names.at(-1) : undefined
      return {
        kind: 'bigquery#tableList',
        etag: 'tables',
        tables: names.map(table => tableOf({ project, dataset, table })),
        totalItems: names.length,
        ...(last === undefined ? {} : { nextPageToken: Buffer.from(last).toString('base64url') }),
      }
    },
  )
  app.get<{ Params: Table }>('/projects/:project/datasets/:dataset/tables/:table', hidden, async request => {
    const { project, dataset, table } = request.params
    const connection = connectionOf(journey, project)
    const found = await journey.objects.table(principalOf(request), connection.name, dataset, table)
    if (!found) throw notFound(`Table ${project}:${dataset}.${table}`)
    return {
      ...tableOf(request.params),
      type: found.type,
      location: locationOf(connection),
      schema: tableSchema(found.columns),
    }
  })
}

function datasetOf({ project, dataset }: Dataset, location: string): object {
  const datasetReference = { projectId: project, datasetId: dataset }
  return { kind: 'bigquery#dataset', id: `${project}:${dataset}`, datasetReference, location }
}

function tableOf({ project, dataset, table }: Table): object {
  return {
    kind: 'bigquery#table',
    id: `${project}:${dataset}.${table}`,
    tableReference: { projectId: project, datasetId: dataset, tableId: table },
  }
}

function notFound(what: string): GatewayError {
  return new GatewayError('unknown_session', { message: `Not found: ${what}`.slice(0, 300) })
}
