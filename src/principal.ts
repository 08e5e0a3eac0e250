/**
 * Who asks, after `authenticate`. The subject is the agent (RFC 8693 `sub`); `onBehalfOf` is the person it acts for
 * and `owner` the person who answers for it. Both are person ids as in the configuration's `people`.
 */
export interface Principal {
  readonly issuer: string
  readonly subject: string
  /** For people to read; the subject where the token has no name. */
  readonly name: string
  readonly groups: readonly string[]
  readonly owner?: string
  readonly onBehalfOf?: string
}

/** An agent, for whomever it acts: `issuer|subject`. */
export function agentKey({ issuer, subject }: Pick<Principal, 'issuer' | 'subject'>): string {
  return `${issuer}|${subject}`
}

/**
 * The one text form of a principal: an agent and whom it acts for. Equality of principals is equality of this text: what an agent
 * asked for one person is not there when it acts for another. JSON, because subjects may hold any character.
 */
export function principalKey({ issuer, subject, onBehalfOf }: Omit<Principal, 'name' | 'groups' | 'owner'>): string {
  return JSON.stringify([issuer, subject, onBehalfOf ?? null])
}

/** `said`: groups that Slack says the person is in. Those count whose members are Slack's to say (`identity.slackGroups`). */
export type FindPerson = (id: string, said?: readonly string[]) => Person | undefined

/** By id. `slackGroups`: names of the groups that Slack is believed about. */
export function findPerson(people: readonly Person[], slackGroups: readonly string[]): FindPerson {
  return (id, said = []) => {
    const person = people.find(person => person.id === id)
    const groups = said.filter(group => slackGroups.includes(group))
    return person && groups.length > 0 ? { ...person, groups: [...person.groups, ...groups] } : person
  }
}

/**
 * Whether two addresses are one, in any case of their ASCII letters. No other letters are folded: to lower case the Kelvin sign
 * (U+212A) is a `k`, and who gets such an address would be somebody else.
 */
export function isSameAddress(one: string, other: string): boolean {
  return folded(one) === folded(other)
}

function folded(address: string): string {
  return address.replaceAll(/[A-Z]/g, letter => letter.toLowerCase())
}

/** A name as claims are compared with it: in one form, and in no case of letters. */
export function foldedName(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}

/** A human who may review: from the configuration's `people`, reached through one Slack account or one sign-in. */
export interface Person {
  /** Stable id, as agents' `owner` and `onBehalfOf` claims name it. */
  readonly id: string
  readonly name: string
  readonly groups: readonly string[]
  /** `sub` at the console's identity provider. */
  readonly subject?: string
  readonly email?: string
  readonly slack?: { readonly team: string; readonly user: string }
}
