import type { OncallConfig } from '#src/config/config.ts'
import type { Person } from '#src/principal.ts'
import type { Visibility } from '#src/record/record-store.ts'
import { ownerViewers, viewer } from '#src/record/viewer.ts'

/**
 * What a person may see: what the `lookups` of their groups name, and always the sessions of agents they own or that act for
 * them, and those they may decide or decided. Undefined where that is everything.
 */
export function visibilityOf(
  { id, subject, email, groups }: Person,
  { lookups }: OncallConfig,
): Visibility | undefined {
  const granted = lookups.filter(({ group }) => groups.includes(group))
  if (granted.some(({ agents }) => agents === undefined)) return undefined
  return {
    agents: granted.flatMap(({ agents }) => agents ?? []),
    viewers: [
      ...[id, subject, email].flatMap(name => (name === undefined ? [] : ownerViewers(name))),
      ...[viewer.reviewer(id), viewer.asked(id)],
      ...groups.map(viewer.approver),
    ],
  }
}

/** What this person may be asked to decide, whatever else they may see. */
export function askedOf({ id, groups }: Person): Visibility {
  return { agents: [], viewers: [viewer.asked(id), ...groups.map(viewer.approver)] }
}

export function isOperator({ groups }: Person, { operators }: OncallConfig): boolean {
  return operators.some(group => groups.includes(group))
}
