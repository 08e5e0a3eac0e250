import type { Delivery } from '#test/fakes/slack/delivery.ts'
import type { FakeSlack } from '#test/fakes/slack/fake-slack.ts'
import type { SlackMessage } from '#test/fakes/slack/state.ts'

export const approvals = 'C0APPROVALS'

interface Button {
  readonly action_id?: string
  readonly value?: string
}

/** The cards of one session, whatever they say by now. */
export function cardsOf(slack: FakeSlack, id: string): SlackMessage[] {
  return slack.messages(approvals).filter(({ metadata }) => {
    const payload = metadata?.event_payload as { hold?: string } | undefined
    return payload?.hold === id
  })
}

function approveButton(message: SlackMessage): Button | undefined {
  const elements = message.blocks.flatMap(({ elements }) => (Array.isArray(elements) ? (elements as Button[]) : []))
  return elements.find(({ action_id }) => action_id === 'hold_approve')
}

/**
 * People who approve whatever card asks for it, each with two clicks at once, and once more whenever a card that still asks has
 * changed, or Slack has told them that the app did not answer. Stops with `stop`.
 */
export function approveEverything(slack: FakeSlack, users: readonly string[], which = (_card: SlackMessage) => true) {
  const clicked = new Set<string>()
  const clicks: Promise<unknown>[] = []
  let stopped = false
  const look = () => {
    for (const card of slack.messages(approvals)) {
      if (!approveButton(card) || !which(card)) continue
      for (const user of users) {
        const key = `${user} ${card.ts} ${card.history.length}`
        if (clicked.has(key)) continue
        clicked.add(key)
        // The second click may find the card without its button: then there is nothing to click.
        for (let n = 0; n < 2; n++) {
          const click = slack.click(user, approvals, card.ts, 'hold_approve')
          clicks.push(click.then(delivery => unanswered(key, delivery)).catch(() => undefined))
        }
      }
    }
  }
  const unanswered = (key: string, delivery: Delivery | undefined) => {
    if (delivery?.acked) return
    clicked.delete(key)
    // Nothing may change any more. Where no bot is connected, the one that comes will change something.
    if (delivery?.failure === 'timeout' && !stopped) look()
  }
  const off = slack.state.onChange(look)
  look()
  return {
    async stop() {
      stopped = true
      off()
      await Promise.all(clicks)
    },
  }
}
