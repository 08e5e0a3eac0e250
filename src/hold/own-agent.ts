import { foldedName, type Person, type Principal } from '../principal.ts'

type Named = Pick<Person, 'id' | 'subject' | 'email'>

/**
 * Whether a claim of a token names this person: by id, by subject or by address, in whatever case of letters. Identity providers
 * write one address in several ways, and a person must not escape the ban by one of them.
 */
function isNamedBy({ id, subject, email }: Named, claim: string | undefined): boolean {
  if (claim === undefined) return false
  return [id, subject, email].some(name => name !== undefined && foldedName(name) === foldedName(claim))
}

/** The person among these whom the claim names. Whom it names nobody can keep from deciding for an agent of their own. */
export function namedBy<P extends Named>(people: readonly P[], claim: string | undefined): P | undefined {
  return people.find(person => isNamedBy(person, claim))
}

/** No exemption for anybody: an owner, or the person the agent acts for, never reviews that agent's statements. */
export function isOwnAgent(person: Named, { owner, onBehalfOf, subject }: Principal): boolean {
  return [owner, onBehalfOf, subject].some(claim => isNamedBy(person, claim))
}
