import { durationText } from '../config/units.ts'
import type { Person } from '../principal.ts'
import { canonicalJson } from '../statement.ts'
import type { Approvers } from './decision.ts'

/** Which of the stages these people are asked in, from 1. */
export function stageOf({ stage = 1 }: Approvers): number {
  return stage
}

/** Whether this person is asked when a hold has waited so long (milliseconds): as a member of the group, by name, or by escalation. */
export function isAmong(
  { id, groups }: Pick<Person, 'id' | 'groups'>,
  { group, named = [], escalate }: Approvers,
  waited = 0,
): boolean {
  if ((group !== undefined && groups.includes(group)) || named.includes(id)) return true
  return escalate !== undefined && waited >= escalate.afterSeconds * 1000 && groups.includes(escalate.group)
}

/** `data-oncall`, `privacy-1 or privacy-2`, `data-oncall or privacy-1`. */
export function approversName({ group, named = [] }: Pick<Approvers, 'group' | 'named'>): string {
  return [...(group === undefined ? [] : [group]), ...named].join(' or ')
}

/** `2 of data-oncall (or data-leads after 20m) and 1 of data-leads, then 1 of privacy`. */
export function approversText(all: readonly Approvers[]): string {
  const stages = [...new Set(all.map(stageOf))].sort((a, b) => a - b)
  const inStage = (stage: number) =>
    all
      .filter(each => stageOf(each) === stage)
      .map(each => `${each.people} of ${approversName(each)}${escalationText(each)}`)
      .join(' and ')
  return stages.map(inStage).join(', then ')
}

function escalationText({ escalate }: Approvers): string {
  return escalate ? ` (or ${escalate.group} after ${durationText(escalate.afterSeconds)})` : ''
}

/** Every rule that holds is satisfied on its own; of several that ask the same people in one stage, the largest quorum. */
export function mergeApprovers(all: readonly Approvers[]): readonly Approvers[] {
  const asked = new Map<string, Approvers>()
  for (const each of all) {
    const key = askedKey(each)
    if ((asked.get(key)?.people ?? 0) < each.people) asked.set(key, each)
  }
  return [...asked.values()]
}

/** Whether who agreed as `had` asks has also agreed as `wanted` does. */
export function covers(had: Approvers, wanted: Approvers): boolean {
  return askedKey(had) === askedKey(wanted) && had.people >= wanted.people
}

/** All but how many: equal for those that ask the same people in the same stage. */
function askedKey({ people: _, stage = 1, ...who }: Approvers): string {
  return canonicalJson({ ...who, stage })
}
