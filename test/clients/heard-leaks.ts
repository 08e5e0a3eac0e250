import { sensitiveValues } from '#test/fakes/dataset.ts'
import type { Stand } from '#test/stand/stand.ts'

/** What of the warehouse's own stands in the bytes that clients received: its address, its credentials, raw values. */
export async function heardLeaks({ snowflake, bigquery, google }: Stand, heard: string): Promise<string[]> {
  const values = await sensitiveValues(snowflake.database.admin, 2_000, { catalog: 'DEMO', schema: 'SHOP' })
  const raw = [...values.email, ...values.phone, ...values.cardNumber]
  const hosts = [snowflake, bigquery, google].map(({ url }) => new URL(url).host)
  const words = [
    'qrmk',
    'stageInfo',
    'presignedUrl',
    'snowflakecomputing',
    'AGENT_GATEWAY',
    'ver:3-hint',
    'gserviceaccount',
    ...hosts,
  ]
  const results = bigquery.jobs.flatMap(({ id, destination }) => [id, destination.dataset])
  return [...words, ...results, ...raw].filter(word => heard.includes(word))
}
