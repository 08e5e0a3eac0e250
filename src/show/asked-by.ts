import { namedBy } from '../hold/own-agent.ts'
import type { Person, Principal } from '../principal.ts'
import { shortLine } from './visible-text.ts'

/** The name of the person whom a claim of a token names; `undefined` where that is nobody of the configuration. */
export type NameOf = (claim: string) => string | undefined

/** By id first: a reviewer is one, and nobody else's subject or address. */
export function nameIn(people: readonly Person[]): NameOf {
  return claim => (people.find(({ id }) => id === claim) ?? namedBy(people, claim))?.name
}

/** Who asks: the agent's name, and then who answers for it and whom it acts for, also that nobody here knows who that is. */
export function askedBy(principal: Principal, nameOf: NameOf): { name: string; rest: string } {
  const name = (claim: string) => {
    const known = nameOf(claim)
    return `${shortLine(known ?? claim, 80)}${known === undefined ? ', not known here' : ''}`
  }
  const subject = principal.name === principal.subject ? '' : `, ${shortLine(principal.subject, 80)}`
  const owner = principal.owner ? `owner: ${name(principal.owner)}` : 'no owner'
  const behalf = principal.onBehalfOf ? `, on behalf of ${name(principal.onBehalfOf)},` : ''
  return { name: shortLine(principal.name, 80), rest: `${subject} (${owner})${behalf}` }
}
