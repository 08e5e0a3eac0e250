import type { Person } from '../principal.ts'

/** An account of Slack. `W…` users belong to an enterprise, everybody else to a team. */
export type SlackAccountId = NonNullable<Person['slack']>

/** That a person has shown, by a sign-in at the identity provider, that a Slack account is theirs. */
export interface SlackLink extends SlackAccountId {
  /** Of the one invitation that it was made with; no invitation makes a second link. */
  readonly id: string
  /** `Person.id`. */
  readonly person: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** When the account heard of it in Slack; absent where it has not yet. */
  readonly toldAt?: number
}

/** A link as its table holds it, but for how it ended. */
export function slackLinkRow({ id, team, user, person, at, toldAt }: SlackLink) {
  return { id, team, account: user, person, at, toldAt: toldAt ?? null }
}

export function slackLinkOf(row: Readonly<Record<string, unknown>>): SlackLink {
  return {
    ...{ id: String(row.id), team: String(row.team), user: String(row.account), person: String(row.person) },
    at: Number(row.at),
    ...(row.told_at === null ? {} : { toldAt: Number(row.told_at) }),
  }
}

/**
 * The people of the configuration, each with their one Slack account. What the configuration says comes first: a link counts
 * for nobody who has an account there, and for no account that stands there.
 */
export function withLinks(people: readonly Person[], links: readonly SlackLink[]): readonly Person[] {
  return people.map(person => {
    const link = links.find(link => link.person === person.id)
    return link && isLinkable(people, person, link)
      ? { ...person, slack: { team: link.team, user: link.user } }
      : person
  })
}

/** Whether the configuration leaves it open whose account this is, and which one this person has. */
export function isLinkable(people: readonly Person[], person: Person, { team, user }: SlackAccountId): boolean {
  return !person.slack && !people.some(({ slack }) => slack?.team === team && slack.user === user)
}
