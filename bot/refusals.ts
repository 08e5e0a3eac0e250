import type { VerdictRefusal } from '#src/hold/review-hold.ts'
import { verdictSentences } from '#src/show/verdict-sentences.ts'

/** Why a Slack account is not taken for a person who may do anything here. */
export type ReviewerRefusal =
  | 'unknown_person'
  | 'ambiguous_person'
  | 'deleted'
  | 'not_a_person'
  | 'guest'
  | 'outsider'
  | 'shared_channel'
  | 'unseen_channel'
  | 'slack_unavailable'
  | 'gateway_unavailable'

/** Why a click comes to nothing, besides who clicked and what they decided. */
type ClickRefusal = 'stale_click' | 'not_recorded' | 'holds_unavailable' | 'failed'

export type Refusal = VerdictRefusal | ReviewerRefusal | ClickRefusal

/** What the person who clicked reads, and nobody else. */
export const refusalSentences: Record<Refusal, string> = {
  ...verdictSentences,
  unknown_person: 'Your Slack account is not linked to a person who may review. `/qw link` links it.',
  ambiguous_person: 'Your Slack account is linked to more than one person, so your click counts for none of them.',
  deleted: 'This Slack account is deactivated.',
  not_a_person: 'Only people may review; this is the account of a bot or an app.',
  guest: 'Guests of the workspace may not review.',
  outsider: 'Only members of this workspace may review.',
  shared_channel: 'This channel is shared with another organization. Nothing can be decided here.',
  unseen_channel:
    'I cannot see this conversation, so not whether outsiders can, and nothing is said or decided here. Ask in a channel that I am in.',
  slack_unavailable: 'Slack could not tell who you are just now, so nothing was decided. Try again in a moment.',
  gateway_unavailable:
    'The gateway could not tell who you are just now, so nothing was decided. Try again in a moment.',
  not_recorded:
    'The gateway could not put on record that you read this, or you may not see it, so it is not shown. Try again in a moment.',
  stale_click: 'This click is too old, or its clock is wrong. Nothing was decided; click again.',
  holds_unavailable: 'The hold store cannot be reached. Nothing was decided; try again in a moment.',
  failed: 'Something failed here. Nothing was decided; try again in a moment.',
}
