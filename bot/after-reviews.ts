import type { App, SlackViewMiddlewareArgs, types, ViewSubmitAction } from '@slack/bolt'
import { asGatewayError } from '#src/errors.ts'
import { isReason } from '#src/hold/review.ts'
import type { AnswerOf } from '#src/oncall/internal-api.ts'
import type { Person } from '#src/principal.ts'
import { shortLine } from '#src/show/visible-text.ts'
import { parseSessionId, type SessionId } from '#src/statement.ts'
import type { BotPorts } from './app.ts'
import { onClick, personOf, tell } from './click.ts'
import { clickOfView } from './click-payload.ts'
import { errorCode } from './logger.ts'
import { bareCard } from './message-head.ts'
import { words, wordsInput } from './modals.ts'
import { onButton } from './on-button.ts'
import { refusalSentences } from './refusals.ts'
import { reviewActions, reviewedAlert, reviewedWords } from './release-alert.ts'
import { line, plain, richText } from './rich-text.ts'
import { escapeMrkdwn } from './slack-limits.ts'

const viewId = 'view_review'
/** With a number behind it where it is one of several in a message. */
const closeActions = new RegExp(`^${reviewActions.close}(:|$)`)

/** What the modal carries through Slack; who may close which review is the gateway's to say. */
interface ReviewSubject {
  readonly session: SessionId
  readonly channel: string
}

/** The button that closes the review of a release, wherever it stands, and its modal. */
export function registerAfterReviews(app: App, ports: BotPorts): void {
  onButton(app, ports, closeActions, async ({ actor, value, trigger }) => {
    const session = parseSessionId(value)
    if (!session) return
    const view = reviewModal({ session, channel: actor.channel })
    await ports.client.views.open({ trigger_id: trigger, view })
  })
  app.view<ViewSubmitAction>(viewId, async args => {
    const comment = args.view.state.values[wordsInput.block]?.[wordsInput.action]?.value?.trim()
    if (!isReason(comment)) {
      return args.ack({ response_action: 'errors', errors: { [wordsInput.block]: refusalSentences.no_reason } })
    }
    await args.ack()
    await submit(ports, args, comment ?? '')
  })
}

function reviewModal(subject: ReviewSubject): types.ModalView {
  return {
    type: 'modal',
    callback_id: viewId,
    private_metadata: JSON.stringify(subject),
    title: { type: 'plain_text', text: 'Close the review' },
    submit: { type: 'plain_text', text: 'I have reviewed it' },
    close: { type: 'plain_text', text: 'Close' },
    blocks: [
      richText(line(plain(`Look at it first: /qw show ${subject.session} has the statement and what came of it.`))),
      words('What did you find? The record gets your words.', 3, false),
    ],
  }
}

async function submit(ports: BotPorts, { body }: SlackViewMiddlewareArgs<ViewSubmitAction>, comment: string) {
  const subject = subjectOf(body.view.private_metadata)
  if (!subject) return ports.log.error({ code: 'private_metadata' }, 'a view came back without its subject')
  const click = clickOfView(body, subject.channel)
  const { actor } = click
  await onClick(ports, click, async () => {
    const person = await personOf(ports, actor)
    if (person) await tell(ports, actor, await closeReview(ports, person, subject.session, comment))
  })
}

/** What came of it, in words. */
async function closeReview(ports: BotPorts, person: Person, id: SessionId, comment: string): Promise<string> {
  try {
    const answer = await ports.gateway.ask('close', person, { id, comment })
    await showReviewed(ports, answer)
    if (answer.closed) return `Closed: you have reviewed ${id}.`
    return `${escapeMrkdwn(shortLine(answer.release?.reviewed?.by ?? 'Somebody else', 80))} was quicker, and has reviewed ${id}.`
  } catch (error) {
    const { code, message } = asGatewayError(error)
    ports.log.warn({ hold: id, code: code === 'internal' ? errorCode(error) : code }, 'a review stays open')
    if (code === 'unknown_session') return 'There is no such session, or none that you may see.'
    return code === 'internal' ? refusalSentences.failed : escapeMrkdwn(message)
  }
}

/** The alert becomes the record, of which others see no more than that there is one. It is closed whether or not Slack takes that. */
export async function showReviewed(
  { client, directory, links, log }: Pick<BotPorts, 'client' | 'directory' | 'links' | 'log'>,
  { closed, session, release, told }: AnswerOf<'close'>,
): Promise<void> {
  if (!closed || !release || !told) return
  try {
    const shared = await directory.isShared(told.channel)
    const card = shared ? bareCard(reviewedWords, session.id) : reviewedAlert(session, release, links.known)
    await client.chat.update({ ...told, ...card })
  } catch (error) {
    log.warn({ hold: session.id, code: errorCode(error) }, 'an alert still looks open')
  }
}

function subjectOf(metadata: string): ReviewSubject | undefined {
  try {
    const { session, channel } = JSON.parse(metadata) as Partial<ReviewSubject>
    const id = parseSessionId(String(session))
    return id && typeof channel === 'string' ? { session: id, channel } : undefined
  } catch {
    return undefined
  }
}
