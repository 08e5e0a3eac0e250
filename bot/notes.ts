import type { TellOwners } from '#src/config/config.ts'
import { approversText, isAmong } from '#src/decide/approvers.ts'
import type { Hold } from '#src/hold/hold.ts'
import { isOwnAgent, namedBy } from '#src/hold/own-agent.ts'
import { type CountedReview, isNeeded, type Quorum, quorums, stillAsked } from '#src/hold/review.ts'
import type { Person } from '#src/principal.ts'
import { subject } from '#src/show/facts.ts'
import { termsInChannel } from '#src/show/in-channel.ts'
import { stateWord } from '#src/show/outcome.ts'
import { shortLine } from '#src/show/visible-text.ts'
import { called, type Words } from './note-message.ts'
import { bold, moment, plain } from './rich-text.ts'

/** One message in the thread of a card, or to one person alone. */
export interface Note {
  /** Names it among those of one hold; told once. */
  readonly key: string
  /** End in the hold's id: who looks a message up means the last one in it. */
  readonly words: Words
  /** Whom it is for, where it is one person; in a message of their own where `direct`. */
  readonly to?: Person
  readonly direct?: boolean
  /** Other notes that it stands for. */
  readonly stands?: readonly string[]
}

interface NoteFacts {
  /** By the hold store's clock; milliseconds since the epoch. */
  readonly now: number
  readonly people: readonly Person[]
  /** Those that count. */
  readonly reviews: readonly CountedReview[]
  readonly tellOwners: TellOwners
}

const mentionsAtMost = 20
const toldOwners: readonly Hold['state'][] = ['denied', 'expired', 'failed']

/** Whether it is worth looking at the clock and the reviews. */
export function mayBeDue(hold: Hold, tellOwners: TellOwners): boolean {
  const { state, terms, told = [] } = hold
  const key = ownerKey(hold, tellOwners)
  if (key && terms.statement.principal.owner !== undefined && !told.includes(key)) return true
  return state === 'pending' && (reminders(terms).length > 0 || terms.approvers.some(({ escalate }) => escalate))
}

/** What has to be said of this hold now and was not. Pure. */
export function dueNotes(hold: Hold, facts: NoteFacts): readonly Note[] {
  const pending = hold.state === 'pending' ? [...escalations(hold, facts), ...reminder(hold, facts)] : []
  const notes = [...owner(hold, facts), ...pending]
  return notes.filter(({ key }) => !hold.told?.includes(key))
}

/** The last one that is due; a bot that was away does not make up for the others. */
function reminder(hold: Hold, facts: NoteFacts): Note[] {
  const { terms } = hold
  const due = reminders(terms).filter(seconds => facts.now >= terms.createdAt + seconds * 1000).length
  if (due === 0 || facts.now >= terms.expiresAt) return []
  const quorum = quorums(terms, facts.reviews)
  const waited = facts.now - terms.createdAt
  const asked = facts.people.filter(
    person => isNeeded(person, quorum, waited) && !facts.reviews.some(({ reviewer }) => reviewer === person.id),
  )
  const words = [
    ...mentions(hold, asked),
    'this still waits for you; it expires ',
    moment(terms.expiresAt),
    `. ${hold.id}`,
  ]
  const keys = Array.from({ length: due }, (_, at) => `reminder-${at + 1}`)
  return [{ key: `reminder-${due}`, words, stands: keys }]
}

function escalations(hold: Hold, facts: NoteFacts): Note[] {
  const { terms } = hold
  const quorum = quorums(terms, facts.reviews)
  const open = stillAsked(quorum)
  return quorum.flatMap((asked, at) => {
    if (!open.includes(asked) || !isEscalated(hold, asked, facts.now)) return []
    const group = asked.escalate?.group ?? ''
    const others = facts.people.filter(person => isAmong(person, { group, people: 1 }))
    const words = [
      ...mentions(hold, others),
      'not enough have decided: ',
      plain(shortLine(group, 60)),
      ` may approve now. ${hold.id}`,
    ]
    return [{ key: `escalation-${at + 1}`, words }]
  })
}

function isEscalated({ terms }: Hold, { escalate }: Quorum, now: number): boolean {
  return escalate !== undefined && now < terms.expiresAt && now >= terms.createdAt + escalate.afterSeconds * 1000
}

/** Which note the owner gets now. That it waits is worth a message of their own, not a mention where all see the card. */
function ownerKey({ state }: Hold, tellOwners: TellOwners): string | undefined {
  if (tellOwners === 'never') return undefined
  if (state === 'pending') return tellOwners === 'direct' ? 'owner-held' : undefined
  return toldOwners.includes(state) ? 'owner' : undefined
}

/** The agent's owner hears what becomes of it, unless that is no account of ours. */
function owner(hold: Hold, { people, reviews, tellOwners }: NoteFacts): Note[] {
  const { terms, state, id } = hold
  const { principal } = terms.statement
  const key = ownerKey(hold, tellOwners)
  const to = namedBy(people, principal.owner)
  if (!key || !to?.slack) return []
  const agent = bold(shortLine(principal.name, 80))
  const became = stateWord(hold).toLowerCase()
  if (tellOwners === 'thread') {
    return [{ key, to, words: [...called(to.slack.user), 'your agent ', agent, `: ${became}. See above why. ${id}`] }]
  }
  const what = plain(shortLine(subject(termsInChannel(terms).classification), 200))
  const waits = [
    ' waits for ',
    plain(shortLine(approversText(terms.approvers), 200)),
    ' until ',
    moment(terms.expiresAt),
  ]
  const words: Words =
    state === 'pending'
      ? ['Your agent ', agent, ': ', what, ...waits, `. ${id}`]
      : ['Your agent ', agent, `: ${became}, `, what, '.', ...denialWords(reviews, state), ` ${id}`]
  return [{ key, to, direct: true, words }]
}

/** Who denied it, in which words. */
function denialWords(reviews: readonly CountedReview[], state: Hold['state']): Words {
  const denial = state === 'denied' ? reviews.find(({ verdict }) => verdict === 'deny') : undefined
  if (!denial) return []
  return [' ', plain(shortLine(denial.person.name, 80)), ': “', plain(shortLine(denial.reason ?? '', 500)), '”']
}

function reminders({ decision }: Hold['terms']): readonly number[] {
  return decision.remindSeconds ?? []
}

/** Each once, and nobody whose own agent it is. */
function mentions({ terms }: Hold, people: readonly Person[]): Words {
  const may = people.filter(person => !isOwnAgent(person, terms.statement.principal))
  const users = may.flatMap(({ slack }) => (slack ? [slack.user] : []))
  return users.slice(0, mentionsAtMost).flatMap(called)
}
