import type { types } from '@slack/bolt'
import { isOpen, opensAt, windowText } from '#src/decide/approval-window.ts'
import { stageOf } from '#src/decide/approvers.ts'
import type { Hold, HoldTerms } from '#src/hold/hold.ts'
import { isIntact } from '#src/hold/intact.ts'
import { needsStepUp, openStage, type Quorum, stillAsked } from '#src/hold/review.ts'
import { askedBy, type NameOf } from '#src/show/asked-by.ts'
import { cut } from '#src/show/cut.ts'
import { count, type Fact, facts as factRows, rowsTouched, subject, summaryLine } from '#src/show/facts.ts'
import { inChannel } from '#src/show/in-channel.ts'
import { oddities } from '#src/show/oddities.ts'
import { type Reviewed, stateWord } from '#src/show/outcome.ts'
import { quorumWords } from '#src/show/quorum-words.ts'
import { shortLine, visibleLine } from '#src/show/visible-text.ts'
import { cardButtons } from './button.ts'
import { fallbackText, headerBlock } from './message-head.ts'
import { outcomeLines } from './outcome-lines.ts'
import {
  bold,
  type Inline,
  inOrder,
  italic,
  labelled,
  line,
  moment,
  momentMrkdwn,
  type Preformatted,
  plain,
  preformatted,
  type Quote,
  quote,
  type RichLine,
  richText,
} from './rich-text.ts'
import { type ShownStatement, showStatement } from './shown-statement.ts'
import { escapeMrkdwn } from './slack-limits.ts'

/** What a card says besides the hold itself. */
export interface CardFacts extends Reviewed {
  readonly nameOf: NameOf
  /** When the card was put up; milliseconds since the epoch. */
  readonly postedAt: number
  /** False where nobody waits for the answer any more. */
  readonly awaited: boolean
  /** Whether other statements of this agent wait as well. */
  readonly together?: boolean
  /** Absent: there is no console. */
  readonly consoleUrl?: string
}

export interface Card {
  /** For notifications and screen readers; mrkdwn, so escaped. */
  readonly text: string
  readonly blocks: types.KnownBlock[]
}

const lateMilliseconds = 60_000

/** The one card of a hold, for the state it is in. Pure; buttons only while it is pending. */
export function renderCard(hold: Hold, facts: CardFacts): Card {
  if (!isIntact(hold)) return brokenCard(hold)
  const open = inChannel(hold)
  const shown = showStatement(hold.terms)
  const header = `${stateWord(hold)} · ${subject(open.terms.classification)}`
  const outcome = outcomeLines(open, facts)
  const warnings = oddities({ ...open.terms, statement: hold.terms.statement })
  const rows = factRows(open.terms)
  const pending = hold.state === 'pending'
  return {
    text: fallback(header, open),
    blocks: [
      headerBlock(header),
      ...(outcome.length > 0 && !pending ? [richText(...outcome)] : []),
      richText(...lead(open, facts)),
      ...(warnings.length > 0 ? [richText(warningLine(warnings))] : []),
      ...(pending ? [richText(labelled(rows), ...purposeLines(hold))] : [richText(...purposeLines(hold))]),
      richText(...statementLines(hold, shown, facts.consoleUrl !== undefined)),
      ...(outcome.length > 0 && pending ? [richText(...outcome)] : []),
      ...(pending ? [] : [smallPrint(rows)]),
      footer(hold, facts),
      ...(pending ? [cardButtons(hold, shown.approvable, facts)] : []),
    ],
  }
}

/** What is stored does not match its own digest: nothing of it is shown as if it could be approved. */
function brokenCard(hold: Hold): Card {
  const header = 'Not approvable · changed record'
  const id = shortLine(String(hold.id), 40)
  return {
    text: `${header} ${escapeMrkdwn(id)}`,
    blocks: [
      headerBlock(header),
      richText(
        line(
          plain('The hold store holds a statement that does not match its own digest. Somebody changed it, or it was '),
          plain('never held by the gateway. It cannot be approved and the gateway will not run it. Tell whoever runs '),
          plain(`Querywarden. Session ${id}.`),
        ),
      ),
    ],
  }
}

function fallback(header: string, { terms, id }: Hold): string {
  const agent = visibleLine(terms.statement.principal.name)
  const summary = summaryLine(terms.classification, 400)
  return fallbackText(`${header} · ${agent}: ${summary} · ${id}`)
}

function lead({ terms, state }: Hold, { postedAt, nameOf, awaited }: CardFacts): RichLine[] {
  const { name, rest } = askedBy(terms.statement.principal, nameOf)
  const asks = state === 'pending' ? 'asks to run a statement that' : 'asked to run a statement that'
  const rows = rowsTouched(terms.estimate)
  const summary = inOrder(summaryLine(terms.classification))
  return [
    line(
      bold(name),
      plain(`${rest} ${asks}\n`),
      bold(rows === '' ? summary : `${summary}\n${rows}`),
      ...(state === 'pending' && !awaited ? [plain('\nNobody waits for the answer any more.')] : []),
      ...(postedAt - terms.createdAt > lateMilliseconds ? late(terms.createdAt) : []),
    ),
  ]
}

