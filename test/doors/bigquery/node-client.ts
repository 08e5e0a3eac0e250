import { BigQuery, type Job } from '@google-cloud/bigquery'
import { OAuth2Client } from 'google-auth-library'

/** What a client says when its request was refused. */
export interface ClientError extends Error {
  readonly code: number
  readonly errors: readonly { readonly reason: string }[]
}

interface NodeClientOptions {
  /** Of a gateway. */
  readonly url: string
  readonly token: string
  readonly project?: string
}

/** Google's own client, as an agent configures it: another endpoint and its own token, nothing else. */
export function nodeClient({ url, token, project = 'lake' }: NodeClientOptions): BigQuery {
  const authClient = new OAuth2Client()
  authClient.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 })
  return new BigQuery({ projectId: project, apiEndpoint: url, authClient })
}

export async function rowsOf(job: Job): Promise<unknown[]> {
  const [rows] = await job.getQueryResults()
  return rows
}
