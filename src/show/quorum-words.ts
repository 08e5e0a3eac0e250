import { approversName } from '../decide/approvers.ts'
import type { Quorum } from '../hold/review.ts'
import { shortLine } from './visible-text.ts'

/** `1 of 2 approvals from data-oncall and 0 of 1 approvals from privacy`. Visible, and not escaped. */
export function quorumWords(quorum: readonly Quorum[]): string {
  return quorum
    .map(asked => `${asked.given} of ${asked.people} approvals from ${shortLine(approversName(asked), 60)}`)
    .join(' and ')
}
