import type { Person, Principal } from '../principal.ts'

/** No exemption for anybody: an owner, or the person the agent acts for, never reviews that agent's statements. */
export function isOwnAgent(person: Pick<Person, 'id' | 'subject' | 'email'>, principal: Principal): boolean {
  const agents = [principal.owner, principal.onBehalfOf, principal.subject]
  return [person.id, person.subject, person.email].some(name => name !== undefined && agents.includes(name))
}
