import type { App, BlockAction, ButtonAction, RespondFn } from '@slack/bolt'
import type { Person } from '#src/principal.ts'
import type { BotPorts } from './app.ts'
import { onClick, personOf } from './click.ts'
import { clickOfButton } from './click-payload.ts'
import type { SlackActor } from './reviewer.ts'

/** A button that was used by a person of ours. */
export interface Pressed {
  readonly actor: SlackActor
  readonly person: Person
  readonly action: string
  readonly value: string
  readonly trigger: string
  readonly respond: RespondFn
}

/** Each is acknowledged first; what a message says is never believed, only the button's value. */
export function onButton(
  app: App,
  ports: BotPorts,
  id: string | RegExp,
  effect: (pressed: Pressed) => Promise<void>,
): void {
  app.action<BlockAction<ButtonAction>>(id, async ({ ack, body, action, respond }) => {
    await ack()
    const click = clickOfButton(body, action)
    const { actor } = click
    await onClick(ports, click, async () => {
      const person = await personOf(ports, actor)
      const { action_id, value = '' } = action
      if (person) await effect({ actor, person, action: action_id, value, trigger: body.trigger_id, respond })
    })
  })
}