function late(createdAt: number): Inline[] {
  return [plain('\nPosted late: asked '), moment(createdAt), plain('.')]
}

export function warningLine(warnings: readonly string[]): RichLine {
  return line(bold('Look twice'), ...warnings.map(warning => plain(`\n• ${warning}`)))
}

/** The agent's own words, in a quote they cannot leave. */
export function purposeLines({ terms }: Hold): (RichLine | Quote)[] {
  const words = terms.statement.purpose
  if (!words) return [line(bold('Agent says  '), plain('nothing about why'))]
  return [line(bold('Agent says  '), italic('(the agent’s words, unchecked)')), quote(shortLine(words, 400))]
}

function statementLines(
  hold: Hold,
  { sql, context, approvable, whole }: ShownStatement,
  hasConsole: boolean,
): (RichLine | Preformatted)[] {
  const size = `${count(whole.length)} characters`
  const inThread = hold.cards.some(({ file }) => file !== undefined) ? ' and in the thread' : ''
  const note = {
    card: [],
    modal: [line(plain(`${unseen(hold, size)} The whole text is behind Read it all…${inThread}.`))],
    none: [
      line(
        plain(
          `Too long to be read in Slack (${size}), so it cannot be approved here${inThread === '' ? '' : '; it is in the thread'}${hasConsole ? ', and whole in the console' : ''}.`,
        ),
      ),
    ],
  }[approvable]
  if (hold.state === 'pending' && needsStepUp(hold.terms, 'approve')) {
    const where = hasConsole ? 'in the console' : 'in a console, which this installation does not have'
    const cutShort =
      approvable === 'card'
        ? []
        : [line(plain(`${unseen(hold, size)}${inThread === '' ? '' : ` It is${inThread.replace(' and', '')}.`}`))]
    return [
      preformatted(sql),
      ...contextLines(context),
      ...cutShort,
      line(plain(`Approved ${where}, after a fresh sign-in.`)),
    ]
  }
  return [preformatted(sql), ...contextLines(context), ...(hold.state === 'pending' ? note : [])]
}

function unseen({ terms }: Hold, size: string): string {
  return terms.decision.hidesLiterals ? 'Values are shown to reviewers only.' : `Not all of it is shown: ${size}.`
}

/** Short context on one line; as SQL is shown where it is longer. */
function contextLines(context: string): (RichLine | Preformatted)[] {
  if (context === '') return []
  if (context.length > 100) return [line(bold('Runs with')), preformatted(context)]
  return [line(bold('Runs with  '), plain(context.replaceAll('\n', ', ')))]
}

/** What helped to decide, once it is decided. Not mrkdwn: table names are an agent's words. */
function smallPrint(rows: readonly Fact[]): types.ContextBlock {
  const text = cut(rows.map(([label, value]) => `${label} ${value}`).join(' · '), 600)
  return { type: 'context', elements: [{ type: 'plain_text', text, emoji: false }] }
}

function footer({ id, state, terms }: Hold, { quorum }: CardFacts): types.ContextBlock {
  const parts = [
    ...(state === 'pending' ? [`Expires ${momentMrkdwn(terms.expiresAt)}`] : []),
    agreedSoFar(quorum),
    ...(state === 'pending' ? [...approvableWhen(terms), ...escalations(terms, quorum)] : []),
    escapeMrkdwn(id),
    ...(terms.decision.hidesLiterals ? [] : [`sha256 ${terms.digest.slice(0, 4)}…${terms.digest.slice(-4)}`]),
  ]
  return { type: 'context', elements: [{ type: 'mrkdwn', text: parts.join(' · ') }] }
}

/** When approvals count, and the first such moment for a hold that began outside of them. */
function approvableWhen({ decision, createdAt }: HoldTerms): string[] {
  const windows = decision.approveWithin ?? []
  if (windows.length === 0) return []
  const opens = isOpen(windows, createdAt) ? undefined : opensAt(windows, createdAt)
  const words = escapeMrkdwn(windows.map(windowText).join(' and '))
  return [`Approvable ${words}${opens === undefined ? '' : `, from ${momentMrkdwn(opens)}`}`]
}

function escalations({ createdAt }: HoldTerms, quorum: readonly Quorum[]): string[] {
  return stillAsked(quorum).flatMap(({ escalate }) => {
    if (!escalate) return []
    const group = escapeMrkdwn(shortLine(escalate.group, 60))
    return [`${group} may approve too from ${momentMrkdwn(createdAt + escalate.afterSeconds * 1000)}`]
  })
}

/** Of the stages that are complete and the one that is asked now; later ones are not asked yet. */
function agreedSoFar(quorum: readonly Quorum[]): string {
  const last = Math.max(...quorum.map(stageOf))
  const now = openStage(quorum) ?? last
  const words = quorumWords(quorum.filter(asked => stageOf(asked) <= now))
  return `${last > 1 ? `Stage ${now} of ${last}: ` : ''}${escapeMrkdwn(words)}`
}
