import { messageBody } from './message-body.ts'
import type { SlackMessage, SlackState } from './state.ts'
import type { Method } from './web-api.ts'
import { asText, type Fields, isTrue, SlackFailure } from './wire.ts'
import type { SlackChannel } from './workspace.ts'

const READ = ['channels:read', 'groups:read', 'im:read']
const HISTORY = ['channels:history', 'groups:history', 'im:history']

/** A channel the bot may look into: any public one, and the private ones it is in, each kind with the scope for it. */
function visibleChannel(state: SlackState, id: string, what: 'read' | 'history'): SlackChannel {
  const { channels, app, scopes } = state.workspace
  const channel = channels.find(candidate => candidate.id === id)
  if (!channel || (channel.isPrivate && !channel.members.includes(app.botUserId)))
    throw new SlackFailure('channel_not_found')
  const needed = `${channel.imWith ? 'im' : channel.isPrivate ? 'groups' : 'channels'}:${what}`
  if (!scopes.includes(needed)) throw new SlackFailure('missing_scope', { needed, provided: scopes.join(',') })
  return channel
}

function channelBody(channel: SlackChannel, state: SlackState): Fields {
  return {
    id: channel.id,
    name: channel.name,
    is_channel: !channel.imWith && !channel.isPrivate,
    is_im: Boolean(channel.imWith),
    is_private: Boolean(channel.isPrivate),
    is_archived: Boolean(channel.isArchived),
    is_ext_shared: Boolean(channel.isExtShared),
    is_shared: Boolean(channel.isExtShared),
    is_org_shared: false,
    is_pending_ext_shared: false,
    is_member: channel.members.includes(state.workspace.app.botUserId),
    num_members: channel.members.length,
    topic: { value: channel.topic ?? '', creator: '', last_set: 0 },
    ...(channel.imWith ? { user: channel.imWith } : {}),
  }
}

function page<T>(items: T[], args: Fields, standard: number): { items: T[]; next: string } {
  const start = Number(asText(args.cursor) || 0)
  const limit = Number(args.limit ?? standard)
  if (!Number.isInteger(start) || start < 0) throw new SlackFailure('invalid_cursor')
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new SlackFailure('invalid_limit')
  return { items: items.slice(start, start + limit), next: start + limit < items.length ? String(start + limit) : '' }
}

/** The bot's view of a channel: everything that lasts and that it may read. */
function readableMessages(state: SlackState, args: Fields): SlackMessage[] {
  const channel = visibleChannel(state, asText(args.channel), 'history')
  if (!channel.members.includes(state.workspace.app.botUserId)) throw new SlackFailure('not_in_channel')
  return state.messages.filter(message => message.channel === channel.id && !message.ephemeralTo)
}

function history(args: Fields, state: SlackState): Fields {
  const oldest = Number(args.oldest ?? 0)
  const topLevel = readableMessages(state, args).filter(message => !message.threadTs && Number(message.ts) >= oldest)
  return messagesAnswer(topLevel.toReversed(), args, state)
}

function replies(args: Fields, state: SlackState): Fields {
  const ts = asText(args.ts)
  const thread = readableMessages(state, args).filter(message => message.ts === ts || message.threadTs === ts)
  if (thread.length === 0) throw new SlackFailure('thread_not_found')
  return messagesAnswer(thread, args, state)
}

function messagesAnswer(messages: SlackMessage[], args: Fields, state: SlackState): Fields {
  const { items, next } = page(messages, args, 100)
  const withMetadata = isTrue(args.include_all_metadata)
  const bodies = items.map(message => {
    const { metadata, ...body } = messageBody(message, state.workspace)
    return withMetadata && metadata ? { ...body, metadata } : body
  })
  return { messages: bodies, has_more: next !== '', response_metadata: { next_cursor: next } }
}

export const conversationMethods: Record<string, Method> = {
  'conversations.info': {
    scopes: READ,
    run: (args, { state }) => ({ channel: channelBody(visibleChannel(state, asText(args.channel), 'read'), state) }),
  },
  'conversations.list': {
    scopes: READ,
    run: (args, { state }) => {
      const shown = state.workspace.channels.filter(
        channel => !channel.imWith && !channel.isPrivate && !(isTrue(args.exclude_archived) && channel.isArchived),
      )
      const { items, next } = page(shown, args, 100)
      return { channels: items.map(item => channelBody(item, state)), response_metadata: { next_cursor: next } }
    },
  },
  'conversations.members': {
    scopes: READ,
    run: (args, { state }) => {
      const { items, next } = page(visibleChannel(state, asText(args.channel), 'read').members, args, 100)
      return { members: items, response_metadata: { next_cursor: next } }
    },
  },
  'conversations.open': {
    scopes: ['im:write'],
    run: (args, { state }) => {
      const users = asText(args.users).split(',').filter(Boolean)
      if (users.length === 0) throw new SlackFailure('users_list_not_supplied')
      if (users.length > 1) throw new SlackFailure('too_many_users')
      const channel = state.directMessage(users[0] ?? '')
      return { channel: isTrue(args.return_im) ? channelBody(channel, state) : { id: channel.id } }
    },
  },
  'conversations.history': { scopes: HISTORY, run: (args, { state }) => history(args, state) },
  'conversations.replies': { scopes: HISTORY, run: (args, { state }) => replies(args, state) },
}
