import type { Person } from '#src/principal.ts'
import type { ReviewerRefusal } from './refusals.ts'
import type { SlackAccount, SlackDirectory } from './slack-directory.ts'

/** Who clicked, as Slack says it, and where. */
export interface SlackActor {
  readonly user: string
  /** The team in the payload, where there is one. */
  readonly team?: string
  readonly channel: string
}

export type Reviewer = { readonly person: Person } | { readonly refusal: ReviewerRefusal }

/**
 * The one person behind a Slack account, or why there is none. Slack is believed about which account clicked and whether it
 * is a full member; who that is comes from the configuration alone, never from a name or an e-mail address. Never rejects:
 * where Slack cannot be asked, nobody is anybody.
 */
export async function resolveReviewer(
  { people, directory }: { people: readonly Person[]; directory: SlackDirectory },
  { channel, ...account }: SlackActor,
): Promise<Reviewer> {
  try {
    const [person, shared] = await Promise.all([
      resolveAccount({ people, directory }, account),
      directory.isShared(channel),
    ])
    return shared ? { refusal: 'shared_channel' } : person
  } catch {
    return { refusal: 'slack_unavailable' }
  }
}

/** The same where nobody else can see the answer, as in one's own Home tab. */
export async function resolveAccount(
  { people, directory }: { people: readonly Person[]; directory: SlackDirectory },
  { user, team }: Omit<SlackActor, 'channel'>,
): Promise<Reviewer> {
  try {
    const account = await directory.account(user)
    const refusal = refuseAccount(account)
    if (refusal) return { refusal }
    if (team !== undefined && team !== account.team) return { refusal: 'outsider' }
    return exactlyOne(people, account)
  } catch {
    return { refusal: 'slack_unavailable' }
  }
}

function refuseAccount({ deleted, bot, guest, stranger }: SlackAccount): ReviewerRefusal | undefined {
  if (deleted) return 'deleted'
  if (bot) return 'not_a_person'
  if (stranger) return 'outsider'
  if (guest) return 'guest'
  return undefined
}

function exactlyOne(people: readonly Person[], { id, team }: SlackAccount): Reviewer {
  const linked = people.filter(({ slack }) => slack?.user === id)
  const [person, ...others] = linked.filter(({ slack }) => slack?.team === team)
  if (!person) return { refusal: linked.length > 0 ? 'outsider' : 'unknown_person' }
  return others.length > 0 ? { refusal: 'ambiguous_person' } : { person }
}
