import { sensitiveValues } from '#test/fakes/dataset.ts'
import type { Stand } from '#test/stand/stand.ts'

/** How addresses, telephone and card numbers of the data set look: one pass over much text, whosever they are. */
const raw = /c\d{6}\.[a-z]+@mail\.example|\+1-\d{3}-555-01\d\d|(?<!\d)4\d{15}(?!\d)/

/** What a client received and said in a scenario. */
export interface Heard {
  readonly name: string
  readonly text: string
}

/** What of the warehouse's own stands in what clients received: its address, its credentials, raw values; and where. */
export async function heardLeaks(
  { snowflake, shop, lake, google }: Stand,
  heard: readonly Heard[],
): Promise<readonly string[]> {
  const values = await sensitiveValues(snowflake.database.admin, 2_000, { catalog: 'DEMO', schema: 'SHOP' })
  const known = [...values.email, ...values.phone, ...values.cardNumber]
  if (!known.every(value => raw.test(value))) throw new Error('raw values look otherwise than this search believes')
  const hosts = [shop, lake, google].map(({ url }) => new URL(url).host)
  const words = [
    // As a name: four letters alone come up by chance in rows of Arrow as base64.
    '"qrmk"',
    'stageInfo',
    'presignedUrl',
    'snowflakecomputing',
    'AGENT_GATEWAY',
    'ver:3-hint',
    'gserviceaccount',
    ...hosts,
  ]
  const results = lake.jobs.flatMap(({ id, destination }) => [id, destination.dataset])
  return heard.flatMap(({ name, text }) => {
    const found = [...words, ...results].filter(word => text.includes(word))
    return [...found, ...(raw.exec(text) ?? [])].map(word => `${word} in ${name}: ${around(text, word)}`)
  })
}

function around(text: string, word: string): string {
  const at = text.indexOf(word)
  return JSON.stringify(text.slice(Math.max(0, at - 100), at + word.length + 100))
}
