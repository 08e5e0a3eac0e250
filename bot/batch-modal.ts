import type { types } from '@slack/bolt'
import { termsHash } from '#src/hold/hold.ts'
import { needsReason } from '#src/hold/review.ts'
import type { Shown } from '#src/hold/review-hold.ts'
import { cut } from '#src/show/cut.ts'
import { facts, rowsTouched, subject, summaryLine } from '#src/show/facts.ts'
import { inChannel } from '#src/show/in-channel.ts'
import { quorumWords } from '#src/show/quorum-words.ts'
import { shortLine } from '#src/show/visible-text.ts'
import type { Batch, BatchEntry } from './batch.ts'
import { purposeLines } from './card.ts'
import { words } from './modals.ts'
import { refusalSentences } from './refusals.ts'
import { bold, inOrder, labelled, line, moment, plain, preformatted, richText } from './rich-text.ts'
import { showStatement } from './shown-statement.ts'
import { slackLimits } from './slack-limits.ts'
import type { ViewSeal } from './view-seal.ts'

export const batchView = 'view_batch'
/** In the block of each statement, which bears its id. */
export const batchChoice = 'verdict'

/** One statement as the modal showed it. */
export interface BatchItem extends Shown {
  readonly mayApprove: boolean
  /** Whether an approval has to say why. */
  readonly wordy: boolean
}

/** What the modal carries through Slack, sealed. */
interface BatchSubject {
  readonly channel: string
  readonly items: readonly BatchItem[]
}

interface BatchPlace {
  readonly channel: string
  readonly user: string
  readonly seal: ViewSeal
  readonly consoleUrl?: string
}

/** All that waits of one agent for one person, each statement with a choice of its own. */
export function batchModal({ entries, more }: Batch, { channel, user, seal, consoleUrl }: BatchPlace): types.ModalView {
  const subject: BatchSubject = { channel, items: entries.map(itemOf) }
  const agent = shortLine(entries[0]?.hold.terms.statement.principal.name ?? '', 80)
  const rest = more > 0 ? ` ${more} more wait; open this again when these are decided.` : ''
  return {
    type: 'modal',
    callback_id: batchView,
    private_metadata: seal.seal(JSON.stringify(subject), user),
    title: { type: 'plain_text', text: 'Review several' },
    submit: { type: 'plain_text', text: 'Decide' },
    close: { type: 'plain_text', text: 'Close' },
    blocks: [
      richText(
        line(bold(agent), plain(` waits with ${entries.length} statements for you. Each is decided by itself.${rest}`)),
      ),
      ...entries.flatMap(entry => entryBlocks(entry, consoleUrl)),
      { type: 'divider' },
      words('Your words, for all that you decide here. Needed for each denial.', 0, true),
    ],
  }
}

/** What came back; undefined where it is not what we sealed for this account. */
export function openBatch(sealed: string, user: string, seal: ViewSeal): BatchSubject | undefined {
  const content = seal.open(sealed, user)
  return content === undefined ? undefined : (JSON.parse(content) as BatchSubject)
}

function itemOf({ hold: { id, terms }, notHere }: BatchEntry): BatchItem {
  return { hold: id, terms: termsHash(terms), mayApprove: !notHere, wordy: needsReason(terms, 'approve') }
}

function entryBlocks(entry: BatchEntry, consoleUrl: string | undefined): types.KnownBlock[] {
  const { hold, quorum } = entry
  const { terms, id } = inChannel(hold)
  const rows = rowsTouched(terms.estimate)
  const summary = inOrder(summaryLine(terms.classification))
  return [
    { type: 'divider' },
    richText(
      line(bold(subject(terms.classification)), plain(`\nIt ${summary}${rows === '' ? '' : `\n${rows}`}`)),
      labelled(facts(terms)),
      ...purposeLines(hold),
      ...statement(entry, consoleUrl),
      line(plain(`${quorumWords(quorum)} · ${id} · expires `), moment(terms.expiresAt)),
    ),
    choice(entry),
  ]
}

/** Whole, or not approvable here: then why, and where it is. */
function statement({ hold, notHere }: BatchEntry, consoleUrl: string | undefined) {
  const { sql, parts, approvable } = showStatement(hold.terms)
  const shown = approvable === 'card' ? parts.map(preformatted) : [preformatted(sql)]
  if (!notHere) return shown
  const because =
    notHere === 'odd' ? 'There is something to look at twice; its own card says what.' : refusalSentences[notHere]
  const there = consoleUrl
    ? [{ type: 'link', url: `${consoleUrl}/holds/${hold.id}`, text: 'In the console' } as const]
    : []
  return [...shown, line(bold('Not approvable here: '), plain(`${because} `), ...there)]
}

const labels = { approve: 'Approve', deny: 'Deny', leave: 'Leave it' } as const
type Choice = keyof typeof labels

function choice({ hold, notHere }: BatchEntry): types.InputBlock {
  const option = (value: Choice) => ({ text: { type: 'plain_text', text: labels[value] } as const, value })
  const leave = option('leave')
  return {
    type: 'input',
    block_id: hold.id,
    label: { type: 'plain_text', text: cut(subject(inChannel(hold).terms.classification), slackLimits.header) },
    element: {
      type: 'radio_buttons',
      action_id: batchChoice,
      options: [...(notHere ? [] : [option('approve')]), option('deny'), leave],
      initial_option: leave,
    },
  }
}

/** What a person chose for a statement of the modal; nothing where they left it, or chose what was not offered. */
export function chosenVerdict({ mayApprove }: BatchItem, value: unknown): 'approve' | 'deny' | undefined {
  if (value === 'deny') return 'deny'
  return value === 'approve' && mayApprove ? 'approve' : undefined
}
