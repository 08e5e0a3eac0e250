import { setImmediate } from 'node:timers/promises'
import type { Delivery } from '#test/fakes/slack/delivery.ts'
import type { FakeSlack } from '#test/fakes/slack/fake-slack.ts'

/**
 * What a person does in Slack, again where it says that the app did not answer: on a busy machine a bot loses its connection for
 * a moment, and to the sockets' heartbeat time that a test moved looks like silence. The client's note of each failure is gone
 * afterwards. Resolves with the delivery that arrived; undefined where the person changed their mind.
 */
export async function insist(
  slack: FakeSlack,
  user: string,
  act: () => Promise<Delivery | undefined>,
): Promise<Delivery | undefined> {
  const notes = new Set(slack.ephemerals(user).map(({ ts }) => ts))
  for (;;) {
    await slack.waitFor(() => slack.connected > 0, 'connection of the bot')
    const delivery = await act()
    if (delivery?.acked !== false) return delivery
    for (const { ts, text } of slack.ephemerals(user))
      if (!notes.has(ts) && /not responding|failed with the error/.test(text)) slack.dismiss(user, ts)
    // A connection that is closing counts until its end was heard of, for which nobody here has waited so far.
    await setImmediate()
  }
}
