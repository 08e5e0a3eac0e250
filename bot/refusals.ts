import type { ReviewRefusal } from '#src/hold/review.ts'

/** Why a Slack account is not taken for a person who may do anything here. */
export type ReviewerRefusal =
  | 'unknown_person'
  | 'ambiguous_person'
  | 'deleted'
  | 'not_a_person'
  | 'guest'
  | 'outsider'
  | 'shared_channel'
  | 'slack_unavailable'

/** Why a click comes to nothing, besides who clicked. */
export type ClickRefusal =
  | 'unknown_hold'
  | 'changed_record'
  | 'not_all_shown'
  | 'expired'
  | 'busy'
  | 'stale_click'
  | 'holds_unavailable'
  | 'failed'

export type Refusal = ReviewRefusal | ReviewerRefusal | ClickRefusal

/** What the person who clicked reads, and nobody else. */
export const refusalSentences: Record<Refusal, string> = {
  own_agent:
    'You own this agent, or it acts for you, so somebody else has to decide. There is no exception, also not for administrators.',
  not_an_approver: 'You are not in the group that decides on this statement.',
  already_reviewed: 'You have approved this already; each person counts once.',
  not_pending: 'This was decided already.',
  no_reason: 'Say why, in 3 to 500 characters: the agent gets your words.',
  other_terms: 'This card is out of date: what is stored now is not what it showed. Nothing was decided.',
  unknown_person: 'Your Slack account is not linked to a person who may review. Ask whoever runs Querywarden.',
  ambiguous_person: 'Your Slack account is linked to more than one person, so your click counts for none of them.',
  deleted: 'This Slack account is deactivated.',
  not_a_person: 'Only people may review; this is the account of a bot or an app.',
  guest: 'Guests of the workspace may not review.',
  outsider: 'Only members of this workspace may review.',
  shared_channel: 'This channel is shared with another organization. Nothing can be decided here.',
  slack_unavailable: 'Slack could not tell who you are just now, so nothing was decided. Try again in a moment.',
  unknown_hold: 'This statement is not stored any more. Nothing was decided.',
  changed_record: 'What is stored does not match its own digest. It cannot be approved; tell whoever runs Querywarden.',
  not_all_shown: 'Read it all first: this statement is approved at the end of its whole text, not from the card.',
  expired: 'Too late: the time to decide has run out. The agent can ask again.',
  busy: 'Several people decided at the same moment and yours did not get through. Try again.',
  stale_click: 'This click is too old, or its clock is wrong. Nothing was decided; click again.',
  holds_unavailable: 'The hold store cannot be reached. Nothing was decided; try again in a moment.',
  failed: 'Something failed here. Nothing was decided; try again in a moment.',
}
