import type { App, SlackViewMiddlewareArgs, ViewSubmitAction } from '@slack/bolt'
import { isReason } from '#src/hold/review.ts'
import { type Reviewed, reviewHold, type Verdict } from '#src/hold/review-hold.ts'
import type { Person } from '#src/principal.ts'
import { verdictWords } from '#src/show/verdict-words.ts'
import type { UsedButton } from './actions.ts'
import type { BotPorts } from './app.ts'
import { batchOf } from './batch.ts'
import { type BatchItem, batchChoice, batchModal, batchView, chosenVerdict, openBatch } from './batch-modal.ts'
import { agreedWords, onClick, personOf, refusalWords, tell, tellRefusal } from './click.ts'
import { clickOfView } from './click-payload.ts'
import { errorCode } from './logger.ts'
import { wordsInput } from './modals.ts'
import { refusalSentences } from './refusals.ts'
import { sawAll } from './shown-statement.ts'

/** Opens what waits of the agent for the person who clicked. */
export async function openBatchModal(ports: BotPorts, { actor, person, shown, trigger }: UsedButton): Promise<void> {
  const batch = await batchOf(ports, shown.hold, person)
  if ('refusal' in batch) return tellRefusal(ports, actor, batch.refusal, batch)
  const site = ports.consoleUrl === undefined ? {} : { consoleUrl: ports.consoleUrl }
  const place = { channel: actor.channel, user: actor.user, seal: ports.seal, ...site }
  await ports.client.views.open({ trigger_id: trigger, view: batchModal(batch, place) })
}

interface Choice {
  readonly item: BatchItem
  readonly verdict: 'approve' | 'deny'
}

/** What was chosen becomes one signed review for each statement, as if it stood alone. */
export function registerBatchView(app: App, ports: BotPorts): void {
  app.view<ViewSubmitAction>(batchView, async args => {
    const { user, view } = args.body
    const subject = openBatch(view.private_metadata, user.id, ports.seal)
    const choices = (subject?.items ?? []).flatMap(item => chosen(args, item))
    const reason = args.view.state.values[wordsInput.block]?.[wordsInput.action]?.value?.trim() || undefined
    const wordy = choices.some(({ item, verdict }) => verdict === 'deny' || item.wordy)
    if (wordy && !isReason(reason)) {
      return args.ack({ response_action: 'errors', errors: { [wordsInput.block]: refusalSentences.no_reason } })
    }
    await args.ack()
    if (!subject) return ports.log.error({ code: 'private_metadata' }, 'a view came back that is not ours')
    const click = clickOfView(args.body, subject.channel)
    const { actor } = click
    await onClick(ports, click, async () => {
      const person = await personOf(ports, actor)
      if (person) await tell(ports, actor, await decide(ports, person, choices, reason))
    })
  })
}

function chosen({ view }: SlackViewMiddlewareArgs<ViewSubmitAction>, item: BatchItem): Choice[] {
  const verdict = chosenVerdict(item, view.state.values[item.hold]?.[batchChoice]?.selected_option?.value)
  return verdict ? [{ item, verdict }] : []
}

/** One after the other; what comes of each is said of each. */
async function decide(
  ports: BotPorts,
  person: Person,
  choices: readonly Choice[],
  reason: string | undefined,
): Promise<string> {
  if (choices.length === 0) return 'You left all of them; nothing was decided.'
  const lines: string[] = []
  for (const { item, verdict } of choices) {
    const shown = { hold: item.hold, terms: item.terms }
    const given = { shown, person, verdict, sawAll: sawAll.onCard, ...(reason ? { reason } : {}) }
    lines.push(`• ${item.hold}  ${await decideOne(ports, given)}`)
  }
  return lines.join('\n')
}

/** What fails for one leaves the others what they are. */
async function decideOne(ports: BotPorts, given: Verdict): Promise<string> {
  try {
    const reviewed = await reviewHold(ports, given)
    const state = 'refusal' in reviewed ? { refusal: reviewed.refusal } : { state: reviewed.state }
    const { shown, person, verdict } = given
    ports.log.info({ hold: shown.hold, reviewer: person.id, verdict, ...state }, 'reviewed with others')
    return outcome(ports, reviewed)
  } catch (error) {
    ports.log.error({ hold: given.shown.hold, code: errorCode(error) }, 'one of several came to nothing')
    return refusalSentences.holds_unavailable
  }
}

function outcome(ports: BotPorts, reviewed: Reviewed): string {
  if ('refusal' in reviewed) return refusalWords(ports, reviewed.refusal, reviewed)
  if (reviewed.state === 'pending') return agreedWords(reviewed.quorum)
  return `${verdictWords[reviewed.state === 'denied' ? 'deny' : 'approve']}.`
}
