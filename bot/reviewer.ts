import { GatewayError } from '#src/errors.ts'
import { isSameAddress, type Person } from '#src/principal.ts'
import type { LinkedAccounts } from './linked-accounts.ts'
import type { ReviewerRefusal } from './refusals.ts'
import type { SlackAccount, SlackDirectory, SlackWorkspace } from './slack-directory.ts'
import { slackFault } from './slack-fault.ts'
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
    const [person, shared] = await Promise.all([resolveAccount(ports, account), ports.directory.isSharedNow(channel)])
    return shared ? { refusal: 'shared_channel' } : person
  } catch (error) {
    return { refusal: slackFault(error).kind === 'later' ? 'slack_unavailable' : 'unseen_channel' }
  }
}

/** The same where nobody else can see the answer, as in one's own Home tab. */
export async function resolveAccount(
  ports: ReviewerPorts,
  { user, team }: Omit<SlackActor, 'channel'>,
): Promise<Reviewer> {
  try {
    const [account, workspace] = await Promise.all([ports.directory.account(user), ports.directory.workspace()])
    const refusal = refuseAccount(account, workspace)
    if (refusal) return { refusal }
    if (team !== undefined && team !== account.team) return { refusal: 'outsider' }
    const reviewer = await personBehind(ports, account, workspace)
    if ('refusal' in reviewer) return reviewer
    const person = { ...reviewer.person, slack: { team: account.team, user } }
    return { ...reviewer, person: await ports.groups.added(person, user) }
  } catch (error) {
    return { refusal: error instanceof GatewayError ? 'gateway_unavailable' : 'slack_unavailable' }
  }
}

/** Whether it could not be asked who somebody is. */
export function isUnasked(refusal: ReviewerRefusal): boolean {
  return refusal === 'slack_unavailable' || refusal === 'gateway_unavailable'
}

function refuseAccount(account: SlackAccount, workspace: SlackWorkspace): ReviewerRefusal | undefined {
  if (account.deleted) return 'deleted'
  if (account.bot) return 'not_a_person'
  if (!isOfOurs(account, workspace)) return 'outsider'
  return account.guest ? 'guest' : undefined
}

/** Slack calls nobody a stranger (`is_stranger`) with whom a channel is shared, so only their home can tell. */
function isOfOurs(account: SlackAccount, { team, enterprise }: SlackWorkspace): boolean {
  return account.team === team || (enterprise !== undefined && [account.team, account.enterprise].includes(enterprise))
}

/** Each way is asked only where the one before says nothing. */
async function personBehind(ports: ReviewerPorts, account: SlackAccount, workspace: SlackWorkspace): Promise<Reviewer> {
  const configured = byAccount(ports.people, account, 'configuration')
  if (!isUnknown(configured)) return configured
  const { people } = await ports.links.fresh()
  const linked = byAccount(people, account, 'link')
  return isUnknown(linked) && ports.matchEmail ? byEmail(people, account, workspace) : linked
}

function byAccount(people: readonly Person[], { id, team }: SlackAccount, knownBy: KnownBy): Reviewer {
  const known = people.filter(({ slack }) => slack?.user === id)
  const here = known.filter(({ slack }) => slack?.team === team)
  return here.length === 0 && known.length > 0 ? { refusal: 'outsider' } : theOne(here, knownBy)
}

/** Members of this workspace alone: its administrators answer for its addresses, not those of another. */
function byEmail(people: readonly Person[], { team, email }: SlackAccount, workspace: SlackWorkspace): Reviewer {
  if (email === undefined || team !== workspace.team) return { refusal: 'unknown_person' }
  const known = people.filter(person => !person.slack && person.email && isSameAddress(person.email, email))
  return theOne(known, 'e-mail')
}

function theOne([person, ...others]: readonly Person[], knownBy: KnownBy): Reviewer {
  if (!person) return { refusal: 'unknown_person' }
  return others.length > 0 ? { refusal: 'ambiguous_person' } : { person, knownBy }
}

function isUnknown(reviewer: Reviewer): boolean {
  return 'refusal' in reviewer && reviewer.refusal === 'unknown_person'
}
