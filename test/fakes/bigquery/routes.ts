const segment = '([^/]+)'
const routes: readonly (readonly [string, string, RegExp])[] = [
  ['jobs.query', 'POST', pathOf('queries')],
  ['jobs.getQueryResults', 'GET', pathOf(`queries/${segment}`)],
  ['jobs.insert', 'POST', pathOf('jobs')],
  ['jobs.list', 'GET', pathOf('jobs')],
  ['jobs.get', 'GET', pathOf(`jobs/${segment}`)],
  ['jobs.cancel', 'POST', pathOf(`jobs/${segment}/cancel`)],
  ['datasets.list', 'GET', pathOf('datasets')],
  ['datasets.get', 'GET', pathOf(`datasets/${segment}`)],
  ['tables.list', 'GET', pathOf(`datasets/${segment}/tables`)],
  ['tables.get', 'GET', pathOf(`datasets/${segment}/tables/${segment}`)],
  ['tabledata.list', 'GET', pathOf(`datasets/${segment}/tables/${segment}/data`)],
]

/** The method a path means, with or without the service path, and the path's variable parts; `unknown` is none. */
export function methodAt(verb: string, path: string): { name: string; parts: string[] } {
  for (const [name, method, pattern] of routes) {
    const match = method === verb ? pattern.exec(path) : null
    if (match) return { name, parts: match.slice(1).map(decodeURIComponent) }
  }
  return { name: 'unknown', parts: [] }
}

function pathOf(rest: string): RegExp {
  return new RegExp(`^(?:/bigquery/v2)?/projects/${segment}/${rest}$`)
}
