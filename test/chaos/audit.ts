import type { SessionRecord } from '#src/record/event.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { lastEvent } from '#src/record/session-facts.ts'
import type { StandWarehouses } from '#test/stand/warehouses.ts'
import type { Asked, Told } from './agent.ts'

/** What went wrong with one statement, by the promise that was broken. */
export type Broken = 'lost' | 'twice' | 'undecided' | 'unrecorded' | 'untrue'

/** How often a warehouse ran exactly this text. */
export function executions({ snowflake, bigquery }: StandWarehouses, sql: string): number {
  const ours = snowflake.statements().filter(({ sqlText, describeOnly }) => sqlText === sql && !describeOnly)
  return ours.reduce((sum, { executions }) => sum + executions, 0) + bigquery.timesExecuted(sql)
}

/**
 * Holds what the warehouse did, what the record says and what the client was told against each other. `told` is undefined
 * where the client never heard the end of it.
 */
export async function broken(
  warehouses: StandWarehouses,
  records: RecordStore,
  { sql }: Asked,
  told: Told | undefined,
): Promise<Broken[]> {
  const ran = executions(warehouses, sql)
  const record = told && (await records.session(told.id))
  const claimed = record && lastEvent(record, 'claimed')
  return [
    ...(told ? [] : (['lost'] as const)),
    ...(ran > 1 ? (['twice'] as const) : []),
    ...(ran > 0 && !isDecided(record, claimed) ? (['undecided'] as const) : []),
    ...(told?.status === 'succeeded' && !isReleasable(record, told) ? (['unrecorded'] as const) : []),
    ...(record && isTrue(record, ran) ? [] : (['untrue'] as const)),
  ]
}

/** Run only after a claim that rests on as many people as its terms ask for. */
function isDecided(
  record: SessionRecord | undefined,
  claimed: { reviews: readonly { reviewer: string }[] } | undefined,
) {
  const needed = record && lastEvent(record, 'held')?.terms.approvers[0]?.people
  return claimed !== undefined && new Set(claimed.reviews.map(({ reviewer }) => reviewer)).size >= (needed ?? 0)
}

/** Rows left only under a closing event that counts them and names their frames. */
function isReleasable(record: SessionRecord | undefined, { body }: Told): boolean {
  const completed = record && lastEvent(record, 'completed')
  const framed = completed?.frames.reduce((sum, { rows }) => sum + rows, 0)
  return record?.state === 'completed' && completed?.rows === body.row_count && framed === body.row_count
}

/** `completed` says that it ran once; every other end says that nothing ran. */
function isTrue({ state }: SessionRecord, ran: number): boolean {
  return (state === 'completed') === ran > 0
}
