import type { webApi } from '@slack/bolt'
import type { Clock } from '#src/clock.ts'

/** The facts about a Slack account that decide whether it may be a person here. */
export interface SlackAccount {
  readonly id: string
  readonly team: string
  readonly deleted: boolean
  readonly bot: boolean
  readonly guest: boolean
  readonly stranger: boolean
}

/** What Slack says of users and channels, at most 60 s old. Rejects where Slack cannot be asked or answers oddly. */
export interface SlackDirectory {
  account(user: string): Promise<SlackAccount>
  /** Whether people of other organizations see this channel, or are about to. */
  isShared(channel: string): Promise<boolean>
}

const freshMilliseconds = 60_000
const entriesKept = 1_000

export function slackDirectory(
  client: Pick<webApi.WebClient, 'users' | 'conversations'>,
  clock: Clock,
): SlackDirectory {
  return {
    account: remembered(clock, async user => {
      const answer = await client.users.info({ user })
      if (answer.user?.id !== user || !answer.user.team_id) throw new Error('users.info answered about somebody else')
      const facts = answer.user
      return {
        id: user,
        team: answer.user.team_id,
        deleted: facts.deleted === true,
        bot: facts.is_bot === true || user === 'USLACKBOT',
        guest: facts.is_restricted === true || facts.is_ultra_restricted === true,
        stranger: (facts as { is_stranger?: boolean }).is_stranger === true,
      }
    }),
    isShared: remembered(clock, async channel => {
      const { channel: facts } = await client.conversations.info({ channel })
      if (facts?.id !== channel) throw new Error('conversations.info answered about another channel')
      return facts.is_ext_shared === true || facts.is_pending_ext_shared === true
    }),
  }
}

/** Keeps answers, never failures, for a minute. */
function remembered<T>(clock: Clock, ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, { readonly value: T; readonly until: number }>()
  return async key => {
    const hit = known.get(key)
    if (hit && clock.now() < hit.until) return hit.value
    const value = await ask(key)
    if (known.size >= entriesKept) known.clear()
    known.set(key, { value, until: clock.now() + freshMilliseconds })
    return value
  }
}
