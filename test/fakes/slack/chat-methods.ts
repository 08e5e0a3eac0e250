import { withIds } from './block-ids.ts'
import { checkMessageBlocks } from './block-validator.ts'
import { messageBody } from './message-body.ts'
import type { SlackMessage, SlackState } from './state.ts'
import type { Method } from './web-api.ts'
import { asText, type Fields, isFields, jsonArgument, SlackFailure } from './wire.ts'
import type { SlackChannel } from './workspace.ts'

const LONGEST_UPDATED_TEXT = 4_000
const LONGEST_POSTED_TEXT = 40_000

/** The channel an app may write to, or Slack's reason why not. */
export function writableChannel(state: SlackState, target: string): SlackChannel {
  const channel = target.startsWith('U') ? state.directMessage(target) : state.channel(target)
  if (!channel) throw new SlackFailure('channel_not_found')
  const isMember = channel.members.includes(state.workspace.app.botUserId)
  if (!isMember && channel.isPrivate) throw new SlackFailure('channel_not_found')
  if (channel.isArchived) throw new SlackFailure('is_archived')
  if (!isMember && !state.workspace.scopes.includes('chat:write.public')) throw new SlackFailure('not_in_channel')
  return channel
}

/** Reads, checks and completes the blocks of a message; those without a block_id get one. */
export function messageBlocks(state: SlackState, args: Fields): Fields[] {
  const blocks = jsonArgument(args, 'blocks', 'invalid_blocks_format')
  if (blocks === undefined || blocks === null) return []
  if (!Array.isArray(blocks)) throw new SlackFailure('invalid_blocks_format')
  checkMessageBlocks(blocks)
  return withIds(state, blocks)
}

function metadataOf(args: Fields): Fields | undefined {
  const metadata = jsonArgument(args, 'metadata', 'invalid_metadata_format')
  if (metadata === undefined || metadata === null) return undefined
  if (!isFields(metadata) || asText(metadata.event_type) === '' || !isFields(metadata.event_payload)) {
    throw new SlackFailure('invalid_metadata_schema')
  }
  return { event_type: metadata.event_type, event_payload: metadata.event_payload }
}

function postMessage(args: Fields, state: SlackState): SlackMessage {
  const channel = writableChannel(state, asText(args.channel))
  const text = asText(args.text).slice(0, LONGEST_POSTED_TEXT)
  const blocks = messageBlocks(state, args)
  if (text === '' && blocks.length === 0) throw new SlackFailure('no_text')
  const metadata = metadataOf(args)
  const threadTs = asText(args.thread_ts)
  if (threadTs && !state.message(channel.id, threadTs)) throw new SlackFailure('thread_not_found')
  return state.add({
    channel: channel.id,
    user: state.workspace.app.botUserId,
    text,
    blocks,
    ...(metadata ? { metadata } : {}),
    ...(threadTs ? { threadTs } : {}),
  })
}

/** The bot's own, lasting message at a place; ephemeral ones cannot be found by ts. */
function ownMessage(args: Fields, state: SlackState, notOwn: string): SlackMessage {
  const id = asText(args.channel)
  const channel = state.workspace.channels.find(candidate => candidate.id === id)
  if (!channel) throw new SlackFailure('channel_not_found')
  const message = state.message(id, asText(args.ts))
  if (!message || message.ephemeralTo) throw new SlackFailure('message_not_found')
  if (message.user !== state.workspace.app.botUserId) throw new SlackFailure(notOwn)
  if (channel.isArchived) throw new SlackFailure('is_archived')
  return message
}

function updateMessage(args: Fields, state: SlackState): SlackMessage {
  const message = ownMessage(args, state, 'cant_update_message')
  const text = asText(args.text)
  if (text.length > LONGEST_UPDATED_TEXT) throw new SlackFailure('msg_too_long')
  const blocks = messageBlocks(state, args)
  if (text === '' && blocks.length === 0) throw new SlackFailure('no_text')
  const metadata = metadataOf(args)
  replaceContent(state, message, text, blocks)
  if (metadata) message.metadata = metadata
  return message
}

/** Puts new content into a message and keeps what it said before. */
export function replaceContent(state: SlackState, message: SlackMessage, text: string, blocks: Fields[]): void {
  message.history.push({ text: message.text, blocks: message.blocks, at: state.now() })
  message.text = text
  message.blocks = blocks
  // Slack shows "(edited)" only when an app's message has no blocks.
  if (blocks.length === 0) message.editedTs = state.nextTs()
  state.changed()
}

function deleteMessage(args: Fields, state: SlackState): Fields {
  const message = ownMessage(args, state, 'cant_delete_message')
  state.messages.splice(state.messages.indexOf(message), 1)
  state.changed()
  return { channel: message.channel, ts: message.ts }
}

function postEphemeral(args: Fields, state: SlackState): Fields {
  const channel = writableChannel(state, asText(args.channel))
  const user = state.user(asText(args.user))
  if (!channel.members.includes(user.id)) throw new SlackFailure('user_not_in_channel')
  const text = asText(args.text)
  const blocks = messageBlocks(state, args)
  if (text === '' && blocks.length === 0) throw new SlackFailure('no_text')
  const threadTs = asText(args.thread_ts)
  const message = state.add({
    channel: channel.id,
    user: state.workspace.app.botUserId,
    text,
    blocks,
    ephemeralTo: user.id,
    ...(threadTs ? { threadTs } : {}),
  })
  return { message_ts: message.ts }
}

const answer = (message: SlackMessage, state: SlackState): Fields => ({
  channel: message.channel,
  ts: message.ts,
  message: messageBody(message, state.workspace),
})

export const chatMethods: Record<string, Method> = {
  'chat.postMessage': {
    scopes: ['chat:write'],
    run: (args, { state }) => answer(postMessage(args, state), state),
  },
  'chat.update': {
    scopes: ['chat:write'],
    run: (args, { state }) => {
      const message = updateMessage(args, state)
      return { ...answer(message, state), text: message.text }
    },
  },
  'chat.delete': { scopes: ['chat:write'], run: (args, { state }) => deleteMessage(args, state) },
  'chat.postEphemeral': { scopes: ['chat:write'], run: (args, { state }) => postEphemeral(args, state) },
  'chat.getPermalink': {
    run: (args, { state }) => {
      const message = state.message(asText(args.channel), asText(args.message_ts))
      if (!message) throw new SlackFailure('message_not_found')
      const permalink = `https://${state.workspace.team.domain}.slack.com/archives/${message.channel}/p${message.ts.replace('.', '')}`
      return { channel: message.channel, permalink }
    },
  },
}
