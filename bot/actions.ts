import type { App, types } from '@slack/bolt'
import { type Hold, termsHash } from '#src/hold/hold.ts'
import { needsStepUp, type ReviewVerdict } from '#src/hold/review.ts'
import { lookUpHold, refuse, refuseGrant, reviewHold, type Shown, type Verdict } from '#src/hold/review-hold.ts'
import type { Person } from '#src/principal.ts'
import type { BotPorts } from './app.ts'
import { openBatchModal } from './batch-views.ts'
import { actionIds, parseShown } from './button.ts'
import { tellRefusal, tellReviewed } from './click.ts'
import { grantModal } from './grant-modal.ts'
import { errorCode } from './logger.ts'
import { contextModal, denyModal, releaseModal, suggestModal, wholeModal } from './modals.ts'
import { onButton, type Pressed } from './on-button.ts'
import { sawAll } from './shown-statement.ts'

/** The buttons of a card. */
export function registerActions(app: App, ports: BotPorts): void {
  const on = (id: string, effect: (used: UsedButton) => Promise<void>) => {
    onButton(app, ports, id, async ({ actor, person, value, trigger }) => {
      const shown = parseShown(value)
      if (!shown) return tellRefusal(ports, actor, 'other_terms')
      await effect({ actor, person, shown, trigger })
    })
  }
  on(actionIds.approve, used => approve(ports, used))
  on(actionIds.deny, used => openForReview(ports, used, 'deny', denyModal))
  on(actionIds.suggest, used => openForReview(ports, used, 'deny', suggestModal))
  on(actionIds.read, used => openForReview(ports, used, 'approve', wholeModal))
  on(actionIds.grant, used => openGrant(ports, used))
  on(actionIds.release, used => openForReview(ports, used, 'release', releaseModal))
  on(actionIds.batch, used => openBatchModal(ports, used))
  on(actionIds.context, used => openContext(ports, used))
  app.action(actionIds.console, ({ ack }) => ack())
}

/** A button of a card, and which terms it stood under. */
export interface UsedButton extends Pick<Pressed, 'actor' | 'person' | 'trigger'> {
  readonly shown: Shown
}

async function approve(ports: BotPorts, { actor, person, shown }: UsedButton): Promise<void> {
  const reviewed = await reviewHold(ports, { shown, person, verdict: 'approve', sawAll: sawAll.onCard })
  if (!('refusal' in reviewed)) {
    ports.log.info({ hold: shown.hold, reviewer: person.id, verdict: 'approve', state: reviewed.state }, 'reviewed')
  }
  await tellReviewed(ports, actor, reviewed)
}

/** Refuses before the modal opens what would be refused after it, so that nobody writes a reason for nothing. */
async function openForReview(
  ports: BotPorts,
  { actor, person, shown, trigger }: UsedButton,
  verdict: ReviewVerdict,
  view: (hold: Hold, channel: string) => types.ModalView,
  asked: Pick<Verdict, 'grant' | 'sawAll'> = { sawAll: sawAll.inModal },
): Promise<void> {
  const found = await lookUpHold(ports, shown.hold)
  if ('refusal' in found) return tellRefusal(ports, actor, found.refusal)
  const given = { shown, person, verdict, reason: 'asked for in the modal', ...asked }
  const refusal =
    refuse(found, given) ??
    refuseGrant(ports, found, given) ??
    (needsStepUp(found.hold.terms, verdict) ? 'step_up' : undefined)
  if (refusal) return tellRefusal(ports, actor, refusal, found)
  if (verdict !== 'deny' && !(await isRecorded(ports, person, found.hold)))
    return tellRefusal(ports, actor, 'not_recorded')
  await ports.client.views.open({ trigger_id: trigger, view: view(found.hold, actor.channel) })
}

/** Values that the channel does not see are read on record, or not at all. */
async function isRecorded(ports: BotPorts, person: Person, { id, terms }: Hold): Promise<boolean> {
  if (!terms.decision.hidesLiterals) return true
  try {
    await ports.gateway.ask('read', person, { id })
    return true
  } catch (error) {
    ports.log.error({ hold: id, code: errorCode(error) }, 'reading a statement could not be recorded')
    return false
  }
}

/** The least that can be asked for: how much is chosen in the modal. */
async function openGrant(ports: BotPorts, used: UsedButton): Promise<void> {
  const nameOf = (id: string) => ports.person(id)?.name ?? id
  const view = (hold: Hold, channel: string) => grantModal(hold, channel, nameOf)
  await openForReview(ports, used, 'approve', view, { grant: { seconds: 1, uses: 1 }, sawAll: sawAll.withShape })
}

async function openContext(ports: BotPorts, { actor, shown, trigger }: UsedButton): Promise<void> {
  const found = await lookUpHold(ports, shown.hold)
  if ('refusal' in found) return tellRefusal(ports, actor, found.refusal)
  if (termsHash(found.hold.terms) !== shown.terms) return tellRefusal(ports, actor, 'other_terms')
  await ports.client.views.open({ trigger_id: trigger, view: contextModal(found.hold, actor.channel) })
}
