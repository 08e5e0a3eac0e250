import type { webApi } from '@slack/bolt'
import type { Clock } from '#src/clock.ts'
import { slackFault } from './slack-fault.ts'

/** The facts about a Slack account that decide whether it may be a person here. */
export interface SlackAccount {
  readonly id: string
  readonly team: string
  readonly deleted: boolean
  readonly bot: boolean
  readonly guest: boolean
  /** The Enterprise Grid organization that it belongs to. */
  readonly enterprise?: string
  /** As others see it; anybody can choose theirs. */
  readonly name: string
  /** Where Slack has confirmed it. Needs `users:read.email`. */
  readonly email?: string
}

/** The bot's own. */
export interface SlackWorkspace {
  readonly team: string
  readonly name: string
  readonly enterprise?: string
}

/** What Slack says of users and channels. Rejects where Slack cannot be asked or answers oddly. */
export interface SlackDirectory {
  /** Asked anew each time: whoever clicks may have left, or become a guest, a moment ago. */
  account(user: string): Promise<SlackAccount>
  /**
   * Whether people of other organizations see this channel, or are about to; at most 60 s old. Rejects for one that the app
   * cannot see.
   */
  isShared(channel: string): Promise<boolean>
  /** The same, asked anew. */
  isSharedNow(channel: string): Promise<boolean>
  /** Why no card goes there, at most 10 s old; undefined where one may. */
  unusable(channel: string): Promise<string | undefined>
  workspace(): Promise<SlackWorkspace>
  /** Account ids of a user group, at most 10 s old. Needs `usergroups:read`. */
  members(userGroup: string): Promise<readonly string[]>
}

const freshMilliseconds = 60_000
/** Slack answers about twenty of some questions a minute. */
const briefMilliseconds = 10_000
const entriesKept = 1_000

export function slackDirectory(
  client: Pick<webApi.WebClient, 'users' | 'conversations' | 'auth' | 'usergroups'>,
  clock: Clock,
): SlackDirectory {
  const channelFacts = async (channel: string) => {
    const { channel: facts } = await client.conversations.info({ channel })
    if (facts?.id !== channel) throw new Error('conversations.info answered about another channel')
    return facts
  }
  const isSharedNow = async (channel: string) => isShared(await channelFacts(channel))
  const workspace = remembered(clock, async () => {
    const { team_id: team, team: name, enterprise_id: enterprise } = await client.auth.test()
    if (!team) throw new Error('auth.test answered without a team')
    return { team, name: name ?? team, ...(enterprise ? { enterprise } : {}) }
  })
  return {
    async account(user) {
      const { user: facts } = await client.users.info({ user })
      if (facts?.id !== user || !facts.team_id) throw new Error('users.info answered about somebody else')
      return accountOf(facts, user, facts.team_id)
    },
    workspace: () => workspace(''),
    members: remembered(
      clock,
      async usergroup => {
        const { users } = await client.usergroups.users.list({ usergroup })
        if (!users) throw new Error('usergroups.users.list answered without users')
        return users
      },
      briefMilliseconds,
    ),
    isShared: remembered(clock, isSharedNow),
    isSharedNow,
    unusable: remembered(clock, async channel => whyUnusable(() => channelFacts(channel)), briefMilliseconds),
  }
}

type UserFacts = NonNullable<webApi.UsersInfoResponse['user']>

function accountOf(facts: UserFacts, id: string, team: string): SlackAccount {
  const { profile = {}, enterprise_user: { enterprise_id: enterprise } = {} } = facts
  return {
    ...{ id, team, name: profile.display_name || profile.real_name || facts.name || id },
    deleted: facts.deleted === true,
    bot: facts.is_bot === true || id === 'USLACKBOT',
    guest: facts.is_restricted === true || facts.is_ultra_restricted === true,
    ...(enterprise ? { enterprise } : {}),
    ...(profile.email && facts.is_email_confirmed === true ? { email: profile.email } : {}),
  }
}

type ChannelFacts = NonNullable<webApi.ConversationsInfoResponse['channel']>

function isShared(facts: ChannelFacts): boolean {
  return facts.is_ext_shared === true || facts.is_pending_ext_shared === true
}

/** In the codes of Slack's own refusals; a private channel that we were removed from is not even found. */
async function whyUnusable(ask: () => Promise<ChannelFacts>): Promise<string | undefined> {
  try {
    const facts = await ask()
    if (isShared(facts)) return 'shared_channel'
    if (facts.is_archived === true) return 'is_archived'
    return facts.is_member === false ? 'not_in_channel' : undefined
  } catch (error) {
    const { code } = slackFault(error)
    if (code === 'channel_not_found') return code
    throw error
  }
}

/** Keeps answers, never failures. */
function remembered<T>(
  clock: Clock,
  ask: (key: string) => Promise<T>,
  milliseconds: number = freshMilliseconds,
): (key: string) => Promise<T> {
  const known = new Map<string, { readonly value: T; readonly until: number }>()
  return async key => {
    const hit = known.get(key)
    if (hit && clock.now() < hit.until) return hit.value
    const value = await ask(key)
    if (known.size >= entriesKept) known.clear()
    known.set(key, { value, until: clock.now() + milliseconds })
    return value
  }
}
