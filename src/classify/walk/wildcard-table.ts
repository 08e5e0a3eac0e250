/**
 * BigQuery's wildcard tables: `project.dataset.events_*` is every table of the data set whose name begins with `events_`, with
 * the columns of the newest. https://cloud.google.com/bigquery/docs/querying-wildcard-tables
 */
export function isWildcardTable(name: string): boolean {
  return name.indexOf('*') === name.length - 1 && name.length > 1
}

/** Whether the wildcard, by its full name, stands for this table. */
export function standsFor(wildcard: string, table: string): boolean {
  const start = wildcard.slice(0, -1)
  return table.startsWith(start) && !table.slice(start.length).includes('.')
}
