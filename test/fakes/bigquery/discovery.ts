/** As much of the discovery document as a client needs to find the methods. */
export function discoveryDocument(url: string) {
  return {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'bigquery:v2',
    name: 'bigquery',
    version: 'v2',
    protocol: 'rest',
    rootUrl: `${url}/`,
    servicePath: 'bigquery/v2/',
    baseUrl: `${url}/bigquery/v2/`,
    batchPath: 'batch/bigquery/v2',
    resources: {},
  }
}
