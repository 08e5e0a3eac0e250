import { opensAt, windowText } from '#src/decide/approval-window.ts'
import { GatewayError } from '#src/errors.ts'
import type { Hold } from '#src/hold/hold.ts'
import type { Quorum, Review } from '#src/hold/review.ts'
import type { Reviewed } from '#src/hold/review-hold.ts'
import { inChannel } from '#src/show/in-channel.ts'
import { quorumWords } from '#src/show/quorum-words.ts'
import { verdictWords } from '#src/show/verdict-words.ts'
import { shortLine } from '#src/show/visible-text.ts'
import { sha256 } from '#src/statement.ts'
import type { BotPorts } from './app.ts'
import { errorCode } from './logger.ts'
import { type Refusal, refusalSentences } from './refusals.ts'
import { resolveReviewer, type SlackActor } from './reviewer.ts'
import { momentMrkdwn } from './rich-text.ts'
import { asCode, escapeMrkdwn } from './slack-limits.ts'

/** Somebody used a button, sent a modal or wrote a command. */
export interface Click {
  readonly actor: SlackActor
  /** What tells this click from every other one, as Slack sent it: the same in every delivery of it. */
  readonly nonce: readonly string[]
  /** When it was made, by Slack's clock, where Slack says; milliseconds since the epoch. */
  readonly at?: number
}

const freshMilliseconds = 300_000
const rememberedSeconds = 900

/**
 * Runs `effect` for a click that is fresh, comes for the first time, and is acknowledged already. Whatever goes wrong is
 * said to the person who clicked, and decides nothing.
 */
export async function onClick(ports: BotPorts, click: Click, effect: () => Promise<void>): Promise<void> {
  try {
    if (click.at !== undefined && Math.abs(ports.clock.now() - click.at) > freshMilliseconds) {
      return await tell(ports, click.actor, refusalSentences.stale_click)
    }
    // The same delivery again, or the same click in another envelope: done already, and not said twice.
    if (!(await ports.holds.once(`click:${sha256(click.nonce.join('|'))}`, rememberedSeconds))) return
    await effect()
  } catch (error) {
    const down = error instanceof GatewayError && error.code === 'holds_unavailable'
    ports.log.error({ code: errorCode(error) }, 'a click came to nothing')
    await tell(ports, click.actor, refusalSentences[down ? 'holds_unavailable' : 'failed'])
  }
}

/** The person behind a click; tells them and answers nothing where there is none. */
export async function personOf(ports: BotPorts, actor: SlackActor) {
  const reviewer = await resolveReviewer(ports, actor)
  if ('person' in reviewer) return reviewer.person
  ports.log.warn({ refusal: reviewer.refusal }, 'refused a click')
  await tell(ports, actor, refusalSentences[reviewer.refusal])
  return undefined
}

/** Says what came of a review where the card alone does not. */
export async function tellReviewed(ports: BotPorts, actor: SlackActor, reviewed: Reviewed): Promise<void> {
  if ('refusal' in reviewed) return tellRefusal(ports, actor, reviewed.refusal, reviewed)
  if (reviewed.state !== 'pending') return
  await tell(ports, actor, agreedWords(reviewed.quorum))
}

export function agreedWords(quorum: readonly Quorum[]): string {
  return `Your approval counts: ${escapeMrkdwn(quorumWords(quorum))}.`
}

export async function tellRefusal(
  ports: BotPorts,
  actor: SlackActor,
  refusal: Refusal,
  about: Refused = {},
): Promise<void> {
  ports.log.info({ refusal, ...(about.hold ? { hold: about.hold.id } : {}) }, 'refused a review')
  await tell(ports, actor, refusalWords(ports, refusal, about))
}

interface Refused {
  readonly hold?: Hold
  readonly counted?: Parameters<typeof decidedBy>[2]
}

export function refusalWords(ports: BotPorts, refusal: Refusal, { hold, counted }: Refused): string {
  return (hold && inDetail(ports, refusal, hold, counted)) ?? refusalSentences[refusal]
}

/** What only this hold can tell: who decided it, when it can be approved. */
function inDetail(ports: BotPorts, refusal: Refusal, hold: Hold, counted: Parameters<typeof decidedBy>[2] = []) {
  if (refusal === 'not_pending') return decidedBy(ports, hold, counted)
  return refusal === 'outside_window' ? outsideWindow(hold, ports.clock.now()) : undefined
}

/** `This can be approved monday to friday 08:00–18:00 Europe/Berlin, next tomorrow 08:00.` */
function outsideWindow({ terms }: Hold, now: number): string {
  const windows = terms.decision.approveWithin ?? []
  const next = opensAt(windows, now)
  const opens = next === undefined ? '' : `, next ${momentMrkdwn(next)}`
  return `This can be approved ${escapeMrkdwn(windows.map(windowText).join(' and '))}${opens}. Nothing was decided; you can deny it now.`
}

/** `Already denied by oncall-2, today 15:12. It did not run.` */
function decidedBy(ports: BotPorts, hold: Hold, counted: readonly Pick<Review, 'verdict' | 'reviewer' | 'at'>[]) {
  const { state } = hold
  if (state === 'cancelled') return 'The agent withdrew this statement. There is nothing to decide any more.'
  if (state === 'denied' && hold.outcome?.error) return refusedSince(hold)
  const last = counted.findLast(({ verdict }) => (verdict === 'deny') === (state === 'denied'))
  if (!last) return undefined
  const name = ports.person(last.reviewer)?.name ?? last.reviewer
  const words = `${verdictWords[last.verdict].toLowerCase()} by ${escapeMrkdwn(shortLine(name, 80))}`
  return `Already ${words}, ${momentMrkdwn(last.at)}. ${becameOf(hold)}`
}

/** Not by who was asked: on-call staff killed it while it waited, or the gateway would not run it. */
function refusedSince(hold: Hold): string {
  const { error, message = 'no reason was recorded' } = inChannel(hold).outcome ?? {}
  const what = error === 'killed' ? 'Killed before it ran' : 'Refused by the gateway'
  return `${what}: ${asCode(shortLine(message, 400))} There is nothing to decide any more.`
}

/** For who comes too late to stop it: whether it can be stopped still, and by what. */
function becameOf({ id, state, outcome }: Hold): string {
  const kill = `operators stop it with \`/qw kill ${id} REASON\`.`
  if (state === 'approved') return `It waits to run; ${kill}`
  if (state === 'executing') return `It runs now; ${kill}`
  if (state === 'completed') return 'It has run.'
  if (state === 'failed') return outcome?.error === 'killed' ? 'It was killed while it ran.' : 'It failed.'
  return state === 'unknown' ? 'Its answer was lost; the warehouse is asked what became of it.' : 'It did not run.'
}

/** Only this person sees it, and never the only copy of a decision: it is gone when they reload. */
export async function tell(ports: BotPorts, { channel, user }: SlackActor, text: string): Promise<void> {
  try {
    await ports.client.chat.postEphemeral({ channel, user, text })
  } catch (error) {
    ports.log.warn({ code: errorCode(error) }, 'a refusal could not be told')
  }
}
