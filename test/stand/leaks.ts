import { sensitiveValues } from '#test/fakes/dataset.ts'
import { everythingWritten } from './everything-written.ts'
import type { Stand } from './stand.ts'

interface Leaks {
  /** How many texts were searched. */
  readonly looked: number
  /** Where a raw value stands, and of which kind: never the value itself. */
  readonly found: readonly string[]
}

/** Searches what left the gateway for the data set's raw values: the transcript, every file of the stand, every card. */
export async function findLeaks(stand: Stand, transcript: string): Promise<Leaks> {
  const values = await sensitiveValues(stand.snowflake.database.admin, 2_000, { catalog: 'DEMO', schema: 'SHOP' })
  const needles = [...values.email, ...values.phone, ...values.cardNumber]
  const slack = JSON.stringify(stand.slack.state.messages)
  const texts = [['transcript', transcript] as const, ['Slack', slack] as const, ...everythingWritten(stand.folder)]
  const found = texts.flatMap(([where, text]) => {
    const count = needles.filter(value => text.includes(value)).length
    return count > 0 ? [`${count} raw values in ${where}`] : []
  })
  return { looked: texts.length, found }
}
