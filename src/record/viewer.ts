import type { Approvers } from '../decide/decision.ts'
import { agentKey, foldedName } from '../principal.ts'
import type { SessionEvent } from './event.ts'

/** One way in which a session is somebody's business: `agent:KEY`, `owner:ID`, `reviewer:ID`, `asked:ID`, `approver:GROUP`. */
export type Viewer = string

export const viewer = {
  /** Which agent asked, by its `agentKey`, for whomever it acted. */
  agent: (key: string): Viewer => `agent:${key}`,
  /** Who owns the agent, or for whom it acts, in whatever case of letters a claim names them. */
  owner: (person: string): Viewer => `owner:${foldedName(person)}`,
  /** Who decided, took part in it, or is named as somebody who may. */
  reviewer: (person: string): Viewer => `reviewer:${person}`,
  /** Who may decide, by name. */
  asked: (person: string): Viewer => `asked:${person}`,
  /** Whose group may decide. */
  approver: (group: string): Viewer => `approver:${group}`,
} as const

/** The same for a search: also as sessions have it that were recorded before names were folded. */
export function ownerViewers(person: string): Viewer[] {
  return [...new Set([viewer.owner(person), `owner:${person}`])]
}

/** Whose business a session has become with these events. */
export function viewersOf(events: readonly SessionEvent[]): Viewer[] {
  return [...new Set(events.flatMap(viewersOfOne))]
}

function viewersOfOne(event: SessionEvent): Viewer[] {
  switch (event.kind) {
    case 'received': {
      const { principal } = event.statement
      const people = [principal.owner, principal.onBehalfOf, principal.subject].filter(person => person !== undefined)
      return [viewer.agent(agentKey(principal)), ...people.map(viewer.owner)]
    }
    case 'held': {
      const { approvers, decision } = event.terms
      return [...approvers.flatMap(whoIsAsked), ...(decision.releasers ?? []).map(viewer.asked)]
    }
    case 'granted':
      return [...event.by.map(viewer.reviewer), ...event.approvers.flatMap(whoIsAsked)]
    case 'claimed':
    case 'expired':
    case 'denied':
      return (event.reviews ?? []).map(({ reviewer }) => viewer.reviewer(reviewer))
    default:
      return []
  }
}

/** Also who is asked only once it has waited: what they may decide, they may look at. */
function whoIsAsked({ group, named = [], escalate }: Approvers): Viewer[] {
  const groups = [group, escalate?.group].flatMap(name => name ?? [])
  return [...groups.map(viewer.approver), ...named.map(viewer.asked)]
}
