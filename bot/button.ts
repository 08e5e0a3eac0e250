import type { types } from '@slack/bolt'
import { durationText } from '#src/config/units.ts'
import type { Hold } from '#src/hold/hold.ts'
import { termsHash } from '#src/hold/hold.ts'
import { needsReason, needsStepUp } from '#src/hold/review.ts'
import type { Shown } from '#src/hold/review-hold.ts'
import { cut } from '#src/show/cut.ts'
import { oddities } from '#src/show/oddities.ts'
import { parseSessionId } from '#src/statement.ts'
import { type Approvable, shapeParts } from './shown-statement.ts'
import { slackLimits } from './slack-limits.ts'

export const actionIds = {
  approve: 'hold_approve',
  deny: 'hold_deny',
  suggest: 'hold_suggest',
  read: 'hold_read',
  grant: 'hold_grant',
  context: 'hold_context',
  release: 'hold_release',
  batch: 'hold_batch',
  console: 'hold_console',
} as const

function shownValue({ hold, terms }: Shown): string {
  return `${hold}|${terms}`
}

export function parseShown(value: string | undefined): Shown | undefined {
  const [id, terms, ...rest] = (value ?? '').split('|')
  const hold = parseSessionId(id ?? '')
  if (!hold || !terms || !/^[0-9a-f]{64}$/.test(terms) || rest.length > 0) return undefined
  return { hold, terms }
}

/**
 * Approve only where all of the statement is on the card and no words are asked for; otherwise the way to both: a modal, or
 * the console where Slack cannot show it or a fresh sign-in is asked for. Without a console, no approval at all.
 */
export function cardButtons(
  hold: Hold,
  approvable: Approvable,
  { consoleUrl, together }: { readonly consoleUrl?: string; readonly together?: boolean },
): types.ActionsBlock {
  const value = shownValue({ hold: hold.id, terms: termsHash(hold.terms) })
  const inConsole = consoleUrl === undefined ? [] : [consoleButton(hold, consoleUrl)]
  const inSlack = {
    card: () => [approveButton(hold, value)],
    modal: () => [button(actionIds.read, 'Read it all…', value, 'primary')],
    none: () => inConsole,
  }[approvable]
  const first = needsStepUp(hold.terms, 'approve') ? inConsole : inSlack()
  return {
    type: 'actions',
    block_id: `${hold.id}:${hold.version}`,
    elements: [
      ...first,
      ...grantButton(hold, value),
      button(actionIds.deny, 'Deny…', value),
      button(actionIds.suggest, 'Suggest…', value),
      button(actionIds.context, 'Whole context…', value),
      ...(together ? [button(actionIds.batch, 'Review all of this agent…', value)] : []),
      ...(hold.terms.decision.releasers ? [button(actionIds.release, 'Break glass…', value, 'danger')] : []),
    ],
  }
}

/** Asks once more where there is something to look at twice. */
function approveButton({ terms }: Hold, value: string): types.Button {
  if (needsReason(terms, 'approve')) return button(actionIds.read, 'Approve…', value, 'primary')
  const warnings = oddities(terms)
  const confirm = warnings.length === 0 ? {} : { confirm: confirmation(warnings) }
  return { ...button(actionIds.approve, 'Approve', value, 'primary'), ...confirm }
}

/** With a step-up, the console asks; where the shape cannot be read in Slack, it is not granted there. */
function grantButton({ terms }: Hold, value: string): types.Button[] {
  if (!terms.grantable || needsStepUp(terms, 'approve') || shapeParts(terms).length === 0) return []
  return [button(actionIds.grant, `Approve this shape for ${durationText(terms.grantable.seconds)}…`, value)]
}

/** Opens the statement in the console. Slack tells us of the click, too; there is nothing to do for it. */
function consoleButton({ id }: Hold, consoleUrl: string): types.Button {
  return { ...button(actionIds.console, 'Approve in the console…', id, 'primary'), url: `${consoleUrl}/holds/${id}` }
}

/** A button with an opaque value, in the words of one of ours. */
export function button(id: string, label: string, value: string, style?: 'primary' | 'danger'): types.Button {
  return {
    type: 'button',
    action_id: id,
    text: { type: 'plain_text', text: label, emoji: false },
    value,
    ...(style ? { style } : {}),
  }
}

function confirmation(warnings: readonly string[]): types.ConfirmationDialog {
  return {
    title: { type: 'plain_text', text: 'Look twice', emoji: false },
    text: { type: 'plain_text', text: cut(warnings.join(' '), slackLimits.confirmText), emoji: false },
    confirm: { type: 'plain_text', text: 'Approve it', emoji: false },
    deny: { type: 'plain_text', text: 'Back', emoji: false },
  }
}
