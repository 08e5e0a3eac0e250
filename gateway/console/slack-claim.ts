import { randomUUID } from 'node:crypto'
import type { Person } from '#src/principal.ts'
import { endLink } from '#src/record/end-link.ts'
import { isLinkable, type SlackAccountId } from '#src/record/slack-link.ts'
import type { ConsolePorts } from './console-ports.ts'
import { recordLink } from './record-link.ts'

/** `TEAM/USER`, as in `T0123456/U0123456`. Undefined for anything else. */
export function slackAccountOf(claim: unknown): SlackAccountId | undefined {
  const [, team, user] =
    /^([TE][A-Z0-9]{2,30})\/([UW][A-Z0-9]{2,30})$/.exec(typeof claim === 'string' ? claim : '') ?? []
  return team && user ? { team, user } : undefined
}

/**
 * Links the account that the identity provider names as this person's, in place of another one. Where it is linked to somebody
 * else, or the configuration says otherwise, everything stays as it is. Rejects with `record_unavailable`.
 */
export async function linkAsClaimed(ports: ConsolePorts, person: Person, account: SlackAccountId): Promise<void> {
  const { people, records, clock, log } = ports
  if (!isLinkable(people(), person, account)) return
  const links = await records.links()
  const taken = links.find(({ team, user }) => team === account.team && user === account.user)
  if (taken?.person === person.id) return
  if (taken)
    return log.warn({ person: person.id, ...account }, 'the Slack account of a claim is linked to somebody else')
  const before = links.find(link => link.person === person.id)
  if (before) await endLink(records, before, { at: clock.now(), by: 'claim' })
  await recordLink(ports, person, { id: randomUUID(), ...account, by: 'claim' })
}
