import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ConnectionFacts, Journey } from '../../journey/journey.ts'
import type { Looking, NamePage, PageAsked } from '../../journey/visible-objects.ts'
import { principalOf, whenClientLeaves } from '../request.ts'
import { count } from './page-request.ts'
import { connectionOf, locationOf, notFound } from './place.ts'
import { tableSchema } from './result-page.ts'

type Project = { readonly project: string }
type Dataset = Project & { readonly dataset: string }
type Table = Dataset & { readonly table: string }
interface ListQuery {
  readonly maxResults?: string
  readonly pageToken?: string
}

const maxNames = 50
const hidden = { schema: { hide: true } } as const

/**
 * What there is, read-only, of what policy lets this agent see: names, columns and their types, partitions and clusters. No
 * descriptions, definitions of views, access lists or labels. https://cloud.google.com/bigquery/docs/reference/rest/v2/tables
 */
export function metadataRoutes(app: FastifyInstance, journey: Journey): void {
  projectRoutes(app, journey)
  tableRoutes(app, journey)
}

function projectRoutes(app: FastifyInstance, journey: Journey): void {
  app.get('/projects', hidden, async () => {
    const lakes = journey.connections().filter(({ dialect }) => dialect === 'bigquery')
    const projects = lakes.map(({ name: id }, at) => ({
      ...{ kind: 'bigquery#project', id, numericId: String(at + 1) },
      ...{ projectReference: { projectId: id }, friendlyName: id },
    }))
    return { kind: 'bigquery#projectList', etag: 'projects', projects, totalItems: projects.length }
  })
  app.get<{ Params: Project; Querystring: ListQuery }>(
    '/projects/:project/datasets',
    hidden,
    async (request, reply) => {
      const { project } = request.params
      const connection = connectionOf(journey, project)
      const page = await journey.objects.schemas(looking(connection, request, reply), pageOf(request.query))
      const datasets = page.found.map(dataset => datasetOf({ project, dataset }, locationOf(connection)))
      return { kind: 'bigquery#datasetList', etag: 'datasets', datasets, ...nextPage(page) }
    },
  )
  app.get<{ Params: Dataset }>('/projects/:project/datasets/:dataset', hidden, async (request, reply) => {
    const { project, dataset } = request.params
    const connection = connectionOf(journey, project)
    const { found } = await journey.objects.tables(looking(connection, request, reply), dataset, { limit: 1 })
    if (found.length === 0) throw notFound(`Dataset ${project}:${dataset}`)
    return datasetOf(request.params, locationOf(connection))
  })
}

function tableRoutes(app: FastifyInstance, journey: Journey): void {
  app.get<{ Params: Dataset; Querystring: ListQuery }>(
    '/projects/:project/datasets/:dataset/tables',
    hidden,
    async (request, reply) => {
      const { project, dataset } = request.params
      const asked = pageOf(request.query)
      const connection = connectionOf(journey, project)
      const page = await journey.objects.tables(looking(connection, request, reply), dataset, asked)
      if (page.found.length === 0 && !asked.token && asked.limit > 0) throw notFound(`Dataset ${project}:${dataset}`)
      return {
        kind: 'bigquery#tableList',
        etag: 'tables',
        tables: page.found.map(({ name: table, type }) => ({ ...tableOf({ project, dataset, table }), type })),
        totalItems: page.found.length,
        ...nextPage(page),
      }
    },
  )
  app.get<{ Params: Table }>('/projects/:project/datasets/:dataset/tables/:table', hidden, async (request, reply) => {
    const { project, dataset, table } = request.params
    const connection = connectionOf(journey, project)
    const found = await journey.objects.table(looking(connection, request, reply), dataset, table)
    if (!found) throw notFound(`Table ${project}:${dataset}.${table}`)
    return {
      ...tableOf(request.params),
      type: found.type,
      location: locationOf(connection),
      schema: tableSchema(found.columns),
      ...found.layout,
    }
  })
}

function looking({ name }: ConnectionFacts, request: FastifyRequest, reply: FastifyReply): Looking {
  return { principal: principalOf(request), connection: name, signal: whenClientLeaves(reply) }
}

function pageOf({ maxResults, pageToken }: ListQuery): PageAsked {
  const limit = Math.min(count(maxResults, maxNames), maxNames)
  return { limit, token: pageToken }
}

function nextPage({ token }: NamePage<unknown>): object {
  return token ? { nextPageToken: token } : {}
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
