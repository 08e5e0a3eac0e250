import type { LoadedPolicy } from '../decide/policy.ts'
import { didYouMean, type Problem } from './problem.ts'
import type { ConfigFile, ConnectionFile } from './schema.ts'

/** Google's own limit without an organisation policy. */
export const maxGoogleTokenSeconds = 3600
/** Polling presents the token again and again, so it has to outlive the statement by a minute. */
export const googleMarginSeconds = 60
const maxGoogleSeconds = maxGoogleTokenSeconds - googleMarginSeconds

/** What a policy asks of the connections that they cannot give. `config` may lack what is a problem of its own. */
export function connectionFit(file: string, { rules, defaults }: LoadedPolicy, config: ConfigFile): Problem[] {
  const connections: Partial<ConnectionFile>[] = Object.values(config.connections ?? {}).filter(Boolean)
  const google = connections.filter(({ kind }) => kind === 'bigquery')
  if (google.length === 0) return []
  // Snowflake alone knows the roles that it has.
  const roles = google.length === connections.length ? google.flatMap(serviceAccountNames) : undefined
  const asked = [
    { ...defaults, path: 'defaults', line: 1 },
    ...rules.map((rule, i) => ({ ...rule, path: `rules[${i}]` })),
  ]
  return asked.flatMap(({ path, line, role, limits }) => {
    const at = { file, line, column: 1 }
    const problems: Problem[] = []
    if (roles && role !== undefined && !roles.includes(role))
      problems.push({
        ...{ ...at, path: `${path}.as` },
        message: `no connection has a service account for "${role}" (connections.NAME.credentials.serviceAccounts)${didYouMean(role, roles)}`,
      })
    if ((limits.seconds ?? 0) > maxGoogleSeconds)
      problems.push({
        ...{ ...at, path: `${path}.limits.seconds`, severity: 'warning' },
        message:
          'is more than 59m: Google takes a token for an hour at most, so that a statement at BigQuery that runs longer is lost sight of',
      })
    return problems
  })
}

function serviceAccountNames({ credentials }: Partial<ConnectionFile>): string[] {
  return credentials && 'serviceAccounts' in credentials ? Object.keys(credentials.serviceAccounts ?? {}) : []
}
