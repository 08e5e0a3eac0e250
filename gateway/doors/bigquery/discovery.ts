import type { FastifyInstance } from 'fastify'

/*
 * The description of the API that some clients (Google's generic library, bq) read before they ask anything, of the methods that
 * are served here. Public, as Google's own: https://developers.google.com/discovery/v1/reference/apis
 */

type Place = 'path' | 'query'

const query = (...names: readonly string[]) => names.map(name => [name, 'query'] as const)
const path = (...names: readonly string[]) => names.map(name => [name, 'path'] as const)
const project = path('projectId')
const job = path('projectId', 'jobId')
const table = path('projectId', 'datasetId', 'tableId')
const page = query('maxResults', 'pageToken', 'startIndex')
const timestamps = query('formatOptions.useInt64Timestamp', 'formatOptions.timestampOutputFormat')

type Method = readonly [verb: string, path: string, parameters: readonly (readonly [string, Place])[]]

const methods: Readonly<Record<string, Readonly<Record<string, Method>>>> = {
  projects: { list: ['GET', 'projects', []] },
  datasets: {
    get: ['GET', 'projects/{+projectId}/datasets/{+datasetId}', path('projectId', 'datasetId')],
    list: ['GET', 'projects/{+projectId}/datasets', project],
  },
  tables: {
    get: ['GET', 'projects/{+projectId}/datasets/{+datasetId}/tables/{+tableId}', table],
    list: [
      'GET',
      'projects/{+projectId}/datasets/{+datasetId}/tables',
      [...path('projectId', 'datasetId'), ...query('maxResults', 'pageToken')],
    ],
  },
  tabledata: {
    list: [
      'GET',
      'projects/{+projectId}/datasets/{+datasetId}/tables/{+tableId}/data',
      [...table, ...page, ...timestamps, ...query('selectedFields')],
    ],
  },
  jobs: {
    query: ['POST', 'projects/{+projectId}/queries', project],
    insert: ['POST', 'projects/{+projectId}/jobs', project],
    get: ['GET', 'projects/{+projectId}/jobs/{+jobId}', [...job, ...query('location')]],
    getQueryResults: [
      'GET',
      'projects/{+projectId}/queries/{+jobId}',
      [...job, ...page, ...timestamps, ...query('location', 'timeoutMs')],
    ],
    cancel: ['POST', 'projects/{+projectId}/jobs/{+jobId}/cancel', [...job, ...query('location', 'projection')]],
    list: [
      'GET',
      'projects/{+projectId}/jobs',
      [
        ...project,
        ...query('allUsers', 'maxCreationTime', 'maxResults', 'minCreationTime', 'pageToken', 'parentJobId'),
        ...query('projection', 'stateFilter'),
      ],
    ],
  },
}

/** `url`: the gateway as clients reach it. */
export function discoveryRoutes(app: FastifyInstance, url: string): void {
  const document = discoveryDocument(`${url}/`)
  for (const place of ['/$discovery/rest', '/discovery/v1/apis/bigquery/v2/rest', '/bigquery/v2/rest'])
    app.get(place, { schema: { hide: true } }, async () => document)
}

function discoveryDocument(rootUrl: string): object {
  const resources = Object.entries(methods).map(([resource, named]) => {
    const described = Object.entries(named).map(([name, method]) => [name, methodOf(`${resource}.${name}`, method)])
    return [resource, { methods: Object.fromEntries(described) }]
  })
  return {
    ...{
      kind: 'discovery#restDescription',
      discoveryVersion: 'v1',
      id: 'bigquery:v2',
      name: 'bigquery',
      version: 'v2',
    },
    ...{ title: 'BigQuery API, as far as Querywarden serves it', protocol: 'rest', ownerDomain: 'google.com' },
    ...{ rootUrl, servicePath: 'bigquery/v2/', baseUrl: `${rootUrl}bigquery/v2/`, basePath: '/bigquery/v2/' },
    parameters: Object.fromEntries(
      ['alt', 'fields', 'prettyPrint', 'quotaUser'].map(name => [name, parameterOf('query')]),
    ),
    schemas: { Body: { id: 'Body', type: 'object', additionalProperties: { type: 'any' } } },
    resources: Object.fromEntries(resources),
  }
}

function methodOf(name: string, [httpMethod, path, parameters]: Method): object {
  return {
    id: `bigquery.${name}`,
    path,
    flatPath: path.replaceAll('{+', '{'),
    httpMethod,
    parameters: Object.fromEntries(parameters.map(([parameter, place]) => [parameter, parameterOf(place)])),
    parameterOrder: parameters.filter(([, place]) => place === 'path').map(([parameter]) => parameter),
    ...(httpMethod === 'POST' && !name.endsWith('cancel') ? { request: { $ref: 'Body' } } : {}),
    response: { $ref: 'Body' },
  }
}

function parameterOf(location: Place): object {
  return { type: 'string', location, ...(location === 'path' ? { required: true } : {}) }
}
