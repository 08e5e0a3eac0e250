import type { VerdictRefusal } from '../hold/review-hold.ts'

/** Why their verdict came to nothing, for the person who gave it. */
export const verdictSentences: Record<VerdictRefusal, string> = {
  own_agent:
    'You own this agent, or it acts for you, so somebody else has to decide. There is no exception, also not for administrators.',
  not_an_approver: 'You are not in the group that decides on this statement.',
  not_a_releaser: 'You are not among those who may release a statement alone.',
  other_stage: 'You are asked in another stage of this approval, which is not the one that is open now.',
  already_reviewed:
    'You have approved this already; each person counts once, and so does each Slack account. You can still deny it.',
  not_needed: 'Enough of those whom you are asked with have approved this; it waits for others. You can still deny it.',
  not_pending: 'This was decided already.',
  no_reason: 'Say why, in 3 to 500 characters: the agent gets your words.',
  other_terms: 'What you looked at is out of date: it is not what is stored now. Nothing was decided.',
  outside_window: 'This one is approved at certain times only, and not now. You can deny it.',
  not_offered: 'That is more than the policy lets anybody grant. Nothing was decided.',
  lasting_grant:
    'You are asked as a member of a Slack user group, and nobody hears here when somebody leaves one: you can approve this statement, but not its shape.',
  step_up:
    'This one is approved in the console, or released there, where you sign in again first. You can deny it here if you are asked.',
  unknown_hold: 'This statement is not stored any more. Nothing was decided.',
  changed_record: 'What is stored does not match its own digest. It cannot be approved; tell whoever runs Querywarden.',
  not_all_shown: 'Read it all first: this statement is approved at the end of its whole text, not from the card.',
  too_long:
    'Nothing was decided: the reason may have 500 characters and a suggested statement 3,000, and nothing is cut off. Say it in fewer.',
  expired: 'Too late: the time to decide has run out. The agent can ask again.',
  busy: 'Several people decided at the same moment and yours did not get through. Try again.',
  unsure:
    'The hold store stopped answering: it is not known yet whether your decision counts. Look at the card, or at the statement in the console, in a moment; a denial is put on record as soon as that can be had.',
}
