import type { App, SlackViewMiddlewareArgs, ViewSubmitAction } from '@slack/bolt'
import type { AskedGrant } from '#src/hold/grant.ts'
import { isReason, type ReviewVerdict } from '#src/hold/review.ts'
import { reviewHold } from '#src/hold/review-hold.ts'
import { parseSessionId } from '#src/statement.ts'
import type { BotPorts } from './app.ts'
import { onClick, personOf, tellRefusal, tellReviewed } from './click.ts'
import { clickOfView } from './click-payload.ts'
import { grantInputs } from './grant-modal.ts'
import { sqlInput, type ViewSubject, viewIds, wordsInput } from './modals.ts'
import { refusalSentences } from './refusals.ts'
import { sawAll } from './shown-statement.ts'

type Args = SlackViewMiddlewareArgs<ViewSubmitAction>

/** The modals that decide: a deny or a release with its reason, and an approval at the end of the whole text. */
export function registerViews(app: App, ports: BotPorts): void {
  for (const view of [viewIds.deny, viewIds.suggest, viewIds.release]) {
    app.view<ViewSubmitAction>(view, async args => {
      const reason = textOf(args, wordsInput)
      const suggestedSql = textOf(args, sqlInput)
      if (!isReason(reason)) {
        return args.ack({ response_action: 'errors', errors: { [wordsInput.block]: refusalSentences.no_reason } })
      }
      if (view === viewIds.suggest && !suggestedSql) {
        return args.ack({
          response_action: 'errors',
          errors: { [sqlInput.block]: 'Write the statement that would pass.' },
        })
      }
      await args.ack()
      await submit(ports, args, { verdict: view === viewIds.release ? 'release' : 'deny', reason, suggestedSql })
    })
  }
  app.view<ViewSubmitAction>(viewIds.whole, async args => {
    await args.ack()
    await submit(ports, args, { verdict: 'approve', reason: textOf(args, wordsInput) })
  })
  app.view<ViewSubmitAction>(viewIds.grant, async args => {
    await args.ack()
    const grant = { seconds: chosen(args, grantInputs.seconds), uses: chosen(args, grantInputs.uses) }
    await submit(ports, args, { verdict: 'approve', reason: textOf(args, wordsInput), grant })
  })
}

/** What somebody wrote into a modal. */
interface Said {
  readonly verdict: ReviewVerdict
  readonly reason: string | undefined
  readonly suggestedSql?: string | undefined
  readonly grant?: AskedGrant
}

async function submit(ports: BotPorts, { body }: Args, { verdict, reason, suggestedSql, grant }: Said) {
  const subject = subjectOf(body.view.private_metadata)
  if (!subject) return ports.log.error({ code: 'private_metadata' }, 'a view came back without its subject')
  const { hold, terms, channel } = subject
  const click = clickOfView(body, channel)
  const { actor } = click
  await onClick(ports, click, async () => {
    const person = await personOf(ports, actor)
    if (!person) return
    const words = {
      ...(reason ? { reason } : {}),
      ...(suggestedSql ? { suggestedSql } : {}),
      ...(grant ? { grant } : {}),
    }
    const shown = { hold, terms }
    const reviewed = await reviewHold(ports, {
      shown,
      person,
      verdict,
      ...words,
      sawAll: sawAll[grant ? 'withShape' : 'inModal'],
    })
    if ('refusal' in reviewed) return tellRefusal(ports, actor, reviewed.refusal, reviewed)
    ports.log.info({ hold, reviewer: person.id, verdict, state: reviewed.state }, 'reviewed')
    await tellReviewed(ports, actor, reviewed)
  })
}

function textOf({ view }: Args, { block, action }: { block: string; action: string }): string | undefined {
  return view.state.values[block]?.[action]?.value?.trim() || undefined
}

/** Not a number where nothing was chosen: then it is refused as what was not offered. */
function chosen({ view }: Args, { block, action }: { block: string; action: string }): number {
  return Number(view.state.values[block]?.[action]?.selected_option?.value ?? Number.NaN)
}

function subjectOf(metadata: string): ViewSubject | undefined {
  try {
    const { hold, terms, channel } = JSON.parse(metadata) as Partial<ViewSubject>
    const id = parseSessionId(String(hold))
    if (!id || typeof terms !== 'string' || typeof channel !== 'string') return undefined
    return { hold: id, terms, channel }
  } catch {
    return undefined
  }
}
