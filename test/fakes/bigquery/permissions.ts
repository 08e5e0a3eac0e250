import { GoogleError } from '../google/google-error.ts'
import type { TableName } from './google-sql.ts'

/** What IAM grants a principal. A table is `dataset.table`, `dataset.*` or `*`; who may write may read. */
export interface Grants {
  readonly read?: readonly string[]
  readonly write?: readonly string[]
  /** bigquery.jobs.create; granted where absent. */
  readonly createJobs?: boolean
  /** bigquery.jobs.listAll. */
  readonly listAllJobs?: boolean
}

export class Permissions {
  readonly #project: string
  readonly #grants: Readonly<Record<string, Grants>>
  /** Hidden data sets of sessions, by whose they are. */
  readonly #hidden = new Map<string, string>()

  constructor(project: string, grants: Readonly<Record<string, Grants>>) {
    this.#project = project
    this.#grants = grants
  }

  hide(dataset: string, owner: string): void {
    this.#hidden.set(dataset, owner)
  }

  demandJobs(principal: string, project: string): void {
    const grants = this.#grants[principal]
    if (project !== this.#project || !grants || grants.createJobs === false) {
      throw denied(`Project ${project}: User does not have bigquery.jobs.create permission in project ${project}.`)
    }
  }

  demandRead(principal: string, table: TableName): void {
    if (this.canRead(principal, table)) return
    const name = `${table.project}:${table.dataset}.${table.table}`
    throw denied(`Table ${name}: User does not have permission to query table ${name}, or perhaps it does not exist.`)
  }

  demandWrite(principal: string, table: TableName, statementType: string): void {
    if (this.#hidden.get(table.dataset) === principal) return
    if (table.project === this.#project && matches(this.#grants[principal]?.write, table)) return
    const { project, dataset } = table
    const [kind, name, permission] = statementType.startsWith('CREATE')
      ? ['Dataset', `${project}:${dataset}`, 'bigquery.tables.create']
      : ['Table', `${project}:${dataset}.${table.table}`, writePermission(statementType)]
    throw denied(
      `${kind} ${name}: Permission ${permission} denied on ${kind.toLowerCase()} ${name} (or it may not exist).`,
    )
  }

  canRead(principal: string, table: TableName): boolean {
    const { read = [], write = [] } = this.#grants[principal] ?? {}
    if (this.#hidden.has(table.dataset)) return this.#hidden.get(table.dataset) === principal
    return table.project === this.#project && matches([...read, ...write], table)
  }

  canSeeDataset(principal: string, dataset: string): boolean {
    const { read = [], write = [] } = this.#grants[principal] ?? {}
    return [...read, ...write].some(pattern => pattern === '*' || pattern.split('.')[0] === dataset)
  }

  canListAllJobs(principal: string): boolean {
    return this.#grants[principal]?.listAllJobs === true
  }
}

export function denied(what: string): GoogleError {
  return new GoogleError(403, `Access Denied: ${what}`, 'accessDenied')
}

function writePermission(statementType: string): string {
  if (statementType.startsWith('DROP')) return 'bigquery.tables.delete'
  return statementType.startsWith('ALTER') ? 'bigquery.tables.update' : 'bigquery.tables.updateData'
}

function matches(patterns: readonly string[] | undefined, { dataset, table }: TableName): boolean {
  return (patterns ?? []).some(pattern => [`${dataset}.${table}`, `${dataset}.*`, '*'].includes(pattern))
}
