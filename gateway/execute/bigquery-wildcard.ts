import { type BigQueryApi, isObject } from './bigquery-api.ts'

/** One table that a wildcard stands for. */
export interface WildcardTable {
  readonly table: string
  /** `TABLE`, `VIEW`, …, as the API has it. */
  readonly type: string
  /** Milliseconds since the epoch. */
  readonly created: number
}

/** Thirty years of days; a data set with more tables in it is not looked through. */
const maxPages = 10
const pageSize = 1_000

/**
 * The tables that `dataset.events_*` stands for, from `tables.list`; nothing where the data set holds too many to tell.
 * Rejects with `BigQueryFailure` or `Unanswered`. https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/list
 */
export async function wildcardTables(
  api: BigQueryApi,
  { project, dataset, table }: { readonly project: string; readonly dataset: string; readonly table: string },
): Promise<readonly WildcardTable[] | undefined> {
  const start = table.slice(0, -1)
  const found: WildcardTable[] = []
  let pageToken: string | undefined
  for (let page = 0; page < maxPages; page += 1) {
    const query = { maxResults: pageSize, pageToken }
    const answer = await api.call('GET', `datasets/${dataset}/tables`, { project, query })
    for (const item of Array.isArray(answer.tables) ? answer.tables.filter(isObject) : []) {
      const name = isObject(item.tableReference) ? String(item.tableReference.tableId) : ''
      const created = Number(item.creationTime ?? Number.NaN)
      if (name.startsWith(start)) found.push({ table: name, type: String(item.type), created })
    }
    if (typeof answer.nextPageToken !== 'string')
      return found.some(each => Number.isNaN(each.created)) ? undefined : found
    pageToken = answer.nextPageToken
  }
  return undefined
}
