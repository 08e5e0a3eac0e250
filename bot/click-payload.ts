import type { BlockAction, ButtonAction, ViewSubmitAction } from '@slack/bolt'
import type { Click } from './click.ts'

/** A button that somebody used, as Slack tells it. */
export function clickOfButton({ user, channel, container }: BlockAction, action: ButtonAction): Click {
  return {
    actor: { user: user.id, channel: channel?.id ?? '', ...(user.team_id === undefined ? {} : { team: user.team_id }) },
    nonce: [user.id, String(container.message_ts), action.action_id, action.action_ts],
    at: Number(action.action_ts) * 1000,
  }
}

/** A modal that somebody sent, which belongs to what stands in this channel. */
export function clickOfView({ user, team, view }: ViewSubmitAction, channel: string): Click {
  const home = user.team_id ?? team?.id
  return {
    actor: { user: user.id, channel, ...(home === undefined ? {} : { team: home }) },
    nonce: ['view', view.id],
  }
}
