import type { Person } from '#src/principal.ts'
import type { SlackAccountId } from '#src/record/slack-link.ts'
import type { ConsolePorts } from './console-ports.ts'

interface NewLink extends SlackAccountId {
  readonly id: string
  /** Absent: an invitation, which the person accepted. */
  readonly by?: 'claim'
}

/** Links an account to a person, on record. False where either is linked already, or the link of this id was made before. */
export async function recordLink(
  { records, clock, log }: ConsolePorts,
  person: Person,
  { id, team, user, by }: NewLink,
): Promise<boolean> {
  const at = clock.now()
  if (!(await records.link({ id, team, user, person: person.id, at }))) return false
  const asked = { team, user, ...(by ? { by } : {}) }
  await records.logAccess({ at, person: person.id, action: 'link', asked, found: 1 })
  log.info({ person: person.id, ...asked }, 'linked to a Slack account')
  return true
}
