import { GatewayError } from '#src/errors.ts'
import type { Person } from '#src/principal.ts'
import type { LinkedAccounts } from './linked-accounts.ts'
import type { ReviewerRefusal } from './refusals.ts'
import type { SlackAccount, SlackDirectory } from './slack-directory.ts'
import type { SlackGroups } from './slack-groups.ts'

/** Who clicked, as Slack says it, and where. */
export interface SlackActor {
  readonly user: string
  /** The team in the payload, where there is one. */
  readonly team?: string
  readonly channel: string
}

export interface ReviewerPorts {
  readonly people: readonly Person[]
  readonly directory: SlackDirectory
  readonly links: LinkedAccounts
  readonly groups: SlackGroups
  /** Whether somebody whose account is not known otherwise is known by the address that Slack has confirmed. */
  readonly matchEmail: boolean
}

/** What says whose account it is. */
export type KnownBy = 'configuration' | 'link' | 'e-mail'
export type Reviewer = { readonly person: Person; readonly knownBy: KnownBy } | { readonly refusal: ReviewerRefusal }

/**
 * The one person behind a Slack account, or why there is none. Slack is believed about which account clicked and whether it
 * is a full member; who that is comes from the configuration, from a link that somebody made by signing in, and only where
 * that is asked for from an e-mail address; never from a name. Never rejects: where it cannot be asked, nobody is anybody.
 */
export async function resolveReviewer(ports: ReviewerPorts, { channel, ...account }: SlackActor): Promise<Reviewer> {
  try {
    const [person, shared] = await Promise.all([resolveAccount(ports, account), ports.directory.isShared(channel)])
    return shared ? { refusal: 'shared_channel' } : person
  } catch {
    return { refusal: 'slack_unavailable' }
  }
}

/** The same where nobody else can see the answer, as in one's own Home tab. */
export async function resolveAccount(
  ports: ReviewerPorts,
  { user, team }: Omit<SlackActor, 'channel'>,
): Promise<Reviewer> {
  try {
    const account = await ports.directory.account(user)
    const refusal = refuseAccount(account)
    if (refusal) return { refusal }
    if (team !== undefined && team !== account.team) return { refusal: 'outsider' }
    const reviewer = await personBehind(ports, account)
    return 'refusal' in reviewer ? reviewer : { ...reviewer, person: await ports.groups.added(reviewer.person, user) }
  } catch (error) {
    return { refusal: error instanceof GatewayError ? 'gateway_unavailable' : 'slack_unavailable' }
  }
}

function refuseAccount({ deleted, bot, guest, stranger }: SlackAccount): ReviewerRefusal | undefined {
  if (deleted) return 'deleted'
  if (bot) return 'not_a_person'
  if (stranger) return 'outsider'
  if (guest) return 'guest'
  return undefined
}

/** Each way is asked only where the one before says nothing. */
async function personBehind(ports: ReviewerPorts, account: SlackAccount): Promise<Reviewer> {
  const configured = byAccount(ports.people, account, 'configuration')
  if (!isUnknown(configured)) return configured
  const { people } = await ports.links.fresh()
  const linked = byAccount(people, account, 'link')
  return isUnknown(linked) && ports.matchEmail ? byEmail(ports, people, account) : linked
}

function byAccount(people: readonly Person[], { id, team }: SlackAccount, knownBy: KnownBy): Reviewer {
  const known = people.filter(({ slack }) => slack?.user === id)
  const here = known.filter(({ slack }) => slack?.team === team)
  return here.length === 0 && known.length > 0 ? { refusal: 'outsider' } : theOne(here, knownBy)
}

/** Members of this workspace alone: its administrators answer for its addresses, not those of another. */
async function byEmail(
  { directory }: ReviewerPorts,
  people: readonly Person[],
  { team, email }: SlackAccount,
): Promise<Reviewer> {
  const address = email?.toLowerCase()
  if (address === undefined || team !== (await directory.workspace()).team) return { refusal: 'unknown_person' }
  const known = people.filter(person => !person.slack && person.email?.toLowerCase() === address)
  return theOne(known, 'e-mail')
}

function theOne([person, ...others]: readonly Person[], knownBy: KnownBy): Reviewer {
  if (!person) return { refusal: 'unknown_person' }
  return others.length > 0 ? { refusal: 'ambiguous_person' } : { person, knownBy }
}

function isUnknown(reviewer: Reviewer): boolean {
  return 'refusal' in reviewer && reviewer.refusal === 'unknown_person'
}
