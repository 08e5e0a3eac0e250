import type { types } from '@slack/bolt'
import { approversText } from '#src/decide/approvers.ts'
import { type Hold, termsHash } from '#src/hold/hold.ts'
import { needsReason } from '#src/hold/review.ts'
import { type ContextSection, contextSections } from '#src/show/context.ts'
import { cut } from '#src/show/cut.ts'
import { count, subject, summaryLine } from '#src/show/facts.ts'
import { inChannel, termsInChannel } from '#src/show/in-channel.ts'
import { shortLine, visible } from '#src/show/visible-text.ts'
import type { SessionId } from '#src/statement.ts'
import { bold, inOrder, labelled, line, plain, preformatted, richText } from './rich-text.ts'
import { showStatement } from './shown-statement.ts'

export const viewIds = {
  deny: 'view_deny',
  suggest: 'view_suggest',
  whole: 'view_whole',
  grant: 'view_grant',
  release: 'view_release',
  context: 'view_context',
} as const

/** Where the person's words stand in a submitted view. */
export const wordsInput = { block: 'words', action: 'text' } as const

/** Where a suggested statement stands in a submitted view. */
export const sqlInput = { block: 'sql', action: 'text' } as const

/** What a view carries through Slack: ids only, looked up again when it comes back. */
export interface ViewSubject {
  readonly hold: SessionId
  readonly terms: string
  readonly channel: string
}

export function denyModal(hold: Hold, channel: string): types.ModalView {
  return {
    ...reviewModal(hold, channel, viewIds.deny, 'Deny this statement'),
    submit: { type: 'plain_text', text: 'Deny it' },
    blocks: [whatItDoes(inChannel(hold)), words('Why? The agent gets your words.', 3, false)],
  }
}

/** A denial that says what would pass. */
export function suggestModal(hold: Hold, channel: string): types.ModalView {
  return {
    ...reviewModal(hold, channel, viewIds.suggest, 'Suggest another'),
    submit: { type: 'plain_text', text: 'Deny and suggest' },
    blocks: [
      whatItDoes(inChannel(hold)),
      words('Why? The agent gets your words.', 3, false),
      {
        type: 'input',
        block_id: sqlInput.block,
        label: { type: 'plain_text', text: 'What would pass, as SQL' },
        hint: {
          type: 'plain_text',
          text: 'The agent reads it and decides whether to submit it. It does not run by itself.',
        },
        element: {
          type: 'plain_text_input',
          action_id: sqlInput.action,
          multiline: true,
          min_length: 1,
          max_length: 3_000,
        },
      },
    ],
  }
}

function whatItDoes({ terms: { classification } }: Hold, more = ''): types.RichTextBlock {
  const summary = inOrder(summaryLine(classification))
  return richText(line(bold(subject(classification)), plain(`\n${summary}${more}`)))
}

/** The whole text, with the button at its end. Only for statements that `showStatement` fits into a modal. */
export function wholeModal(hold: Hold, channel: string): types.ModalView {
  return {
    ...reviewModal(hold, channel, viewIds.whole, 'Read it all'),
    submit: { type: 'plain_text', text: 'Approve' },
    blocks: [...statementParts(hold), wordsOfApproval(hold)],
  }
}

/** What it does, and all of its text. */
export function statementParts(hold: Hold): types.RichTextBlock[] {
  const { parts, whole } = showStatement(hold.terms)
  const size = `${count(whole.split('\n').length)} lines, ${count(whole.length)} characters`
  return [
    whatItDoes(hold, `\nAll of it: ${size}.`),
    ...parts.map(part => richText(preformatted(part))),
    richText(line(bold('That was all of it.'), plain(` sha256 ${hold.terms.digest}`))),
  ]
}

export function wordsOfApproval({ terms }: Hold): types.InputBlock {
  return needsReason(terms, 'approve')
    ? words('Why? The record and the agent get your words.', 3, false)
    : words('Your words, if you want to leave some', 0, true)
}

/** Break-glass: the whole text as well, and what it costs to do this alone. */
export function releaseModal(hold: Hold, channel: string): types.ModalView {
  const { approvers } = hold.terms
  return {
    ...reviewModal(hold, channel, viewIds.release, 'Break glass'),
    submit: { type: 'plain_text', text: 'Release it alone' },
    blocks: [
      richText(
        line(
          bold('You release this alone. '),
          plain(`It would need ${shortLine(approversText(approvers), 300)}. The on-call channel is told, with `),
          plain('your name and your words, and it stays open until somebody else has reviewed it.'),
        ),
      ),
      ...statementParts(hold),
      words('What is the emergency? Everybody reads your words.', 3, false),
    ],
  }
}

export function contextModal(hold: Hold, channel: string): types.ModalView {
  return {
    ...reviewModal(hold, channel, viewIds.context, 'Whole context'),
    blocks: contextSections(termsInChannel(hold.terms)).map(section),
  }
}

export function reviewModal({ id, terms }: Hold, channel: string, callback: string, title: string) {
  const about: ViewSubject = { hold: id, terms: termsHash(terms), channel }
  return {
    type: 'modal',
    callback_id: callback,
    private_metadata: JSON.stringify(about),
    title: { type: 'plain_text', text: title },
    close: { type: 'plain_text', text: 'Close' },
  } as const
}

function section({ title, rows }: ContextSection): types.RichTextBlock {
  const shown = rows.map(([label, value]) => [shortLine(label, 60), cut(visible(value), 600)] as const)
  return richText(line(bold(title)), labelled(shown.length > 0 ? shown : [['', 'none']]))
}

export function words(label: string, least: number, optional: boolean): types.InputBlock {
  return {
    type: 'input',
    block_id: wordsInput.block,
    optional,
    label: { type: 'plain_text', text: label },
    element: {
      type: 'plain_text_input',
      action_id: wordsInput.action,
      multiline: true,
      min_length: least,
      max_length: 500,
    },
  }
}
