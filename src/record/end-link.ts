import type { RecordStore } from './record-store.ts'
import type { SlackLink } from './slack-link.ts'

interface EndOfLink {
  readonly at: number
  /** Who or what ended it; absent: the account itself. */
  readonly by?: string
  readonly reason?: string
}

/** Ends a link, on record: what its account clicks counts for nobody from then on. False where it had ended already. */
export async function endLink(
  records: Pick<RecordStore, 'unlink' | 'logAccess'>,
  { team, user, person }: SlackLink,
  { at, ...why }: EndOfLink,
): Promise<boolean> {
  if (!(await records.unlink({ team, user }, at))) return false
  await records.logAccess({ at, person, action: 'unlink', asked: { team, user, ...why }, found: 1 })
  return true
}
