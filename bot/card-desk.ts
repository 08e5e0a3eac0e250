import type { webApi } from '@slack/bolt'
import type { CardRef, Hold, HoldTerms } from '#src/hold/hold.ts'
import type { Card } from './card.ts'
import type { CardPlace } from './card-seal.ts'
import { isNote, postNote, type Words } from './note-message.ts'
import { slackFault } from './slack-fault.ts'

/** Marks our cards, so that one whose answer was lost is found again. Everybody in the channel can read it: ids only. */
type MessageEvent = 'querywarden_hold' | 'querywarden_release'
const pagesSearched = 10
const skewSeconds = 300

/** What can be done to cards. Rejects with the errors of Slack's Web API; `slackFault` sorts them. */
export interface CardDesk {
  post(channel: string, about: Marked, card: Card): Promise<CardPlace>
  /** The card of this hold that is in the channel already, posted by this same app. */
  find(channel: string, about: Marked): Promise<CardPlace | undefined>
  /** Whether it is in the channel still. */
  isThere(place: CardPlace): Promise<boolean>
  update(ref: CardRef, card: Card): Promise<void>
  /** Puts the whole statement as a file into the card's thread; answers the file's id. */
  attach(ref: CardRef, name: string, content: string): Promise<string>
  /** Says something in the card's thread; `key` names it there. */
  note(ref: Pick<CardRef, 'channel' | 'ts'>, key: string, words: Words): Promise<void>
  /** Whether this same app has said it already. */
  isNoted(ref: Pick<CardRef, 'channel' | 'ts'>, key: string): Promise<boolean>
}

/** What a message is about: the id by which it is found again, and the moment before which it cannot be there. */
interface Marked extends Pick<Hold, 'id'> {
  readonly terms: Pick<HoldTerms, 'createdAt'>
}

/**
 * `client` MUST NOT retry by itself: a chat.postMessage whose answer was lost would be posted twice. `event` tells messages of
 * one kind from those of another about the same hold.
 */
export function cardDesk(client: webApi.WebClient, event: MessageEvent = 'querywarden_hold'): CardDesk {
  let known: Promise<{ team: string; bot: string }> | undefined
  const self = () => {
    known ??= whoAmI(client).catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }
  return {
    async post(channel, { id }, { text, blocks }) {
      const { team } = await self()
      const metadata = { event_type: event, event_payload: { hold: id } }
      const quiet = { unfurl_links: false, unfurl_media: false }
      const { ts } = await client.chat.postMessage({ channel, text, blocks, metadata, ...quiet })
      if (!ts) throw new Error('chat.postMessage answered without ts')
      return { team, channel, ts }
    },
    async find(channel, about) {
      const { team, bot } = await self()
      const ts = await searchHistory(client, channel, about, { bot, event })
      return ts === undefined ? undefined : { team, channel, ts }
    },
    async isThere({ channel, ts }) {
      try {
        const { messages = [] } = await client.conversations.replies({ channel, ts, limit: 1 })
        // What is left of a message with a thread.
        return messages.some(message => message.ts === ts && (message as { subtype?: string }).subtype !== 'tombstone')
      } catch (error) {
        if (slackFault(error).code === 'thread_not_found') return false
        throw error
      }
    },
    async update(ref, { text, blocks }) {
      await client.chat.update({ channel: ref.channel, ts: ref.ts, text, blocks })
    },
    async attach(ref, filename, content) {
      const answer = await client.filesUploadV2({
        ...{ channel_id: ref.channel, thread_ts: ref.ts, filename, content, snippet_type: 'sql' },
      })
      const uploads = (answer as { files?: { files?: { id?: string }[] }[] }).files
      const file = uploads?.[0]?.files?.[0]?.id
      if (!file) throw new Error('the upload answered without a file id')
      return file
    },
    async note(ref, key, words) {
      await postNote(client, { channel: ref.channel, thread_ts: ref.ts }, key, words)
    },
    async isNoted(ref, key) {
      const { bot } = await self()
      const { channel, ts } = ref
      const { messages = [] } = await client.conversations.replies({
        ...{ channel, ts, limit: 200, include_all_metadata: true },
      })
      return messages.some(message => (message as { bot_id?: string }).bot_id === bot && isNote(message, key))
    },
  }
}

async function whoAmI(client: webApi.WebClient): Promise<{ team: string; bot: string }> {
  const { team_id: team, bot_id: bot } = await client.auth.test()
  if (!team || !bot) throw new Error('auth.test answered without team or bot')
  return { team, bot }
}

/** Messages of other apps do not count, whatever their metadata says: they could keep a card from being posted. */
async function searchHistory(
  client: webApi.WebClient,
  channel: string,
  { id, terms }: Marked,
  { bot, event }: { readonly bot: string; readonly event: MessageEvent },
) {
  const oldest = String(Math.floor(terms.createdAt / 1000) - skewSeconds)
  let cursor: string | undefined
  for (let page = 0; page < pagesSearched; page += 1) {
    const answer = await client.conversations.history({
      ...{ channel, oldest, limit: 200, include_all_metadata: true },
      ...(cursor ? { cursor } : {}),
    })
    const ours = answer.messages?.find(({ bot_id, metadata }) => {
      const payload = metadata?.event_payload as { hold?: unknown } | undefined
      return bot_id === bot && metadata?.event_type === event && payload?.hold === id
    })
    if (ours?.ts) return ours.ts
    cursor = answer.response_metadata?.next_cursor
    if (!cursor) return undefined
  }
  return undefined
}
